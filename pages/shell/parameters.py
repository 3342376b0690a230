"""Readers of the parts of an address: each checks one, and says what is wrong with it."""

import math
from collections.abc import Callable, Sequence
from typing import Any

Reader = Callable[[str | None, list[str]], Any]
"""From what the address says (None: nothing) to a value; adds a line to the notes if unusable."""


def integer(default: int | None, low: int, high: int, what: str) -> Reader:
    """A whole number from ``low`` to ``high``."""

    def reader(text: str | None, notes: list[str]) -> int | None:
        if text is None:
            return default
        if text.isascii() and text.isdigit() and len(text) < 9 and low <= int(text) <= high:
            return int(text)
        instead = f"showing {default}" if default is not None else "showing another"
        notes.append(f"{what} {text[:40]!r} is not a whole number from {low} to {high}; {instead}.")
        return default

    return reader


def choice(default: str, choices: Sequence[str], what: str) -> Reader:
    """One of ``choices``."""

    def reader(text: str | None, notes: list[str]) -> str:
        if text is None or text in choices:
            return text or default
        notes.append(
            f"The {what} {text[:40]!r} is none of {', '.join(choices)}; showing {default}."
        )
        return default

    return reader


def decimal(default: float, low: float, high: float, what: str) -> Reader:
    """A number from ``low`` to ``high``."""

    def reader(text: str | None, notes: list[str]) -> float:
        if text is None:
            return default
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        if low <= value <= high:
            return value
        notes.append(
            f"{what} {text[:40]!r} is no number from {low:g} to {high:g}; showing {default:g}."
        )
        return default

    return reader


def integers(most: int, what: str) -> Reader:
    """Whole numbers from 0, such as 2,4; by default none."""

    def reader(text: str | None, notes: list[str]) -> list[int]:
        parts = text.split(",") if text else []
        if all(part.isascii() and part.isdigit() and int(part[:9]) < most for part in parts):
            return sorted({int(part) for part in parts})
        notes.append(f"{what} {text!r:.40} are no whole numbers below {most}, such as 2,4.")
        return []

    return reader


def words(default: str = "", longest: int = 4000) -> Reader:
    """Any text, cut to ``longest`` characters."""
    return lambda text, _: default if text is None else text[:longest]


def between(marks: Sequence[float], what: str) -> Reader:
    """A range from one of ``marks``, which rise, to the same or a later one; by default all."""
    default = (marks[0], marks[-1])

    def reader(text: str | None, notes: list[str]) -> tuple[float, float]:
        if text is None:
            return default
        ends = {str(mark): mark for mark in marks}
        low, _, high = text.partition("-")
        if low in ends and high in ends and ends[low] <= ends[high]:
            return ends[low], ends[high]
        notes.append(
            f"{what} {text[:40]!r} is no range between two of {', '.join(ends)}; showing all."
        )
        return default

    return reader


def unsaid(reader: Reader, default: Any) -> Reader:
    """The same, but None for ``default``: an address does not mention it."""

    def unless_default(text: str | None, notes: list[str]) -> Any:
        value = reader(text, notes)
        return None if value == default else value

    return unless_default

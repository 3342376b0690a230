"""What an address can say of a view: a record for each part, with its reader and its default.

The value of a part is kept in session state under ``key``, which is the key of its widget.
"""

import math
from collections.abc import Callable, Sequence
from copy import copy
from dataclasses import dataclass
from typing import Any

import streamlit as st


class Unreadable(ValueError):
    """What an address says of a part cannot be used; the message says what it is instead."""


@dataclass(frozen=True)
class Parameter:
    """One part of the address of a page."""

    name: str
    """In the address; no two pages use one name for different things."""
    key: str
    """In session state: begins with the name of its page."""
    parse: Callable[[str], Any]
    """From what the address says to a value; Unreadable if it is none."""
    default: Any
    instead: str
    """What is shown where the address is unreadable, as the end of a sentence."""
    omit_default: bool = False
    """Whether an address leaves the default unsaid. A default that depends on the dictionary is
    said, so that a link keeps its meaning."""
    keeps_empty: bool = False
    """Whether an address says the part even where it is empty."""
    is_long: bool = False
    """Whether it is left out where the address would be too long."""

    def read(self, text: str | None, notes: list[str]) -> Any:
        """The value for what the address says, None for nothing; a note where it is unusable."""
        if text is not None:
            try:
                return self.parse(text)
            except Unreadable as error:
                notes.append(f"{error}{self.instead}.")
        return copy(self.default)  # a list that a session changes is its own

    def widget(self) -> dict[str, Any]:
        """Arguments for the widget of this part, whose value it is."""
        state = st.session_state
        if state.get(self.key) is None and self.default is not None:
            state[self.key] = copy(self.default)
        return {"key": self.key, "persist_state": "session"}

    @property
    def value(self) -> Any:
        """What the view has now; None before the page was read."""
        return st.session_state.get(self.key)


def key_of(page: str, name: str) -> str:
    """The key in session state of a part of ``page``."""
    return name if name.startswith(f"{page}_") else f"{page}_{name}"


def integer(
    page: str, name: str, default: int | None, low: int, high: int, *, what: str, **more: Any
) -> Parameter:
    """A whole number from ``low`` to ``high``."""

    def parse(text: str) -> int:
        if _is_whole(text) and low <= int(text) <= high:
            return int(text)
        raise Unreadable(f"{what} {text[:40]!r} is not a whole number from {low} to {high}")

    instead = "; showing another" if default is None else f"; showing {default}"
    return Parameter(name, key_of(page, name), parse, default, instead, **more)


def _is_whole(text: str) -> bool:
    """Whether it is a whole number that is worth reading: Python refuses one of 5,000 digits."""
    return text.isascii() and text.isdigit() and len(text) < 9


def decimal(
    page: str, name: str, default: float, low: float, high: float, *, what: str, **more: Any
) -> Parameter:
    """A number from ``low`` to ``high``."""

    def parse(text: str) -> float:
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        if low <= value <= high:
            return value
        raise Unreadable(f"{what} {text[:40]!r} is no number from {low:g} to {high:g}")

    instead = f"; showing {default:g}"
    return Parameter(name, key_of(page, name), parse, default, instead, **more)


def choice(
    page: str, name: str, default: str, choices: Sequence[str], *, what: str, **more: Any
) -> Parameter:
    """One of ``choices``."""

    def parse(text: str) -> str:
        if text in choices:
            return text
        raise Unreadable(f"The {what} {text[:40]!r} is none of {', '.join(choices)}")

    instead = f"; showing {default}"
    return Parameter(name, key_of(page, name), parse, default, instead, **more)


def flag(page: str, name: str, *, what: str, **more: Any) -> Parameter:
    """Yes or no, said as True or False; by default no."""

    def parse(text: str) -> bool:
        if text in ("True", "False"):
            return text == "True"
        raise Unreadable(f"The {what} {text[:40]!r} is neither True nor False")

    return Parameter(name, key_of(page, name), parse, False, "; showing False", **more)


def integers(page: str, name: str, most: int, *, what: str, **more: Any) -> Parameter:
    """Whole numbers from 0, such as 2,4; by default none."""

    def parse(text: str) -> list[int]:
        parts = text.split(",") if text else []
        if all(_is_whole(part) and int(part) < most for part in parts):
            return sorted({int(part) for part in parts})
        raise Unreadable(f"{what} {text[:40]!r} are no whole numbers below {most}, such as 2,4")

    return Parameter(name, key_of(page, name), parse, [], "", **more)


def text(page: str, name: str, default: str = "", longest: int = 4000, **more: Any) -> Parameter:
    """Any text, cut to ``longest`` characters."""
    return Parameter(name, key_of(page, name), lambda said: said[:longest], default, "", **more)


def between(page: str, name: str, marks: Sequence[float], *, what: str, **more: Any) -> Parameter:
    """A range from one of ``marks``, which rise, to the same or a later one; by default all."""
    ends = {str(mark): mark for mark in marks}

    def parse(said: str) -> tuple[float, float]:
        low, _, high = said.partition("-")
        if low in ends and high in ends and ends[low] <= ends[high]:
            return ends[low], ends[high]
        raise Unreadable(f"{what} {said[:40]!r} is no range between two of {', '.join(ends)}")

    default = (marks[0], marks[-1])
    return Parameter(name, key_of(page, name), parse, default, "; showing all", **more)

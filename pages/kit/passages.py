"""Texts with tokens shaded by a value: blue above 0, orange below. A component (passages.js)."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pages.kit.component import component

AROUND = 300
"""Characters of text kept on either side of a passage's token."""

_component = component("itda_passages", Path(__file__).parent / "web", "passages")


def show(
    key: str, passages: Sequence[dict[str, Any]], legend: tuple[str, str, str] | None = None
) -> None:
    """Draw them below each other.

    Args:
        key: of the component on its page.
        passages: with ``runs`` and either ``whole`` (shown in full) or ``lead``, ``source``,
            ``group`` and ``spoken`` (a line that unfolds).
        legend: least value, what the shade says, largest value.
    """
    _component(key=key, data={"passages": list(passages), "legend": legend}, width="stretch")


def runs(
    text: str,
    spans: Sequence[tuple[int, int]],
    values: Mapping[int, float],
    largest: float,
    facts: Mapping[int, list[str]],
    *,
    focus: int | None = None,
    around: int | None = AROUND,
) -> list[dict[str, Any]]:
    """A text in stretches, those of tokens with their shades.

    Args:
        text: all of it.
        spans: (start, end) in characters of each token, in order.
        values: token -> value; ``largest`` is that of the full shade.
        largest: above 0.
        facts: token -> what to say on hover.
        focus: the token the passage is about.
        around: characters to keep on either side of it; None for the whole text.
    """
    low, high = 0, len(text)
    if focus is not None and around is not None:
        low, high = max(0, spans[focus][0] - around), min(len(text), spans[focus][1] + around)
    parts: list[dict[str, Any]] = [{"text": "… "}] if low else []
    position = low
    for token, (start, end) in enumerate(spans):
        is_marked = token in values or token in facts or token == focus
        # A character may be of several tokens; it is written once, with the first one marked.
        start = max(start, position)
        if not is_marked or start >= end or start < low or end > high:
            continue
        word = text[start:end].lstrip() or text[start:end]
        start = end - len(word)  # the space before a word belongs to the text around it
        if start > position:
            parts.append({"text": text[position:start]})
        part: dict[str, Any] = {"text": word}
        if token in values:
            part["shade"] = round(max(-1.0, min(1.0, values[token] / largest)), 3)
        if token in facts:
            part["facts"] = facts[token]
        if token == focus:
            part["focus"] = True
        parts.append(part)
        position = end
    if position < high:
        parts.append({"text": text[position:high]})
    return parts + ([{"text": " …"}] if high < len(text) else [])

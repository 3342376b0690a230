"""What all figures have in common: colours, type and how a text becomes a label.

A figure has a title, axis names with units, and works in both themes. Texts from prompts are
escaped: plotly reads a subset of HTML in labels.
"""

from __future__ import annotations

import html

ACCENT = "#6473e8"
"""Between the accents of the two themes: legible on both."""
POSITIVE, NEGATIVE, NEITHER = "#2f78c4", "#e08214", "#8a8fa3"
"""The two signs; the blue between those of the two themes: legible on both."""
TAU = NEGATIVE
GREY = NEITHER
FEW_STEPS = 12
"""Up to so many, every step has a tick; plotly's own choice would repeat whole numbers."""


def escape(text: str) -> str:
    """Text that plotly shows as it stands; it would write an escaped quote out as ``&quot;``."""
    return html.escape(text, quote=False)


def visible(token: str) -> str:
    """A token with its spaces and line ends to be seen, escaped."""
    marks = {" ": "·", "\n": "↵", "\t": "⇥"}
    shown = "".join(marks.get(character, character) for character in token)
    return escape(shown) or "(empty)"

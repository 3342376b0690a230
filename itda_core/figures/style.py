"""What all figures have in common: the palette, the frame, and how a text becomes a label.

A figure has a title, axis names with units, and works in both themes. Texts from prompts are
escaped: plotly reads a subset of HTML in labels.
"""

from __future__ import annotations

import html
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from itda_core.atoms.excerpts import LINE_END, SPACE, TAB

if TYPE_CHECKING:
    import plotly.graph_objects as go

ACCENT = "#6473e8"
"""Between the accents of the two themes: legible on both."""
POSITIVE, NEGATIVE = "#2f78c4", "#e08214"
"""The two signs; the blue between those of the two themes: legible on both."""
GREY = "#8a8fa3"
"""What is neither, and what the rest is compared with."""
TAU = NEGATIVE
"""What is above tau is novel."""
CLEAR = "rgba(128,128,128,0)"
"""Nothing to be seen, whatever the theme has behind it."""
GROUPS = ("#0072b2", "#e69f00", "#009e73", "#d55e00", "#cc79a7", "#56b4e9")
"""Okabe and Ito's palette without black and yellow, which vanish on one of the two themes."""
MONO = {"family": "monospace", "size": 12}
"""The font of tokens."""
_FEW_STEPS = 12
"""Up to so many, every step has a tick; plotly's own choice would repeat whole numbers."""
_MOST_LABELS = 60
"""Tokens with a label; of more, every so many."""
_LONGEST_TOKEN = 14
"""Characters of a token's label."""


def tint(colour: str, opacity: float) -> str:
    """``colour``, "#rrggbb", with what is behind it shining through."""
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return f"rgba({red},{green},{blue},{opacity:g})"


def frame(
    figure: go.Figure,
    title: str,
    *,
    x: dict[str, Any],
    y: dict[str, Any],
    height: int,
    margin: tuple[int, int, int, int] = (60, 12, 44, 46),
    **layout: Any,
) -> go.Figure:
    """Give ``figure`` its title, axes and size.

    Args:
        figure: what is drawn; changed in place.
        title: plain text.
        x: of the axis below: its ``title`` with the unit, and what else it needs.
        y: of the axis on the left, likewise.
        height: in pixels.
        margin: left, right, top and bottom, in pixels.
        layout: whatever else plotly's layout takes; there is no legend unless it says so.
    """
    figure.update_layout(
        title={"text": escape(title), "font": {"size": 14}},
        xaxis=x,
        yaxis=y,
        margin=dict(zip("lrtb", margin, strict=True)),
        height=height,
        **{"showlegend": False, **layout},
    )
    return figure


def steps_axis(n: int, **other: Any) -> dict[str, Any]:
    """The axis of ``n`` values, from step 0 of a pursuit on."""
    every = 1 if n <= _FEW_STEPS else None
    return {
        "title": "steps of pursuit",
        "zeroline": False,
        "tickformat": "d",
        "dtick": every,
        **other,
    }


def next_tokens_axis(names: Sequence[str]) -> dict[str, Any]:
    """The axis of next tokens from the top down.

    By place, as two tokens may be written alike.
    """
    return {
        "title": "next token",
        "tickvals": list(range(len(names))),
        "ticktext": list(names),
        "autorange": "reversed",
        "tickfont": MONO,
    }


def tokens_axis(tokens: Sequence[str]) -> dict[str, Any]:
    """The axis of a prompt's tokens: their texts, of a long prompt every so many."""
    every = -(-len(tokens) // _MOST_LABELS) or 1
    places = list(range(0, len(tokens), every))
    return {
        "tickvals": places,
        "ticktext": [visible(shorten(tokens[i], _LONGEST_TOKEN)) for i in places],
        "tickfont": MONO,
        "showgrid": False,
        "zeroline": False,
        "tickangle": -60,
        "range": [-0.5, len(tokens) - 0.5],
    }


def add_ring(figure: go.Figure, x: float, y: float) -> None:
    """Mark the point of the step that is looked at."""
    figure.add_scatter(
        x=[x],
        y=[y],
        mode="markers",
        hoverinfo="skip",
        name="this step",
        marker={"symbol": "circle-open", "size": 16, "color": ACCENT, "line": {"width": 3}},
    )


def add_level(figure: go.Figure, y: float, colour: str, name: str) -> None:
    """Draw a dashed line across, named on its right."""
    figure.add_hline(
        y=y,
        line={"color": colour, "dash": "dash", "width": 1.5},
        annotation={"text": name, "x": 1, "xanchor": "left", "yanchor": "middle"},
    )


def signed(value: float) -> str:
    """A number with its sign and three digits after the point, as plotly writes it: −0.520."""
    return f"{value:+.3f}".replace("-", "−")


def escape(text: str) -> str:
    """Text that plotly shows as it stands; it would write an escaped quote out as ``&quot;``."""
    return html.escape(text, quote=False)


def shorten(text: str, longest: int) -> str:
    """``text`` in at most ``longest`` characters, with "…" for what is left out."""
    return text if len(text) <= longest else text[: longest - 1] + "…"


def visible(token: str) -> str:
    """A token with all its spaces and line ends to be seen, escaped."""
    marks = str.maketrans({" ": SPACE, "\n": LINE_END, "\t": TAB})
    return escape(token.translate(marks)) or "(empty)"

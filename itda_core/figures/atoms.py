"""Figures about one atom."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from itda_core.figures.style import GREY, NEGATIVE, POSITIVE, frame, next_tokens_axis, visible

if TYPE_CHECKING:
    import plotly.graph_objects as go


def coefficient_histogram(counts: Sequence[int], largest: float, title: str) -> go.Figure:
    """How often an atom is used with which coefficient.

    Args:
        counts: tokens in equal bins from ``-largest`` to ``largest``; an odd number of bins.
        largest: the largest absolute coefficient, in the units of activations.
        title: plain text.
    """
    import plotly.graph_objects as go

    n, width = len(counts), 2 * largest / max(len(counts), 1)
    middles = [-largest + (i + 0.5) * width for i in range(n)]
    colours = [POSITIVE if 2 * i > n - 1 else NEGATIVE if 2 * i < n - 1 else GREY for i in range(n)]
    figure = go.Figure(
        go.Bar(
            x=middles,
            y=list(counts),
            width=[0.92 * width] * n,
            marker={"color": colours},
            customdata=[(m - width / 2, m + width / 2) for m in middles],
            hovertemplate="%{customdata[0]:+.2f} to %{customdata[1]:+.2f}: "
            "%{y:,} tokens<extra></extra>",
        )
    )
    return frame(
        figure,
        title,
        x={
            "title": "coefficient c, in units of activations",
            "zeroline": True,
            "range": [-1.04 * largest, 1.04 * largest],
            "tickformat": "~g",
        },
        y={"title": "tokens", "rangemode": "tozero", "tickformat": ",~d"},
        height=230,
        margin=(56, 12, 40, 44),
    )


def logit_effects(
    top: Sequence[str],
    top_logits: Sequence[float],
    bottom: Sequence[str],
    bottom_logits: Sequence[float],
    title: str,
) -> go.Figure:
    """The tokens that an atom's direction makes most and least likely to come next.

    Args:
        top: tokens it raises, the strongest first; ``top_logits`` of the same length.
        bottom: tokens it lowers, the strongest first; ``bottom_logits`` of the same length.
        title: plain text.
    """
    import plotly.graph_objects as go

    names = [visible(token) for token in (*top, *reversed(bottom))]
    values = [*map(float, top_logits), *map(float, reversed(bottom_logits))]
    figure = go.Figure(
        go.Bar(
            x=values,
            y=list(range(len(names))),
            orientation="h",
            marker={"color": [POSITIVE if v >= 0 else NEGATIVE for v in values]},
            customdata=names,
            hovertemplate="%{customdata}: %{x:+.2f}<extra></extra>",
        )
    )
    return frame(
        figure,
        title,
        x={
            "title": "change of the token's logit against the mean of all tokens",
            "zeroline": True,
            "tickformat": "~g",
        },
        y=next_tokens_axis(names),
        height=110 + 18 * len(names),
        margin=(110, 12, 40, 44),
    )

"""Figures about what a model predicts over a prompt."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from itda_core.figures.style import (
    ACCENT,
    CLEAR,
    GREY,
    NEGATIVE,
    POSITIVE,
    escape,
    frame,
    next_tokens_axis,
    tokens_axis,
    visible,
)

if TYPE_CHECKING:
    import plotly.graph_objects as go


def predictions(
    tokens: Sequence[str], series: Mapping[str, Sequence[float]], actual: int | None, title: str
) -> go.Figure:
    """Probabilities of some next tokens in one or more variants, side by side.

    Args:
        tokens: the next tokens, from the top down.
        series: variant -> probabilities in [0, 1], one a token. The first is drawn as an outline
            in grey, others filled, so that they are told apart without colour.
        actual: place in ``tokens`` of the one that does follow in the prompt, if it is there.
        title: plain text.
    """
    import plotly.graph_objects as go

    styles = [
        {"color": CLEAR, "line": {"color": GREY, "width": 1.6}},
        {"color": ACCENT, "line": {"color": ACCENT, "width": 1.6}},
    ]
    names = [visible(t) + ("  ◂ follows" if i == actual else "") for i, t in enumerate(tokens)]
    figure = go.Figure()
    for style, (name, values) in zip(styles, series.items(), strict=False):
        figure.add_bar(
            x=list(values),
            y=list(range(len(tokens))),
            orientation="h",
            name=escape(name),
            marker=style,
            customdata=[visible(t) for t in tokens],
            text=[_percent(p) for p in values],
            textposition="outside",
            textfont={"size": 11},
            constraintext="none",
            cliponaxis=False,
            hovertemplate="%{customdata}: %{x:.2%}<extra>" + escape(name) + "</extra>",
        )
    most = max((max(values, default=0.0) for values in series.values()), default=1.0)
    return frame(
        figure,
        title,
        x={
            "title": "probability of coming next",
            "tickformat": ".0%",
            "range": [0, min(1.15, 1.18 * most + 0.01)],
        },
        y=next_tokens_axis(names),
        height=130 + 30 * len(tokens),
        margin=(60, 24, 64, 46),
        barmode="group",
        bargap=0.28,
        bargroupgap=0.05,
        legend={"orientation": "h", "x": 0, "y": 1, "yanchor": "bottom", "traceorder": "normal"},
        showlegend=True,
    )


def loss_change(
    tokens: Sequence[str], change: Sequence[float], edited: Sequence[bool], title: str
) -> go.Figure:
    """How much an intervention changes the loss of each next token.

    Args:
        tokens: T tokens of a prompt.
        change: (T-1,) nats, at token t that of predicting token t + 1.
        edited: (T,) whether a token's activation was edited; marked with a triangle.
        title: plain text.
    """
    import plotly.graph_objects as go

    n = len(change)
    follows = [visible(token) for token in tokens[1:]]
    figure = go.Figure(
        go.Bar(
            x=list(range(n)),
            y=list(change),
            customdata=follows,
            name="change",
            marker={"color": [NEGATIVE if c > 0 else POSITIVE for c in change]},
            hovertemplate="token %{x}, then %{customdata}: %{y:+.3f} nats<extra></extra>",
        )
    )
    places = [i for i in range(n) if edited[i]]
    figure.add_scatter(
        x=places,
        y=[0.0] * len(places),
        mode="markers",
        hoverinfo="skip",
        name="edited here",
        marker={"symbol": "triangle-up", "size": 10, "color": ACCENT},
    )
    return frame(
        figure,
        title,
        x=tokens_axis(tokens[:n]) | {"title": "token of the prompt (▲ edited here)"},
        y={"title": "change of loss, nats", "zeroline": True, "tickformat": "+~g"},
        height=270,
    )


def _percent(p: float) -> str:
    return f"{p:.1%}" if p >= 0.001 else "< 0.1%"

"""Figures about the pursuit of one token."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from itda_core.figures.style import ACCENT, FEW_STEPS, TAU, escape

if TYPE_CHECKING:
    import plotly.graph_objects as go


def pursuit_steps(
    residual: Sequence[float],
    atoms: Sequence[str],
    tau: float | None,
    title: str,
    at: int | None = None,
) -> go.Figure:
    """What is left of an activation after each step of its pursuit.

    Args:
        residual: share of |x|^2 left, from step 0 (1.0, nothing coded yet) on.
        atoms: the token of the atom chosen at each step from 1; one fewer than ``residual``.
        tau: where to draw the line of novelty, as a share of |x|^2; None for no line.
        title: plain text.
        at: a step to mark, with a ring.
    """
    import plotly.graph_objects as go

    labels = ["nothing coded yet", *(f"atom: {escape(atom)}" for atom in atoms)]
    figure = go.Figure(
        go.Scatter(
            x=list(range(len(residual))),
            y=list(residual),
            mode="lines+markers",
            line={"color": ACCENT, "width": 2, "shape": "hv"},
            marker={"size": 6},
            customdata=labels,
            name="residual",
            hovertemplate="step %{x}: %{y:.3f} of |x|² left<br>%{customdata}<extra></extra>",
        )
    )
    if at is not None:
        figure.add_scatter(
            x=[at],
            y=[residual[at]],
            mode="markers",
            hoverinfo="skip",
            name="this step",
            marker={"symbol": "circle-open", "size": 16, "color": ACCENT, "line": {"width": 3}},
        )
    if tau is not None:
        figure.add_hline(
            y=tau,
            line={"color": TAU, "dash": "dash", "width": 1.5},
            annotation={"text": f"tau {tau:.3g}", "x": 1, "xanchor": "left", "yanchor": "middle"},
        )
    figure.update_layout(
        title={"text": escape(title), "font": {"size": 14}},
        xaxis={
            "title": "steps of pursuit",
            "rangemode": "tozero",
            "zeroline": False,
            "tickformat": "d",
            "dtick": 1 if len(residual) <= FEW_STEPS else None,
        },
        yaxis={"title": "residual energy, share of |x|²", "range": [0, 1.03], "zeroline": False},
        margin={"l": 60, "r": 64, "t": 44, "b": 46},
        height=300,
        showlegend=False,
        hovermode="closest",
    )
    return figure

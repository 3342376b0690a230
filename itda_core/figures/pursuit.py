"""Figures about the pursuit of one token."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from itda_core.figures.style import (
    ACCENT,
    GREY,
    TAU,
    add_level,
    add_ring,
    escape,
    frame,
    steps_axis,
)

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

    figure = go.Figure(
        go.Scatter(
            x=list(range(len(residual))),
            y=list(residual),
            mode="lines+markers",
            line={"color": ACCENT, "width": 2, "shape": "hv"},
            marker={"size": 6},
            customdata=["nothing coded yet", *(f"atom: {escape(atom)}" for atom in atoms)],
            name="residual",
            hovertemplate="step %{x}: %{y:.3f} of |x|² left<br>%{customdata}<extra></extra>",
        )
    )
    if at is not None:
        add_ring(figure, at, residual[at])
    if tau is not None:
        add_level(figure, tau, TAU, f"tau {tau:.3g}")
    return frame(
        figure,
        title,
        x=steps_axis(len(residual), rangemode="tozero"),
        y={"title": "residual energy, share of |x|²", "range": [0, 1.03], "zeroline": False},
        height=300,
        margin=(60, 64, 44, 46),
        hovermode="closest",
    )


def step_losses(losses: Sequence[float], original: float, at: int, title: str) -> go.Figure:
    """The loss of the next token with what each step of pursuit has in the activation's place.

    Args:
        losses: nats, from step 0 (zeros) on.
        original: nats, of the model untouched.
        at: the step to mark.
        title: plain text.
    """
    import plotly.graph_objects as go

    figure = go.Figure(
        go.Scatter(
            x=list(range(len(losses))),
            y=list(losses),
            mode="lines+markers",
            name="loss",
            line={"color": ACCENT, "width": 2},
            marker={"size": 6},
            hovertemplate="step %{x}: %{y:.3f} nats<extra></extra>",
        )
    )
    add_ring(figure, at, losses[at])
    add_level(figure, original, GREY, "original")
    return frame(
        figure,
        title,
        x=steps_axis(len(losses)),
        y={"title": "loss of the next token, nats", "zeroline": False},
        height=260,
        margin=(60, 64, 44, 46),
    )

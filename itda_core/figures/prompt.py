"""Figures about a prompt."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from itda_core.dictionary.losses import LOSSES
from itda_core.figures.style import (
    ACCENT,
    FEW_STEPS,
    GREY,
    NEGATIVE,
    POSITIVE,
    TAU,
    escape,
    visible,
)
from itda_core.prompt.maps import AtomMap, LayerMap

if TYPE_CHECKING:
    import plotly.graph_objects as go

_NOTHING = "rgba(128,128,128,0)"
# Each sign fades in its own hue over whatever the theme has behind it, down to a tint that is still
# to be seen; only 0 is blank.
_SIGNED = [
    [0, NEGATIVE],
    [0.4999, "rgba(224,130,20,0.2)"],
    [0.5, _NOTHING],
    [0.5001, "rgba(47,120,196,0.2)"],
    [1, POSITIVE],
]
_MONO = {"family": "monospace", "size": 12}
_LONGEST_LABEL = 30  # characters
_MOST_LABELS = 60  # tokens with a label; of more, every so many


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
        {"color": _NOTHING, "line": {"color": GREY, "width": 1.6}},
        {"color": ACCENT, "line": {"color": ACCENT, "width": 1.6}},
    ]
    names = [visible(t) + ("  ◂ follows" if i == actual else "") for i, t in enumerate(tokens)]
    places = list(range(len(tokens)))  # two tokens may be written alike, so not by name
    figure = go.Figure()
    for style, (name, values) in zip(styles, series.items(), strict=False):
        figure.add_bar(
            x=list(values),
            y=places,
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
    figure.update_layout(
        title={"text": escape(title), "font": {"size": 14}},
        xaxis={
            "title": "probability of coming next",
            "tickformat": ".0%",
            "range": [0, min(1.15, 1.18 * most + 0.01)],
        },
        yaxis={
            "title": "next token",
            "tickvals": places,
            "ticktext": names,
            "autorange": "reversed",
            "tickfont": _MONO,
        },
        margin={"l": 60, "r": 24, "t": 64, "b": 46},
        height=130 + 30 * len(tokens),
        barmode="group",
        bargap=0.28,
        bargroupgap=0.05,
        legend={"orientation": "h", "x": 0, "y": 1, "yanchor": "bottom", "traceorder": "normal"},
        showlegend=True,
    )
    return figure


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
    figure.add_scatter(
        x=[at],
        y=[losses[at]],
        mode="markers",
        hoverinfo="skip",
        name="this step",
        marker={"symbol": "circle-open", "size": 16, "color": ACCENT, "line": {"width": 3}},
    )
    figure.add_hline(
        y=original,
        line={"color": GREY, "dash": "dash", "width": 1.5},
        annotation={"text": "original", "x": 1, "xanchor": "left", "yanchor": "middle"},
    )
    figure.update_layout(
        title={"text": escape(title), "font": {"size": 14}},
        xaxis={
            "title": "steps of pursuit",
            "zeroline": False,
            "tickformat": "d",
            "dtick": 1 if len(losses) <= FEW_STEPS else None,
        },
        yaxis={"title": "loss of the next token, nats", "zeroline": False},
        margin={"l": 60, "r": 64, "t": 44, "b": 46},
        height=260,
        showlegend=False,
    )
    return figure


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
    figure.update_layout(
        title={"text": escape(title), "font": {"size": 14}},
        xaxis=_token_axis(tokens[:n]) | {"title": "token of the prompt (▲ edited here)"},
        yaxis={"title": "change of loss, nats", "zeroline": True, "tickformat": "+~g"},
        margin={"l": 60, "r": 12, "t": 44, "b": 46},
        height=270,
        showlegend=False,
    )
    return figure


def atom_heatmap(
    tokens: Sequence[str], found: AtomMap, labels: Sequence[tuple[str, str]], title: str
) -> go.Figure:
    """Tokens by atoms: the coefficients of the atoms that explain most of a prompt.

    Args:
        tokens: T tokens.
        found: their atoms.
        labels: (word, text around it) of each atom; words may be "".
        title: plain text.
    """
    import plotly.graph_objects as go

    values = found.coefficients.numpy()
    largest = float(np.nanmax(np.abs(values))) if np.isfinite(values).any() else 1.0
    names = [
        f"<b>{_cut(word, 14)}</b> {_cut(around, _LONGEST_LABEL)}" if word else f"atom {atom}"
        for atom, (word, around) in zip(found.atoms, labels, strict=True)
    ]
    rows = [
        f"atom {atom} · {escape(around or word)} · {share:.1%} of the prompt's |x|²"
        for atom, share, (word, around) in zip(found.atoms, found.shares, labels, strict=True)
    ]
    shown = [visible(token) for token in tokens]
    hover = [
        [
            f"token {t} {shown[t]}<br>{row}<br>"
            + (f"c = {value:+.3f} |x|" if np.isfinite(value) else "not in this token's code")
            for t, value in enumerate(line)
        ]
        for row, line in zip(rows, values, strict=True)
    ]
    figure = go.Figure(
        go.Heatmap(
            # Absent is 0, which the scale leaves blank: a gap could not be hovered.
            z=np.nan_to_num(values),
            x=list(range(len(tokens))),
            y=list(range(len(names))),
            zmin=-largest,
            zmax=largest,
            xgap=1,
            ygap=1,
            colorscale=_SIGNED,
            text=hover,
            hovertemplate="%{text}<extra></extra>",
            colorbar={
                "title": {"text": "c, in |x|", "side": "right"},
                "tickformat": "+~g",
                "thickness": 12,
            },
        )
    )
    figure.update_layout(
        title={"text": escape(title), "font": {"size": 14}},
        xaxis=_token_axis(tokens) | {"title": "token of the prompt"},
        yaxis={
            "title": "atom, strongest first",
            "autorange": "reversed",
            "showgrid": False,
            "tickvals": list(range(len(names))),
            "ticktext": names,
            "tickfont": {"size": 11},
            "zeroline": False,
            "automargin": True,
        },
        margin={"l": 20, "r": 12, "t": 44, "b": 80},
        height=170 + 22 * len(names),
    )
    return figure


def layer_heatmap(
    tokens: Sequence[str], found: LayerMap, by: str, picked: tuple[int, int], title: str
) -> go.Figure:
    """Tokens by layers: how well each token is coded where.

    The second trace has a marker on every cell, so that cells can be clicked; on novel ones it is
    to be seen. Its ``customdata`` is (layer, token).

    Args:
        tokens: T tokens.
        found: the codes' losses.
        by: "loss", or "novelty": loss / tau, coloured above 1 only.
        picked: layer and token that are framed.
        title: plain text.
    """
    import plotly.graph_objects as go

    loss = found.loss.numpy()
    taus = np.array(found.taus)[:, None]
    rows = list(range(len(found.layers)))
    hover = [
        [_layer_fact(found, row, t, visible(token)) for t, token in enumerate(tokens)]
        for row in rows
    ]
    scale = {
        "loss": {
            "z": loss,
            "zmin": 0,
            "colorscale": "Cividis",
            "zmax": float(np.nanmax(loss)) if np.isfinite(loss).any() else 1.0,
            "colorbar": {
                "title": {"text": _loss_unit(found.loss_names), "side": "right"},
                "thickness": 12,
            },
        },
        "novelty": {
            "z": loss / taus,
            "zmin": 1,
            "zmax": 3,
            "colorscale": [[0, _NOTHING], [1e-6, "rgba(224,130,20,0.3)"], [1, TAU]],
            "colorbar": {
                "title": {"text": "loss / tau", "side": "right"},
                "thickness": 12,
                "tickvals": [1, 2, 3],
                "ticktext": ["1", "2", "3 or more"],
            },
        },
    }[by]
    figure = go.Figure(
        go.Heatmap(
            x=list(range(len(tokens))),
            y=rows,
            xgap=1,
            ygap=1,
            text=hover,
            hoverinfo="skip",
            **scale,
        )
    )
    cells = [(row, t) for row in rows for t in range(len(tokens)) if np.isfinite(loss[row, t])]
    novel = [bool(found.novel[cell]) for cell in cells]
    clear = {"marker": {"opacity": 1}}
    figure.add_scatter(
        x=[t for _, t in cells],
        y=[row for row, _ in cells],
        mode="markers",
        name="novel",
        text=[hover[row][t] for row, t in cells],
        hovertemplate="%{text}<extra></extra>",
        customdata=[(found.layers[row], t) for row, t in cells],
        marker={
            "symbol": "circle",
            "size": [8 if n else 14 for n in novel],
            "color": ["#ffffff" if n else _NOTHING for n in novel],
            "line": {"color": ["#1d2030" if n else _NOTHING for n in novel], "width": 1.5},
        },
        selected=clear,
        unselected=clear,
    )
    layer, token = picked
    if layer in found.layers:
        row = found.layers.index(layer)
        figure.add_shape(
            type="rect",
            x0=token - 0.5,
            x1=token + 0.5,
            y0=row - 0.5,
            y1=row + 0.5,
            line={"color": ACCENT, "width": 3},
        )
    figure.update_layout(
        title={"text": escape(title), "font": {"size": 14}},
        xaxis=_token_axis(tokens) | {"title": "token of the prompt"},
        yaxis={
            "title": "layer (block)",
            "tickvals": rows,
            "ticktext": list(map(str, found.layers)),
            "showgrid": False,
            "zeroline": False,
            "range": [-0.5, len(rows) - 0.5],
        },
        margin={"l": 60, "r": 12, "t": 44, "b": 80},
        height=180 + 34 * len(rows),
        clickmode="event+select",
        dragmode=False,
        showlegend=False,
        hovermode="closest",
    )
    return figure


def _layer_fact(found: LayerMap, row: int, token: int, text: str) -> str:
    loss, tau = float(found.loss[row, token]), found.taus[row]
    if not np.isfinite(loss):
        return f"token {token} {text}<br>special token, not coded"
    sign, verdict = (">", "novel") if bool(found.novel[row, token]) else ("≤", "not novel")
    return (
        f"layer {found.layers[row]}, token {token} {text}<br>loss {loss:.3g} {sign} tau {tau:.3g}: "
        f"{verdict}<br>{float(found.explained[row, token]):.1%} explained"
    )


def _loss_unit(names: Sequence[str]) -> str:
    kinds = set(names)
    if len(kinds) > 1:
        return "loss, each in its dictionary's own"
    return f"loss, {LOSSES[kinds.pop()].unit}"


def _token_axis(tokens: Sequence[str]) -> dict[str, object]:
    """Token texts below; of a long prompt every so many."""
    every = -(-len(tokens) // _MOST_LABELS) or 1
    places = list(range(0, len(tokens), every))
    return {
        "tickvals": places,
        "ticktext": [_cut_visible(tokens[i]) for i in places],
        "tickfont": _MONO,
        "showgrid": False,
        "zeroline": False,
        "tickangle": -60,
        "range": [-0.5, len(tokens) - 0.5],
    }


def _percent(p: float) -> str:
    return f"{p:.1%}" if p >= 0.001 else "< 0.1%"


def _cut_visible(token: str) -> str:
    return visible(token if len(token) <= 14 else token[:13] + "…")


def _cut(text: str, longest: int) -> str:
    return escape(text if len(text) <= longest else text[: longest - 1] + "…")

"""Figures of a prompt as a whole: its tokens by atoms, and by layers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from itda_core.dictionary.losses import LOSSES
from itda_core.figures.style import (
    ACCENT,
    CLEAR,
    NEGATIVE,
    POSITIVE,
    TAU,
    escape,
    frame,
    shorten,
    signed,
    tint,
    tokens_axis,
    visible,
)
from itda_core.prompt.maps import AtomMap, LayerMap

if TYPE_CHECKING:
    import plotly.graph_objects as go

# Each sign fades in its own hue over whatever the theme has behind it, down to a tint that is still
# to be seen; only 0 is blank.
_SIGNED = [
    [0, NEGATIVE],
    [0.4999, tint(NEGATIVE, 0.2)],
    [0.5, CLEAR],
    [0.5001, tint(POSITIVE, 0.2)],
    [1, POSITIVE],
]
_NOVELTY = [[0, CLEAR], [1e-6, tint(TAU, 0.3)], [1, TAU]]
_RING = "#1d2030"
"""Around the white dot of a novel cell."""
_LONGEST_WORD = 14
_LONGEST_TEXT = 30
"""Characters of an atom's label."""


def atom_heatmap(
    tokens: Sequence[str], atoms: AtomMap, labels: Sequence[tuple[str, str]], title: str
) -> go.Figure:
    """Tokens by atoms: the coefficients of the atoms that explain most of a prompt.

    The second trace has a marker on every cell whose token's code holds the atom, so that it can be
    clicked. Its ``customdata`` is (atom, token).

    Args:
        tokens: T tokens.
        atoms: their atoms.
        labels: (word, text around it) of each atom; words may be "".
        title: plain text.
    """
    import plotly.graph_objects as go

    values = atoms.coefficients.numpy()
    largest = float(np.nanmax(np.abs(values))) if np.isfinite(values).any() else 1.0
    names = [_atom_name(atom, *label) for atom, label in zip(atoms.atoms, labels, strict=True)]
    hover = _atom_hover(tokens, atoms, labels)
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
            colorbar=_colour_bar("c, in |x|", tickformat="+~g"),
        )
    )
    _add_held(figure, atoms, hover)
    return frame(
        figure,
        title,
        x=tokens_axis(tokens) | {"title": "token of the prompt"},
        y={
            "title": "atom, strongest first",
            "autorange": "reversed",
            "showgrid": False,
            "tickvals": list(range(len(names))),
            "ticktext": names,
            "tickfont": {"size": 11},
            "zeroline": False,
            "automargin": True,
        },
        height=170 + 22 * len(names),
        margin=(20, 12, 44, 80),
        clickmode="event+select",
        dragmode=False,
        hovermode="closest",
    )


def _add_held(figure: go.Figure, atoms: AtomMap, hover: list[list[str]]) -> None:
    """A marker, not to be seen, on every cell whose token's code holds the atom."""
    cells = [(int(row), int(t)) for row, t in np.argwhere(np.isfinite(atoms.coefficients.numpy()))]
    _add_markers(
        figure,
        cells,
        name="held",
        text=[hover[row][t] for row, t in cells],
        customdata=[(atoms.atoms[row], t) for row, t in cells],
        marker={"symbol": "square", "size": 14, "color": CLEAR},
    )


def _atom_name(atom: int, word: str, around: str) -> str:
    if not word:
        return f"atom {atom}"
    short = escape(shorten(word, _LONGEST_WORD)), escape(shorten(around, _LONGEST_TEXT))
    return f"<b>{short[0]}</b> {short[1]}"


def _atom_hover(
    tokens: Sequence[str], atoms: AtomMap, labels: Sequence[tuple[str, str]]
) -> list[list[str]]:
    """What each cell says, a row an atom."""
    rows = [
        f"atom {atom} · {escape(around or word)} · {share:.1%} of the prompt's |x|²"
        for atom, share, (word, around) in zip(atoms.atoms, atoms.shares, labels, strict=True)
    ]
    columns = [f"token {t} {visible(token)}" for t, token in enumerate(tokens)]
    return [
        [
            f"{column}<br>{row}<br>"
            + (f"c = {signed(value)} |x|" if np.isfinite(value) else "not in this token's code")
            for column, value in zip(columns, values, strict=True)
        ]
        for row, values in zip(rows, atoms.coefficients.numpy(), strict=True)
    ]


def layer_heatmap(
    tokens: Sequence[str], layers: LayerMap, by: str, picked: tuple[int, int], title: str
) -> go.Figure:
    """Tokens by layers: how well each token is coded where.

    The second trace has a marker on every cell, so that cells can be clicked; on novel ones it is
    to be seen. Its ``customdata`` is (layer, token).

    Args:
        tokens: T tokens.
        layers: the codes' losses.
        by: "loss", or "novelty": loss as built / tau, coloured above 1 only.
        picked: layer and token that are framed.
        title: plain text.
    """
    import plotly.graph_objects as go

    rows = list(range(len(layers.layers)))
    hover = [
        [_layer_hover(layers, row, t, visible(token)) for t, token in enumerate(tokens)]
        for row in rows
    ]
    figure = go.Figure(
        go.Heatmap(
            x=list(range(len(tokens))),
            y=rows,
            xgap=1,
            ygap=1,
            text=hover,
            hoverinfo="skip",
            **{"loss": _by_loss, "novelty": _by_novelty}[by](layers),
        )
    )
    _add_cells(figure, layers, hover)
    layer, token = picked
    if layer in layers.layers:
        _add_frame(figure, token, layers.layers.index(layer))
    return frame(
        figure,
        title,
        x=tokens_axis(tokens) | {"title": "token of the prompt"},
        y={
            "title": "layer (block)",
            "tickvals": rows,
            "ticktext": list(map(str, layers.layers)),
            "showgrid": False,
            "zeroline": False,
            "range": [-0.5, len(rows) - 0.5],
        },
        height=180 + 34 * len(rows),
        margin=(60, 12, 44, 80),
        clickmode="event+select",
        dragmode=False,
        hovermode="closest",
    )


def _by_loss(layers: LayerMap) -> dict[str, Any]:
    """Values and colours of the losses themselves."""
    loss = layers.loss.numpy()
    return {
        "z": loss,
        "zmin": 0,
        "zmax": float(np.nanmax(loss)) if np.isfinite(loss).any() else 1.0,
        "colorscale": "Cividis",
        "colorbar": _colour_bar(_loss_unit(layers.loss_names)),
    }


def _by_novelty(layers: LayerMap) -> dict[str, Any]:
    """Values and colours of loss / tau; what is not novel is blank."""
    ticks = {"tickvals": [1, 2, 3], "ticktext": ["1", "2", "3 or more"]}
    return {
        "z": layers.loss_as_built.numpy() / np.array(layers.taus)[:, None],
        "zmin": 1,
        "zmax": 3,
        "colorscale": _NOVELTY,
        "colorbar": _colour_bar("loss / tau", **ticks),
    }


def _colour_bar(title: str, **other: Any) -> dict[str, Any]:
    return {"title": {"text": title, "side": "right"}, "thickness": 12, **other}


def _add_cells(figure: go.Figure, layers: LayerMap, hover: list[list[str]]) -> None:
    """A marker on every coded cell: a ringed dot where it is novel, else nothing to be seen."""
    coded = np.isfinite(layers.loss.numpy())
    cells = [(int(row), int(t)) for row, t in np.argwhere(coded)]
    novel = [bool(layers.novel[cell]) for cell in cells]
    _add_markers(
        figure,
        cells,
        name="novel",
        text=[hover[row][t] for row, t in cells],
        customdata=[(layers.layers[row], t) for row, t in cells],
        marker={
            "symbol": "circle",
            "size": [8 if n else 14 for n in novel],
            "color": ["#ffffff" if n else CLEAR for n in novel],
            "line": {"color": [_RING if n else CLEAR for n in novel], "width": 1.5},
        },
    )


def _add_markers(figure: go.Figure, cells: Sequence[tuple[int, int]], **look: Any) -> None:
    """A marker on each of these cells (row, column), alike whether it is selected or not."""
    clear = {"marker": {"opacity": 1}}
    figure.add_scatter(
        x=[column for _, column in cells],
        y=[row for row, _ in cells],
        mode="markers",
        hovertemplate="%{text}<extra></extra>",
        selected=clear,
        unselected=clear,
        **look,
    )


def _add_frame(figure: go.Figure, column: int, row: int) -> None:
    """Frame one cell."""
    figure.add_shape(
        type="rect",
        x0=column - 0.5,
        x1=column + 0.5,
        y0=row - 0.5,
        y1=row + 0.5,
        line={"color": ACCENT, "width": 3},
    )


def _layer_hover(layers: LayerMap, row: int, token: int, text: str) -> str:
    """What the cell of one layer and token says."""
    loss, tau = float(layers.loss[row, token]), layers.taus[row]
    if not np.isfinite(loss):
        return f"token {token} {text}<br>special token, not coded"
    sign, verdict = (">", "novel") if bool(layers.novel[row, token]) else ("≤", "not novel")
    built, here = float(layers.loss_as_built[row, token]), ""
    if as_built := layers.as_built[row]:
        here = f"<br>loss {loss:.3g} with the codes shown"
        as_built = f", as built ({as_built})"
    return (
        f"layer {layers.layers[row]}, token {token} {text}<br>"
        f"loss {built:.3g} {sign} tau {tau:.3g}{as_built}: {verdict}{here}<br>"
        f"{float(layers.explained[row, token]):.1%} explained"
    )


def _loss_unit(names: Sequence[str]) -> str:
    kinds = set(names)
    if len(kinds) > 1:
        return "loss, each in its dictionary's own"
    return f"loss, {LOSSES[kinds.pop()].unit}"

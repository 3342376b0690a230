"""All layers at once: how well each token is coded at every layer that has a dictionary."""

from collections.abc import Sequence
from typing import Any

import pandas as pd
import streamlit as st

from itda_core.comparison.alike import one_per_layer
from itda_core.dictionary import DictionaryHead
from itda_core.figures.heatmaps import layer_heatmap
from itda_core.prompt.maps import LayerMap
from pages.explore import results
from pages.explore.results import Subject
from pages.kit import under_figure
from pages.shell import parameters, widgets
from pages.shell.formats import plain

_BY = {"loss": "Loss", "novelty": "Novelty: loss ÷ tau"}
_HOW = (
    "One forward pass gives the prompt's activations at all layers; each layer codes them with its "
    "own dictionary at the L0 and method chosen on the left. Of several dictionaries of a layer "
    "the one most like the chosen one is taken: same kind of loss, same corpus, closest tau. A "
    "white dot marks **novel** tokens: loss > tau, at this L0."
)


def parts() -> dict[str, parameters.Reader]:
    """What a link says of this view."""
    return {"layers": parameters.unsaid(parameters.choice("loss", tuple(_BY), "layers"), "loss")}


def show(subject: Subject, rows: Sequence[DictionaryHead]) -> None:
    """A heatmap of tokens by layers; a click goes there."""
    by = st.segmented_control(
        "Colour by",
        list(_BY),
        format_func=_BY.__getitem__,
        required=True,
        **widgets.widget("layers", "loss"),
    )
    chosen = one_per_layer(rows, subject.row)
    found = results.layers(subject, chosen)
    tokens = subject.decomposition.tokens.tokens
    layer = subject.row.recipe.layer or 0
    figure = layer_heatmap(
        tokens,
        found,
        by,
        (layer, subject.token),
        f"How well {len(found.layers)} layers code each token",
    )
    names = {row.recipe.layer or 0: row.name for row in chosen}
    # A selection stays in a chart, and a second click on its cell would take it back: so a chart
    # that has done its work is replaced.
    key = f"prompt_layers_{layer}_{subject.token}_{by}"
    st.plotly_chart(
        figure,
        width="stretch",
        key=key,
        on_select=lambda: _go(key, names),
        selection_mode="points",
        config={"displaylogo": False, "displayModeBar": False},
    )
    under_figure.show(
        "prompt_layers",
        "Click a cell to go there, or choose a layer on the left and a token above. A white dot "
        "marks novel tokens; the frame is where you are.",
        _HOW,
        lambda: numbers(found, tokens),
    )
    used = ", ".join(f"{plain(names[i])}" for i in found.layers)
    st.caption(f"Dictionaries: {used}")


def _go(key: str, names: dict[int, str]) -> None:
    points = _points(st.session_state.get(key))
    if points:
        layer, token = (int(value) for value in points[0]["customdata"])
        st.session_state.token = token
        st.session_state.dictionary = names.get(layer, st.session_state.dictionary)


def _points(event: Any) -> list[dict[str, Any]]:
    """What was clicked; of a cell there may be two traces, one of which says where it is."""
    points = event["selection"]["points"] if event else []
    return [point for point in points if point.get("customdata")]


def numbers(found: LayerMap, tokens: list[str]) -> pd.DataFrame:
    """One row a layer and token."""
    rows = [
        {
            "layer": layer,
            "dictionary": found.dictionaries[row],
            "token_index": t,
            "token": token,
            "loss": float(found.loss[row, t]),
            "tau": found.taus[row],
            "novel": bool(found.novel[row, t]),
            "explained": float(found.explained[row, t]),
        }
        for row, layer in enumerate(found.layers)
        for t, token in enumerate(tokens)
    ]
    return pd.DataFrame(rows)

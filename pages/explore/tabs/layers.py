"""All layers at once: how well each token is coded at every layer that has a dictionary."""

import pandas as pd
import streamlit as st

from itda_core.comparison.alike import one_per_layer
from itda_core.dictionary import DictionaryHead
from itda_core.figures.heatmaps import layer_heatmap
from itda_core.prompt.maps import LayerMap
from pages.explore import results
from pages.explore.picked_token import PickedToken
from pages.kit import charts, under_figure
from pages.shell import frame, parameters
from pages.shell.address import DICTIONARY
from pages.shell.formats import plain
from pages.shell.parameters import Parameter

_COLOURS = {"loss": "Loss", "novelty": "Novelty: loss as built ÷ tau"}
_COLOUR = parameters.choice(
    "explore", "layers", "loss", tuple(_COLOURS), what="layers", omit_default=True
)
_HOW = (
    "One forward pass gives the prompt's activations at all layers; each layer codes them with its "
    "own dictionary at the L0 and method chosen on the left. Of several dictionaries of a layer "
    "the one most like the chosen one is taken: same kind of loss, same corpus, closest tau. A "
    "white dot marks **novel** tokens: loss > tau at the L0 and with the pursuit of the build, "
    "whatever is chosen."
)


def parameters_of(head: DictionaryHead) -> list[Parameter]:
    """What a link says of this view."""
    return [_COLOUR]


def show(picked: PickedToken) -> None:
    """A heatmap of tokens by layers; a click goes there."""
    colour = st.segmented_control(
        "Colour by",
        list(_COLOURS),
        format_func=_COLOURS.__getitem__,
        required=True,
        **_COLOUR.widget(),
    )
    heads, left_out = results.fitting(picked, one_per_layer(picked.heads, picked.head))
    frame.note(left_out)
    coded = results.layers(picked, heads)
    layer = picked.head.recipe.layer or 0
    figure = layer_heatmap(
        picked.tokens,
        coded,
        str(colour),
        (layer, picked.token),
        f"How well {len(coded.layers)} layer{'s' * (len(coded.layers) != 1)} code each token",
    )
    names = {head.recipe.layer or 0: head.name for head in heads}
    # A selection stays in a chart, and a second click on its cell would take it back: so a chart
    # that has done its work is replaced.
    key = f"explore_layers_{layer}_{picked.token}_{colour}"
    charts.show(key, figure, on_select=lambda: _go(key, names))
    under_figure.show(
        "prompt_layers",
        "Click a cell to go there, or choose a layer on the left and a token above. A white dot "
        "marks novel tokens; the frame is where you are.",
        _HOW,
        lambda: numbers(coded, picked.tokens),
        about={"prompt": picked.prompt, "l0": picked.l0, "method": picked.method},
    )
    st.caption(f"Dictionaries: {', '.join(plain(names[i]) for i in coded.layers)}")


def _go(key: str, names: dict[int, str]) -> None:
    """Show the token, and the dictionary of the layer, that was clicked."""
    state = st.session_state
    cells = charts.clicked(state.get(key))
    if cells:
        layer, token = (int(value) for value in cells[0]["customdata"])
        state.explore_token = token
        state[DICTIONARY] = names.get(layer, state[DICTIONARY])


def numbers(coded: LayerMap, tokens: list[str]) -> pd.DataFrame:
    """One row a layer and token."""
    rows = [
        {
            "layer": layer,
            "dictionary": coded.dictionaries[row],
            "token_index": t,
            "token": token,
            "loss": float(coded.loss[row, t]),
            "loss_as_built": float(coded.loss_as_built[row, t]),
            "tau": coded.taus[row],
            "novel": bool(coded.novel[row, t]),
            "explained": float(coded.explained[row, t]),
        }
        for row, layer in enumerate(coded.layers)
        for t, token in enumerate(tokens)
    ]
    return pd.DataFrame(rows)

"""Choosing a dictionary: model, layer, and which of the layer's dictionaries."""

from collections import Counter
from collections.abc import Callable, Sequence

import streamlit as st

from itda_core.comparison.alike import closest
from itda_core.dictionary import DictionaryHead
from pages.shell import resources
from pages.shell.address import DICTIONARY
from pages.shell.formats import plain, short_name, tau

_PILLS = 6
"""Layers that fit side by side; more are a slider."""


def dictionary(heads: Sequence[DictionaryHead]) -> DictionaryHead:
    """The three pickers. The dictionary's name is the one choice that is kept: model and layer
    follow from it, and changing either moves to the closest dictionary."""
    state = st.session_state
    by_name = {head.name: head for head in heads}
    if state.get(DICTIONARY) not in by_name:
        st.toast(f"Dictionary {plain(str(state.get(DICTIONARY)))} is gone; showing another.")
        state[DICTIONARY] = resources.default(heads).name
    shown = by_name[state[DICTIONARY]].recipe
    state.model, state.layer = shown.model_id, shown.layer
    of_model = [head for head in heads if head.recipe.model_id == shown.model_id]
    of_layer = [head for head in of_model if head.recipe.layer == shown.layer]
    models = list(dict.fromkeys(head.recipe.model_id for head in heads))
    st.selectbox(
        "Model",
        models,
        format_func=_model_names(models),
        key="model",
        on_change=_move,
        args=(heads,),
    )
    _layer(heads, of_model)
    st.selectbox(
        "Dictionary",
        [head.name for head in of_layer],
        key=DICTIONARY,
        format_func=_dictionary_names(of_layer),
        persist_state="session",
        help="tau is the loss above which an activation became an atom while it was built; "
        "a lower tau gives more atoms.",
    )
    head = by_name[state[DICTIONARY]]
    st.caption(
        f"{plain(head.name)} · from {head.recipe.tokens_seen:,} tokens of "
        f"{plain(head.recipe.corpus_name or 'an unnamed corpus')}"
    )
    return head


def _layer(heads: Sequence[DictionaryHead], of_model: Sequence[DictionaryHead]) -> None:
    """The layers of the model that have a dictionary."""
    layers = sorted({head.recipe.layer for head in of_model}, key=lambda i: (i is None, i))
    about = "The block whose output is coded, counted from 0. Only layers with a dictionary."
    if len(layers) <= _PILLS:
        st.segmented_control(
            "Layer",
            layers,
            key="layer",
            required=True,
            on_change=_move,
            args=(heads,),
            help=about,
            width="stretch",
        )
    else:
        st.select_slider("Layer", layers, key="layer", on_change=_move, args=(heads,), help=about)


def _move(heads: Sequence[DictionaryHead]) -> None:
    """To the dictionary closest to the one shown, within the model and layer just chosen."""
    state = st.session_state
    shown = next((h.recipe for h in heads if h.name == state[DICTIONARY]), heads[0].recipe)
    state[DICTIONARY] = closest(heads, shown, state.model, state.layer).name


def _model_names(models: Sequence[str | None]) -> Callable[[str | None], str]:
    """Short names, but whole ids where two models share one."""
    counts = Counter(map(short_name, models))
    return lambda m: short_name(m) if counts[short_name(m)] == 1 else str(m)


def _dictionary_names(heads: Sequence[DictionaryHead]) -> Callable[[str], str]:
    """tau and size, and the name too where those are not enough to tell them apart."""
    short = {h.name: f"tau {tau(h.recipe.tau)} · {h.recipe.n_atoms:,} atoms" for h in heads}
    counts = Counter(short.values())
    full = {n: text if counts[text] == 1 else f"{text} · {n}" for n, text in short.items()}
    return lambda name: full.get(name, name)

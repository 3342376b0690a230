"""Choosing the model of a new dictionary, and its layers."""

from pathlib import Path
from typing import NamedTuple

import streamlit as st

from itda_core.errors import InputError
from pages.add import samples as add_handles
from pages.shell import parameters, resources
from pages.shell.formats import short_name

_MOST_LAYERS = 1000


class Chosen(NamedTuple):
    """A model and what of it is wanted."""

    place: str
    """Absolute folder or hub id."""
    layers: tuple[int, ...]
    here: bool
    """Whether its weights are on this machine."""


def parts() -> dict[str, parameters.Reader]:
    """What a link says of the model."""
    return {
        "add_model": parameters.words(longest=400),
        "add_layers": parameters.integers(_MOST_LAYERS, "Layers"),
    }


def show() -> Chosen:
    """The two pickers.

    Raises:
        InputError: there is no such model, or no layer is chosen.
    """
    state = st.session_state
    known = add_handles.model_names()
    st.markdown("**Model**")
    if not state.get("add_model") and known:
        state.add_model = _usual(known)
    name = st.selectbox(
        "Model",
        known,
        key="add_model",
        format_func=short_name,
        accept_new_options=True,
        label_visibility="collapsed",
        on_change=_forget_layers,
        persist_state="session",
        placeholder="A folder, or the id of a model on the Hugging Face hub",
        help="Choose one that is here, or type the folder or hub id of any decoder or encoder, "
        "such as EleutherAI/pythia-70m. Only safetensors are read; code that comes with a model "
        "is never run.",
    )
    if not name:
        raise InputError("no model is chosen; choose one, or type a folder or hub id")
    shape = add_handles.shape(add_handles.place(str(name)))
    last = shape.n_layers - 1
    state.add_layers = [i for i in state.get("add_layers") or [] if i <= last]
    if not state.add_layers:
        state.add_layers = [shape.n_layers // 2]
    layers = st.pills(
        "Layers",
        list(range(shape.n_layers)),
        selection_mode="multi",
        key="add_layers",
        persist_state="session",
        wrap=True,
        help="The blocks whose output is coded, counted from 0: a dictionary for each. One pass "
        "of the model serves them all.",
    )
    kind = "decoder" if shape.causal else "encoder"
    away = "" if shape.here else " · not on this machine yet: it will be downloaded"
    st.caption(f"{kind} · {shape.n_layers} layers, {shape.d_model} wide{away}")
    if not layers:
        raise InputError("no layer is chosen; choose at least one")
    return Chosen(shape.place, tuple(sorted(layers)), shape.here)


def _usual(known: list[str]) -> str:
    """The model of what a first visit shows, or else any."""
    store = resources.store()
    store.sync(with_tables=False)
    rows = store.dictionaries()
    usual = resources.default(rows).recipe.model_id if rows else None
    return next((name for name in known if short_name(name) == short_name(usual)), known[0])


def _forget_layers() -> None:
    st.session_state.add_layers = []


def title(place: str) -> str:
    """A model's name as part of a dictionary's."""
    return Path(short_name(place)).name.lower()

"""Choosing the model of a new dictionary, and its layers."""

from pathlib import Path
from typing import NamedTuple

import streamlit as st

from itda_core.errors import InputError
from itda_core.files import is_file_safely, printable, resolve_safely
from itda_core.hub import split_revision
from itda_core.models import ModelShape, local_model_names, model_shape
from pages.shell import frame, parameters, resources
from pages.shell.formats import short_name, unmarked
from pages.shell.limits import limits
from pages.shell.parameters import Parameter

MODEL = parameters.text("add", "add_model", longest=400)
_LAYERS = parameters.key_of("add", "add_layers")


_PLACEHOLDER = "A folder, or the id of a model on the Hugging Face hub"
_HELP = (
    "Choose one that is here, or type the folder or hub id of any decoder or encoder, "
    "such as EleutherAI/pythia-70m. Only safetensors are read; code that comes with a model "
    "is never run."
)


class ChosenModel(NamedTuple):
    """A model and what of it is wanted."""

    place: str
    """Absolute folder or hub id."""
    layers: tuple[int, ...]


def parameters_of() -> list[Parameter]:
    """What a link says of the model."""
    layers = parameters.integers("add", "add_layers", limits().build_layers, what="Layers")
    return [MODEL, layers]


def show() -> ChosenModel:
    """The two pickers.

    Raises:
        InputError: there is no such model, or no layer is chosen.
    """
    names = _model_names()
    may_type = limits().build
    st.markdown("**Model**")
    if MODEL.value and MODEL.value not in names and not may_type:
        # In the same words whether or not there is such a folder: nobody is told what lies here.
        frame.note([f"The model {MODEL.value[:80]!r} is none of this server's; showing another."])
        st.session_state[MODEL.key] = ""
    if not MODEL.value and names:
        st.session_state[MODEL.key] = _first_name(names)
    name = st.selectbox(
        "Model",
        names,
        format_func=short_name,
        accept_new_options=may_type,
        label_visibility="collapsed",
        on_change=_forget_layers,
        placeholder=_PLACEHOLDER if may_type else "None",
        help=_HELP if may_type else "Those that are here; run the app yourself to load others.",
        **MODEL.widget(),
    )
    if not name:
        hint = "choose one, or type a folder or hub id" if may_type else "there is none here"
        raise InputError(f"no model is chosen; {hint}")
    shape = _shape(_place(unmarked(str(name))))
    layers = _layers(shape)
    away = "" if shape.here else " · not on this machine yet: it will be downloaded"
    st.caption(f"{shape.n_layers} layers, {shape.d_model} wide{away}")
    if not layers:
        raise InputError("no layer is chosen; choose at least one")
    return ChosenModel(shape.place, layers)


def _layers(shape: ModelShape) -> tuple[int, ...]:
    state = st.session_state
    asked = state.get(_LAYERS) or []
    known = [layer for layer in asked if layer < shape.n_layers]
    if len(known) < len(asked):
        unknown = ", ".join(str(layer) for layer in asked if layer not in known)
        last = shape.n_layers - 1
        frame.note([f"Of layers {unknown[:80]} there are none: this model has layers 0 to {last}."])
    state[_LAYERS] = known or [shape.n_layers // 2]
    layers = st.pills(
        "Layers",
        list(range(shape.n_layers)),
        selection_mode="multi",
        key=_LAYERS,
        persist_state="session",
        wrap=True,
        help="The blocks whose output is coded, counted from 0: a dictionary for each. One pass "
        "of the model serves them all.",
    )
    most = limits().build_layers
    if len(layers) > most:
        raise InputError(f"{len(layers)} layers are chosen; one build takes {most}: choose fewer")
    return tuple(sorted(layers))


def _forget_layers() -> None:
    st.session_state[_LAYERS] = []


def _first_name(names: list[str]) -> str:
    """The model of what a first visit to the app shows, or else any."""
    resources.sync(fresh=True)
    heads = resources.store().dictionaries()
    first = short_name(resources.default(heads).recipe.model_id) if heads else ""
    return next((name for name in names if short_name(name) == first), names[0])


def _model_names() -> list[str]:
    """Models on this machine: those beside the dictionaries by their names, others by hub id."""
    folder = _bundled()
    # A browser cannot be told a name that is no Unicode.
    names = (Path(name) for name in _local_names(str(folder)) if printable(name) == name)
    return [(n.relative_to(folder) if n.is_relative_to(folder) else n).as_posix() for n in names]


@st.cache_data(ttl=20, show_spinner=False)
def _local_names(folder: str) -> list[str]:
    return local_model_names(folder)


def _place(name: str) -> str:
    """What ``load_model`` takes for one of ``_model_names``, or for what somebody typed."""
    beside = _bundled() / name
    is_bundled = bool(name) and is_file_safely(beside / "config.json")
    return str(beside) if is_bundled else name


def _bundled() -> Path:
    return resolve_safely(resources.data_dir()) / "models"


@st.cache_data(ttl=60, show_spinner="Looking at the model …")
def _shape(place: str) -> ModelShape:
    return model_shape(place)


def title(place: str) -> str:
    """A model's name as part of a dictionary's."""
    return Path(short_name(split_revision(place)[0])).name.lower()

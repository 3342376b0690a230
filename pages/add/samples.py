"""Models to build from, and previews of what would be built: kept once a process."""

from pathlib import Path

import streamlit as st

from itda_core.construction import BuildSettings
from itda_core.construction.preview import Preview, Sample, preview, take_sample
from itda_core.models import LanguageModel, ModelShape, local_model_names, model_shape
from pages.kit.text_source import Text
from pages.shell import resources


@st.cache_data(ttl=20, show_spinner=False)
def _names(folder: str) -> list[str]:
    return local_model_names(folder)


def model_names() -> list[str]:
    """Models on this machine: those beside the dictionaries by their names, others by hub id."""
    folder = _bundled()
    names = (Path(name) for name in _names(str(folder)))
    return [(n.relative_to(folder) if n.is_relative_to(folder) else n).as_posix() for n in names]


def place(name: str) -> str:
    """What ``load_model`` takes for one of ``model_names``, or for what somebody typed."""
    beside = _bundled() / name
    return str(beside) if name and (beside / "config.json").is_file() else name


def _bundled() -> Path:
    return resources.data_dir().resolve() / "models"


def shape(model: str) -> ModelShape:
    """``model_shape``, kept for a minute. InputError as there."""
    return _shape(model)


@st.cache_data(ttl=60, show_spinner="Looking at the model …")
def _shape(model: str) -> ModelShape:
    return model_shape(model)


def sample(place: str, layers: tuple[int, ...], text: Text) -> Sample:
    """The beginning of a text as activations of a model. InputError if either is unusable."""
    return _sample(place, layers, text.key, resources.loaded(place), text)


@st.cache_resource(max_entries=2, show_spinner=False)
def _sample(
    place: str, layers: tuple[int, ...], key: str, _model: LanguageModel, _text: Text
) -> Sample:
    with _text.opened() as corpus:
        return take_sample(_model, corpus, layers)


def previewed(
    place: str,
    layers: tuple[int, ...],
    text: Text,
    layer: int,
    tau: float,
    l0: int,
    max_tokens: int,
) -> Preview:
    """``preview`` of a ``sample``, kept. InputError as there."""
    taken = sample(place, layers, text)
    return _previewed(place, text.key, layer, tau, l0, max_tokens, taken)


@st.cache_data(max_entries=200, show_spinner=False)
def _previewed(
    place: str, key: str, layer: int, tau: float, l0: int, max_tokens: int, _sample: Sample
) -> Preview:
    return preview(_sample, layer, BuildSettings(tau, l0), max_tokens)

"""The beginning of a text, and dictionaries built on it: kept once a process."""

from typing import NamedTuple

import streamlit as st

from itda_core.construction import BuildSettings
from itda_core.construction import preview as core_preview
from itda_core.construction.preview import Preview, Sample, take_sample
from itda_core.models import LanguageModel
from pages.add.model import ChosenModel
from pages.kit.text_source import Text
from pages.shell import resources


class Case(NamedTuple):
    """A dictionary to be previewed."""

    layer: int
    tau: float
    l0: int
    max_tokens: int
    skip_sinks: bool


def sample(model: ChosenModel, text: Text) -> Sample:
    """The beginning of a text as activations of a model. InputError if either is unusable."""
    return _sample(model, text.key, resources.loaded(model.place), text)


@st.cache_resource(max_entries=2, show_spinner=False)
def _sample(model: ChosenModel, text_key: str, _loaded: LanguageModel, _text: Text) -> Sample:
    with _text.opened() as corpus:
        return take_sample(_loaded, corpus, model.layers)


def tokens(model: ChosenModel, text: Text, most: int) -> int:
    """How many tokens of the text a build reads, about, if it reads ``most`` at most."""
    return _tokens(model, text.key, most, sample(model, text), text)


@st.cache_data(max_entries=200, show_spinner="Counting the tokens …")
def _tokens(model: ChosenModel, text_key: str, most: int, _sample: Sample, _text: Text) -> int:
    with _text.opened() as corpus:
        return core_preview.count_tokens(corpus, _sample, most)


def preview(model: ChosenModel, text: Text, case: Case) -> Preview:
    """What is to be expected of a dictionary. InputError as for ``sample``."""
    return _preview(model.place, text.key, case, sample(model, text))


@st.cache_data(max_entries=200, show_spinner=False)
def _preview(place: str, text_key: str, case: Case, _sample: Sample) -> Preview:
    settings = BuildSettings(case.tau, case.l0, skip_sinks=case.skip_sinks)
    return core_preview.preview(_sample, case.layer, settings, case.max_tokens)

"""What the tabs below a prompt compute: nothing before it is asked for, and then kept.

Keyed by fingerprints as in ``handles``, which says why.
"""

from typing import NamedTuple

import streamlit as st

from itda_core import Dictionary, InputError
from itda_core.dictionary import DictionaryHead
from itda_core.models import LanguageModel
from itda_core.prompt.decomposition import Decomposition
from itda_core.prompt.intervention import (
    Continuation,
    Effect,
    Intervention,
    continue_prompt,
    edit_prompt,
    intervene,
)
from itda_core.prompt.maps import AtomMap, LayerMap, atom_map, layer_map
from itda_core.prompt.prediction import Predictions, predict_reconstructed, predict_steps
from pages.shell import resources


class Subject(NamedTuple):
    """What the page is about: one token of a decomposed prompt."""

    row: DictionaryHead
    prompt: str
    l0: int
    method: str
    dictionary: Dictionary
    decomposition: Decomposition
    token: int

    @property
    def code(self) -> tuple[str, str, int, str]:
        """What the codes depend on."""
        return self.row.fingerprint, self.prompt, self.l0, self.method

    @property
    def model(self) -> LanguageModel:
        """The dictionary's model."""
        return resources.model(self.row)

    @property
    def why_no_predictions(self) -> str:
        """Why the model predicts nothing, in a line; "" if it does."""
        try:
            self.model.check_predicts()
        except InputError as error:
            return str(error)
        return ""

    @property
    def word(self) -> str:
        """The picked token, for titles."""
        return self.decomposition.tokens.tokens[self.token].strip() or "·"

    def text(self, ids: list[int]) -> list[str]:
        """Each token id as it would stand in a text; a part of a character with its id."""
        model = self.model
        texts = [(i, model.text_of([i])) for i in ids]
        return [f"{text} id {i}" if "\ufffd" in text else text for i, text in texts]


def steps(subject: Subject) -> Predictions:
    """Predictions after each step of the picked token's pursuit."""
    return _steps(subject.code, subject.token, subject)


@st.cache_resource(max_entries=32, show_spinner=False)
def _steps(code: tuple[str, str, int, str], token: int, _s: Subject) -> Predictions:
    return predict_steps(_s.model, _s.dictionary, _s.decomposition, token, _s.method)


def reconstructed(subject: Subject, everywhere: bool) -> Predictions:
    """Predictions with the reconstruction in place."""
    return _reconstructed(subject.code, subject.token, everywhere, subject)


@st.cache_resource(max_entries=64, show_spinner=False)
def _reconstructed(
    code: tuple[str, str, int, str], token: int, everywhere: bool, _s: Subject
) -> Predictions:
    return predict_reconstructed(_s.model, _s.dictionary, _s.decomposition, token, everywhere)


def effect(subject: Subject, intervention: Intervention) -> Effect:
    """What an intervention does to the predictions."""
    return _effect(subject.code, subject.token, intervention, subject)


@st.cache_resource(max_entries=64, show_spinner=False)
def _effect(
    code: tuple[str, str, int, str], token: int, intervention: Intervention, _s: Subject
) -> Effect:
    return intervene(_s.model, _s.dictionary, _s.decomposition, intervention, token)


def continuations(
    subject: Subject, intervention: Intervention, n_tokens: int, temperature: float, seed: int
) -> dict[str, Continuation]:
    """Texts that go on after the prompt, "original" and "edited"."""
    return _continuations(
        subject.code, subject.token, intervention, n_tokens, temperature, seed, subject
    )


@st.cache_resource(max_entries=32, show_spinner="Writing …")
def _continuations(
    code: tuple[str, str, int, str],
    token: int,
    intervention: Intervention,
    n_tokens: int,
    temperature: float,
    seed: int,
    _s: Subject,
) -> dict[str, Continuation]:
    patch = edit_prompt(_s.decomposition, _s.dictionary, intervention, token).patch
    return continue_prompt(
        _s.model,
        _s.decomposition.tokens.ids,
        _s.dictionary.recipe.layer or 0,
        {"original": None, "edited": patch},
        n_tokens,
        temperature=temperature,
        seed=seed,
    )


def atoms(subject: Subject) -> AtomMap:
    """The atoms that explain most of the prompt."""
    return _atoms(subject.code, subject)


@st.cache_resource(max_entries=32, show_spinner=False)
def _atoms(code: tuple[str, str, int, str], _s: Subject) -> AtomMap:
    return atom_map(_s.decomposition)


def layers(subject: Subject, rows: list[DictionaryHead]) -> LayerMap:
    """The prompt coded with each of ``rows``."""
    fingerprints = tuple(row.fingerprint for row in rows)
    return _layers(fingerprints, subject.prompt, subject.l0, subject.method, rows, subject)


@st.cache_resource(max_entries=16, show_spinner="Coding the prompt at every layer …")
def _layers(
    fingerprints: tuple[str, ...],
    prompt: str,
    l0: int,
    method: str,
    _rows: list[DictionaryHead],
    _s: Subject,
) -> LayerMap:
    return layer_map(_s.model, [resources.dictionary(row) for row in _rows], prompt, l0, method)

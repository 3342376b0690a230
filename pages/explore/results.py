"""What the tabs below a prompt compute: nothing before it is asked for, and then kept.

Answers are found again by fingerprints, as in ``resources``, which says why.
"""

from collections.abc import Callable, Sequence
from typing import Any, ParamSpec, TypeVar

import streamlit as st

from itda_core.dictionary import DictionaryHead
from itda_core.errors import InputError
from itda_core.models.of_dictionary import check_fits
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
from pages.explore.picked_token import PickedToken
from pages.shell import resources

_P = ParamSpec("_P")
_R = TypeVar("_R")


def _of_token(picked: PickedToken) -> tuple[Any, ...]:
    return picked.code, picked.token


def _of_prompt(picked: PickedToken) -> tuple[Any, ...]:
    return picked.code


def _of_prompt_anywhere(picked: PickedToken) -> tuple[Any, ...]:
    return picked.prompt, picked.l0, picked.method


def _kept(
    depends_on: Callable[[PickedToken], tuple[Any, ...]], most: int, spinner: str | bool = False
) -> Callable[[Callable[_P, _R]], Callable[_P, _R]]:
    """Keep the last ``most`` answers of a function.

    An answer is found again by what it ``depends_on`` of the picked token and by the other
    arguments; a dictionary among them counts by its fingerprint.
    """
    return st.cache_resource(
        max_entries=most,
        show_spinner=spinner,
        hash_funcs={PickedToken: depends_on, DictionaryHead: lambda head: head.fingerprint},
    )


@_kept(_of_token, 32)
def steps(picked: PickedToken) -> Predictions:
    """Predictions after each step of the picked token's pursuit."""
    return predict_steps(
        picked.model, picked.dictionary, picked.decomposition, picked.token, picked.method
    )


@_kept(_of_token, 64)
def reconstructed(picked: PickedToken, everywhere: bool) -> Predictions:
    """Predictions with the reconstruction in place."""
    return predict_reconstructed(
        picked.model, picked.dictionary, picked.decomposition, picked.token, everywhere
    )


@_kept(_of_token, 64)
def effect(picked: PickedToken, intervention: Intervention) -> Effect:
    """What an intervention does to the predictions."""
    return intervene(
        picked.model, picked.dictionary, picked.decomposition, intervention, picked.token
    )


@_kept(_of_token, 32, "Writing …")
def continuations(
    picked: PickedToken, intervention: Intervention, n_tokens: int, temperature: float, seed: int
) -> dict[str, Continuation]:
    """Texts that go on after the prompt, "original" and "edited"."""
    edited = edit_prompt(picked.decomposition, picked.dictionary, intervention, picked.token)
    return continue_prompt(
        picked.model,
        picked.decomposition.tokens.ids,
        picked.dictionary.recipe.layer or 0,
        {"original": None, "edited": edited.patch},
        n_tokens,
        temperature=temperature,
        seed=seed,
    )


@_kept(_of_prompt, 32)
def atoms(picked: PickedToken) -> AtomMap:
    """The atoms that explain most of the prompt."""
    return atom_map(picked.decomposition)


def fitting(
    picked: PickedToken, heads: Sequence[DictionaryHead]
) -> tuple[list[DictionaryHead], list[str]]:
    """Those of ``heads`` that can be used with the model; for each other one why not."""
    fit, lines = [], []
    for head in heads:
        try:
            check_fits(picked.model, head)
            resources.dictionary(head)
            fit.append(head)
        except InputError as error:
            lines.append(f"Left out: {error}.")
    return fit, lines


@_kept(_of_prompt_anywhere, 16, "Coding the prompt at every layer …")
def layers(picked: PickedToken, heads: Sequence[DictionaryHead]) -> LayerMap:
    """The prompt coded with each of these dictionaries of its model."""
    dictionaries = [resources.dictionary(head) for head in heads]
    return layer_map(picked.model, dictionaries, picked.prompt, picked.l0, picked.method)

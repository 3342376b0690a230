"""Which dictionaries are alike: what may be laid beside a dictionary, and what comes closest to it.

One set of criteria for every page and command. Where a layer has several dictionaries the one at
the smallest ``distance`` is meant; what must not differ at all is said by the ``is_same_...``.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from itda_core.dictionary.recipe import DictionaryHead, Recipe


def is_same_model(a: Recipe, b: Recipe) -> bool:
    """Whether they are of the same weights; of the same name where one does not say its weights.

    Equal names are not enough where both do: a model that is trained further keeps its name.
    """
    if a.weights_hash and b.weights_hash:
        return a.weights_hash == b.weights_hash
    return a.model_id == b.model_id


def is_same_text(a: Recipe, b: Recipe) -> bool:
    """Whether they were built on the same tokens in the same order, so that labels can meet."""
    return _text(a) == _text(b)


def _text(recipe: Recipe) -> tuple[object, ...]:
    return recipe.corpus_hash, recipe.sequence_length, recipe.max_tokens


def is_same_question(a: Recipe, b: Recipe) -> bool:
    """Whether the same was asked of the same tokens: the loss after as many steps of pursuit."""
    return (a.l0, a.loss) == (b.l0, b.loss) and not _differ_in_sinks(a, b)


def _differ_in_sinks(a: Recipe, b: Recipe) -> bool:
    """Whether attention sinks may be atoms of the one and not of the other."""
    return (a.sink_norm is None) != (b.sink_norm is None)


class Distance(NamedTuple):
    """How unlike two dictionaries are; compared field by field, the first that differs decides."""

    loss: bool
    """Whether tau means something else."""
    corpus: bool
    """Whether the text is another."""
    sinks: bool
    """Whether just one of them leaves attention sinks out."""
    tau: float
    """|log(tau/tau)|: tau is a threshold, so it is its ratio that counts."""
    l0: int
    """Difference of the budgets."""


def distance(a: Recipe, b: Recipe) -> Distance:
    """How unlike two dictionaries are beside their layer."""
    return Distance(
        a.loss != b.loss,
        a.corpus_hash != b.corpus_hash,
        _differ_in_sinks(a, b),
        abs(math.log(a.tau / b.tau)),
        abs(a.l0 - b.l0),
    )


def closest(
    heads: Sequence[DictionaryHead], like: Recipe, model_id: str | None, layer: int | None
) -> DictionaryHead:
    """Of the dictionaries of a model the one to show next: its layer counts first, then likeness.

    Args:
        heads: of which at least one is of ``model_id``.
        like: the recipe of the dictionary shown before.
        model_id: the model wanted.
        layer: the layer wanted.
    """

    def rank(head: DictionaryHead) -> tuple[int, Distance, str]:
        layers_apart = abs((head.recipe.layer or 0) - (layer or 0))
        return layers_apart, distance(head.recipe, like), head.name

    return min((head for head in heads if head.recipe.model_id == model_id), key=rank)


def one_per_layer(heads: Iterable[DictionaryHead], like: DictionaryHead) -> list[DictionaryHead]:
    """For each layer of the model of ``like`` the dictionary most like it, by layer.

    At its own layer that is ``like`` itself.
    """
    return _best_by_layer(heads, like, is_same_model)


def comparable(heads: Iterable[DictionaryHead], like: DictionaryHead) -> list[DictionaryHead]:
    """The dictionaries in which to look for the labels of ``like``: one a layer, up to its own.

    They are of the same model, text, L0 and loss. Only then does it mean something that a token
    is an atom in one and not in the other.
    """

    def fits(a: Recipe, b: Recipe) -> bool:
        return is_same_model(a, b) and is_same_text(a, b) and is_same_question(a, b)

    last = like.recipe.layer or 0
    labelled = (head for head in heads if head.has_labels and (head.recipe.layer or 0) <= last)
    return _best_by_layer(labelled, like, fits)


def _best_by_layer(
    heads: Iterable[DictionaryHead], like: DictionaryHead, fits: Callable[[Recipe, Recipe], bool]
) -> list[DictionaryHead]:
    def rank(head: DictionaryHead) -> tuple[bool, Distance, str]:
        return head.name != like.name, distance(head.recipe, like.recipe), head.name

    best: dict[int, DictionaryHead] = {}
    for head in sorted(heads, key=rank):
        if head.recipe.layer is not None and fits(head.recipe, like.recipe):
            best.setdefault(head.recipe.layer, head)
    return [best[layer] for layer in sorted(best)]


def first_to_show(heads: Sequence[DictionaryHead], model_id: str) -> DictionaryHead:
    """What somebody sees who asked for nothing: a middle layer, built like most layers are.

    Of several such the one with statistics, then the largest, then the first given.

    Args:
        heads: at least one.
        model_id: the model preferred, if it has dictionaries; else that of the first.
    """
    available = {head.recipe.model_id for head in heads}
    shown = model_id if model_id in available else heads[0].recipe.model_id
    of_model = [head for head in heads if head.recipe.model_id == shown]
    layers = sorted({head.recipe.layer or 0 for head in of_model})
    middle = layers[len(layers) // 2]

    def rank(head: DictionaryHead) -> tuple[int, bool, int]:
        alike = {h.recipe.layer for h in of_model if _is_built_alike(h.recipe, head.recipe)}
        return len(alike), head.has_statistics, head.recipe.n_atoms

    return max((head for head in of_model if (head.recipe.layer or 0) == middle), key=rank)


def _is_built_alike(a: Recipe, b: Recipe) -> bool:
    return distance(a, b) == Distance(False, False, False, 0.0, 0)

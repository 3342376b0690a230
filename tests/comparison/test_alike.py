"""Which dictionaries are alike, on recipes that differ in one thing at a time."""

import math
from dataclasses import replace

import pytest

from itda_core.comparison.alike import (
    Distance,
    closest,
    comparable,
    distance,
    first_to_show,
    is_same_model,
    is_same_question,
    is_same_text,
    one_per_layer,
)
from itda_core.dictionary import DictionaryHead, Recipe

RECIPE = Recipe(
    d_model=8,
    tau=0.1,
    l0=10,
    loss="relative",
    n_atoms=100,
    tokens_seen=1000,
    model_id="m",
    weights_hash="weights of m",
    layer=0,
    corpus_hash="text a",
    sequence_length=128,
    max_tokens=1000,
)


def head(name, layer=0, *, labels=True, statistics=False, **changes):
    if "model_id" in changes:
        changes.setdefault("weights_hash", f"weights of {changes['model_id']}")
    recipe = replace(RECIPE, layer=layer, **changes)
    return DictionaryHead(name, f"print of {name}", labels, recipe, statistics)


def names(heads):
    return [one.name for one in heads]


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ({}, {}, True),
        ({}, {"model_id": "a copy"}, True),  # the same weights under another name
        ({}, {"weights_hash": "others"}, False),  # trained further under the same name
        ({}, {"weights_hash": None}, True),
        ({"weights_hash": None}, {"weights_hash": None}, True),
        ({}, {"weights_hash": None, "model_id": "n"}, False),
        ({"weights_hash": ""}, {"weights_hash": None, "model_id": "n"}, False),
    ],
)
def test_a_model_is_its_weights_or_else_its_name(one, other, same):
    a, b = replace(RECIPE, **one), replace(RECIPE, **other)
    assert is_same_model(a, b) == is_same_model(b, a) == same


@pytest.mark.parametrize(
    ("change", "text", "question"),
    [
        ({"corpus_hash": "text b"}, False, True),
        ({"sequence_length": 64}, False, True),
        ({"max_tokens": None}, False, True),
        ({"l0": 11}, True, False),
        ({"loss": "squared"}, True, False),
        ({"sink_norm": 30.0}, True, False),
        ({"corpus_name": "renamed"}, True, True),
        ({"layer": 5, "tau": 0.5, "n_atoms": 7}, True, True),
    ],
)
def test_the_same_text_and_the_same_question(change, text, question):
    other = replace(RECIPE, **change)
    assert is_same_text(RECIPE, other) == is_same_text(other, RECIPE) == text
    assert is_same_question(RECIPE, other) == is_same_question(other, RECIPE) == question


def test_distances_are_those_of_the_ratio_of_tau():
    assert distance(RECIPE, RECIPE) == Distance(False, False, False, 0.0, 0)
    changes = {"tau": 0.4, "l0": 7, "loss": "squared", "corpus_hash": "text b", "layer": 9}
    other = replace(RECIPE, **changes, sink_norm=30.0)
    found = distance(RECIPE, other)
    assert found == Distance(True, True, True, pytest.approx(math.log(4)), 3)
    assert found == distance(other, RECIPE)


def test_what_differs_first_decides():
    """Another loss is further than any text, then come sinks, any tau, any budget."""
    order = [
        {"l0": 90},
        {"tau": 0.11},
        {"tau": 0.9},
        {"sink_norm": 30.0},
        {"sink_norm": 30.0, "l0": 11},
        {"corpus_hash": "text b"},
        {"corpus_hash": "text b", "tau": 0.2},
        {"loss": "squared"},
        {"loss": "squared", "l0": 11},
        {"loss": "squared", "corpus_hash": "text b"},
    ]
    distances = [distance(replace(RECIPE, **change), RECIPE) for change in order]
    assert distances == sorted(distances) and len(set(distances)) == len(distances)


def test_the_closest_is_of_the_layer_wanted_first():
    heads = [
        head("alike, far", 0),
        head("other loss", 3, loss="squared"),
        head("other tau", 3, tau=0.5),
        head("of another model", 3, model_id="n"),
        head("above", 5),
    ]
    assert closest(heads, RECIPE, "m", 3).name == "other tau"
    assert closest(heads, RECIPE, "m", 4).name == "above"  # as far as layer 3, more alike
    assert closest(heads, RECIPE, "n", 0).name == "of another model"
    assert closest(heads, replace(RECIPE, loss="squared"), "m", 3).name == "other loss"


def test_ties_are_broken_by_name():
    twins = [head("b"), head("a"), head("c")]
    assert closest(twins, RECIPE, "m", 0).name == "a"
    assert names(one_per_layer(twins, head("like", 1))) == ["a"]
    around = [head("twice tau", tau=0.2), head("half tau", tau=0.05)]
    assert closest(around, RECIPE, "m", 0).name == "half tau"


def test_dictionaries_of_no_model_or_layer_are_found_too():
    bare = head("bare", None, model_id=None, weights_hash=None)
    assert closest([head("m"), bare], RECIPE, None, None) is bare
    assert first_to_show([bare], "m") is bare


def test_the_dictionary_of_each_layer_that_is_most_alike():
    like = head("like", 1)
    heads = [
        head("other loss", 0, loss="squared"),
        head("far", 0, tau=0.4),
        head("near", 0, tau=0.12),
        head("other corpus", 0, corpus_hash="b"),
        head("a twin", 1),
        like,
        head("alone", 2, corpus_hash="b"),
        head("other model", 3, model_id="n"),
        head("no layer", None),
    ]
    assert names(one_per_layer(heads, like)) == ["near", "like", "alone"]
    assert one_per_layer([like], like) == [like]


def test_a_layer_of_other_kinds_only_has_one_too():
    """All layers of a model are shown, whatever its dictionaries ask; the others' pages say so."""
    like = head("like", 0)
    heads = [like, head("squared", 1, loss="squared"), head("cosine", 2, loss="cosine", tau=0.01)]
    assert names(one_per_layer(heads, like)) == ["like", "squared", "cosine"]
    unhashed = head("old", 3, weights_hash=None)
    assert names(one_per_layer([*heads, unhashed], like))[-1] == "old"
    assert names(one_per_layer([head("retrained", 3, weights_hash="x")], like)) == []


def test_comparable_are_layers_up_to_its_own():
    like = head("like", 2)
    heads = [head(f"layer {i}", i) for i in (3, 0, 1)] + [head("a twin", 2), like]
    assert names(comparable(heads, like)) == ["layer 0", "layer 1", "like"]
    fine = head("fine", 0, tau=0.02)
    assert names(comparable([fine, *heads], like))[0] == "layer 0"
    assert names(comparable([fine, like], like)) == ["fine", "like"]  # tau may differ


@pytest.mark.parametrize(
    "change",
    [
        {"corpus_hash": "another"},
        {"sequence_length": 64},
        {"max_tokens": 7},
        {"l0": 7},
        {"loss": "squared"},
        {"weights_hash": "x"},
        {"layer": None},
        {"labels": False},
    ],
)
def test_only_dictionaries_built_alike_are_comparable(change):
    like, changes = head("like", 2), {"layer": 0} | change
    assert comparable([head("other", **changes), like], like) == [like]
    assert names(comparable([head("other"), like], like)) == ["other", "like"]


def test_a_dictionary_without_labels_is_not_comparable_with_itself():
    like = head("like", 1, labels=False)
    assert names(comparable([head("below", 0), like], like)) == ["below"]


def test_first_is_a_middle_layer_of_the_preferred_model():
    ours = [head(f"m{i}", i) for i in range(6)]
    others = [head("n", 0, model_id="n")]
    assert first_to_show([*others, *ours], "m").name == "m3"
    assert first_to_show([*others, *ours], "nobody's").name == "n"
    assert first_to_show(ours[:1], "m").name == "m0"
    assert first_to_show(ours[:2], "m").name == "m1"


def test_first_is_built_as_most_layers_are():
    series = [head(f"usual {i}", i) for i in range(3)]
    odd = head("odd", 1, tau=0.5, n_atoms=10**6, statistics=True)
    assert first_to_show([odd, *series], "m").name == "usual 1"
    known = head("with statistics", 1, n_atoms=5, statistics=True)
    assert first_to_show([*series, known], "m").name == "with statistics"
    large = head("large", 1, n_atoms=500)
    assert first_to_show([*series, large], "m").name == "large"
    twins = [head("second in name", 1), head("a first", 1)]
    assert first_to_show(twins, "m").name == "second in name"  # the first given

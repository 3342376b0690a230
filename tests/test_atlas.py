"""The map of a dictionary in numbers: colours, layers of entry, what a selection holds."""

import shutil
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from appdata import add_dictionary, make_data

from itda_core.atoms import selection
from itda_core.comparison.alike import comparable
from itda_core.errors import InputError
from itda_core.figures import map_colours
from itda_core.figures.map_colours import GROUPS, LEVELS, NOTHING
from itda_core.store import Store


@pytest.fixture(scope="module")
def store(tmp_path_factory, tiny_causal):
    data = make_data(tmp_path_factory.mktemp("atlas"), tiny_causal, layers=(0, 1, 2))
    add_dictionary(data, "tiny-l0-fine", 0, tau=0.02)
    opened = Store(data, ":memory:")
    opened.sync()
    yield opened
    opened.close()
    shutil.rmtree(data)


def some_atoms() -> pd.DataFrame:
    """Six atoms: four of kites, two of sums."""
    text = "a very long way off they put the kite in the box and went home before it was dark"
    start = text.index(" kite")
    return pd.DataFrame(
        {
            "atom": range(6),
            "token": [" kite"] * 3 + ["\n", " 7", " 7"],
            "text": [text] * 6,
            "char_start": start,
            "char_end": start + 5,
            "source": ["story 1", "story 2", "story, line 9", "story 4", "sum 5", "sum 6"],
            "tag": ["noun", "noun", "noun", None, "number", "number"],
            "density": [0.1, 0.2, 0.3, 0.4, 0.0, 0.2],
            "entered_at": range(1, 7),
        }
    )


def test_a_selection_is_compared_with_the_whole():
    found = selection.summarise(some_atoms(), np.array([0, 1, 4]))
    assert found.n == 3 and found.tokens == [("kite", 2), ("7", 1)]
    assert found.tags == [("noun", 2, pytest.approx(2 / 3 / (3 / 6))), ("number", 1, 1.0)]
    assert [c.name for c in found.kinds] == ["story", "sum"]
    assert found.kinds[0].lift == pytest.approx(2 / 3 / (4 / 6))
    assert found.density == pytest.approx(0.1) and found.overall_density == pytest.approx(0.2)


def test_what_every_atom_has_is_left_out():
    atoms = some_atoms().assign(source="one.txt", tag=None)
    found = selection.summarise(atoms, np.arange(6))
    assert found.tags == [] and found.kinds == []
    nothing = selection.summarise(atoms, np.array([], int))
    assert nothing.n == 0 and np.isnan(nothing.density)


def test_kinds_are_the_beginning_of_sources():
    assert selection.kinds(some_atoms()) == ["story"] * 4 + ["sum"] * 2


def test_excerpts_are_short_and_hold_their_token():
    (line, *_) = selection.excerpts(some_atoms())
    assert len(line) <= selection.LONGEST and "[kite]" in line and line.startswith("…")
    long = some_atoms().assign(text="x" * 500, char_start=0, char_end=400)
    assert all(len(line) == selection.LONGEST for line in selection.excerpts(long))
    table = selection.table(some_atoms(), np.array([3, 5]))
    assert table["atom"].tolist() == [3, 5] and table["token"].tolist() == ["↵", "7"]


def test_a_scale_is_logarithmic_and_leaves_out_what_is_not_above_zero():
    values = np.array([0.001, 0.01, 0.1, 0.0, np.nan])
    found = map_colours.scale("density", values, "never used")
    assert found.codes[3] == found.codes[4] == NOTHING and found.nothing == "never used"
    low, middle, high = found.codes[:3].tolist()
    assert (low, high) == (0, LEVELS - 1) and abs(middle - LEVELS / 2) <= 1
    assert len(found.colours) == LEVELS and found.colours[0] < found.colours[-1]
    assert found.ends == pytest.approx((0.001, 0.1), rel=0.2)


@pytest.mark.parametrize("values", [[], [0.0], [0.5], [0.5, 0.5]])
def test_a_scale_of_next_to_nothing(values):
    found = map_colours.scale("density", np.array(values))
    assert len(found.codes) == len(values) and set(found.codes) <= {0, NOTHING}


def test_groups_are_the_commonest_and_the_rest():
    names = [f"tag{i:02}" for i in range(14) for _ in range(20 - i)] + [""]
    found = map_colours.groups("tag", names, "no tag")
    assert list(found.names) == [*(f"tag{i:02}" for i in range(GROUPS)), "4 others"]
    assert sum(found.counts) == len(names) - 1 and found.codes[-1] == NOTHING
    assert len(found.colours) == len(found.names) == len(found.shapes)
    looks = list(zip(found.colours, found.shapes, strict=True))
    assert len(set(looks)) == len(looks)  # colour and shape together tell them apart
    few = map_colours.groups("tag", ["a", "b", "a"])
    assert list(few.names) == ["a", "b"] and few.codes.tolist() == [0, 1, 0] and not few.nothing


def test_layer_of_entry_is_the_lowest_with_the_label(store):
    rows = {row.name: row for row in store.dictionaries()}
    among = comparable(list(rows.values()), rows["tiny-l2"])
    assert [row.name for row in among] == ["tiny-l0", "tiny-l1", "tiny-l2"]  # of layer 0 this tau
    lowest = store.lowest_layers("tiny-l2", [row.name for row in among])
    keys = ["prompt_id", "token_index"]
    labels = {n: set(map(tuple, store.labels(n)[keys].to_numpy())) for n in rows}
    expected = [
        min(layer for layer in (0, 1, 2) if label in labels[f"tiny-l{layer}"])
        for label in map(tuple, store.labels("tiny-l2")[keys].to_numpy())
    ]
    assert lowest == expected and len(set(lowest)) > 1
    assert set(store.lowest_layers("tiny-l2", [])) == {2}
    found = map_colours.layers("layer", lowest, [0, 1, 2])
    assert found.codes.tolist() == lowest and sum(found.counts) == len(lowest)
    assert found.names == ["layer 0", "layer 1", "layer 2"]
    with pytest.raises(InputError):
        store.lowest_layers("nobody's", [])


def test_only_dictionaries_built_alike_are_compared(store):
    rows = {row.name: row for row in store.dictionaries()}
    row = rows["tiny-l2"]
    for change in ({"corpus_hash": "another"}, {"l0": 7}, {"weights_hash": "x"}, {"layer": None}):
        other = replace(rows["tiny-l0"], recipe=replace(rows["tiny-l0"].recipe, **change))
        assert comparable([other, row], row) == [row]
    above = comparable(list(rows.values()), rows["tiny-l1"])
    assert [r.name for r in above] == ["tiny-l0", "tiny-l1"]

"""The lowest layer in which a label is an atom, among dictionaries built alike."""

import shutil
from dataclasses import replace

import pytest
from appdata import add_dictionary, make_data

from itda_core.comparison.alike import comparable
from itda_core.errors import InputError
from itda_core.figures import map_colours
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

"""What a selection of atoms holds, against the whole dictionary."""

import numpy as np
import pandas as pd
import pytest

from itda_core.atoms import selection


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

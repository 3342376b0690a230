"""Searching, filtering and ordering a dictionary's atoms."""

import numpy as np
import pandas as pd
import pytest

from itda_core.atoms.table import AtomQuery, AtomTable

TEXTS = ["A red kite flew.", "The KITE fell\ninto the sea.", "No bird <b>here</b>."]


def frame(statistics: bool = True) -> pd.DataFrame:
    """Atom 0 ` red`, 1 ` kite`, 2 ` KITE`, 3 ` bird`."""
    words = [(0, "red"), (0, "kite"), (1, "KITE"), (2, "bird")]
    starts = [TEXTS[text].index(word) - 1 for text, word in words]
    table = pd.DataFrame(
        {
            "atom": range(4),
            "prompt_id": [f"p{text}" for text, _ in words],
            "token_index": [1, 2, 1, 1],
            "token_id": range(4),
            "token": [f" {word}" for _, word in words],
            "char_start": starts,
            "char_end": [s + 1 + len(w) for s, (_, w) in zip(starts, words, strict=True)],
            "entered_at": [1, 2, 9, 12],
            "loss_at_entry": [1.0, 0.5, 0.7, np.nan],
            "text": [TEXTS[text] for text, _ in words],
            "source": "story 1",
        }
    )
    nothing = np.full(4, np.nan)
    return table.assign(
        count=[10, 40, 0, 20] if statistics else nothing,
        density=np.float32([0.01, 0.04, 0.0, 0.02]) if statistics else nothing,
        positive=0.5 if statistics else nothing,
        mean_coefficient=1.0 if statistics else nothing,
        max_coefficient=[2.0, 3.0, 0.0, 1.0] if statistics else nothing,
        min_coefficient=[-9.0, 0.0, 0.0, -1.0] if statistics else nothing,
        main_token=[" red", " kite", "", " kite"] if statistics else None,
        token_share=[0.9, 0.3, 0.0, 0.4] if statistics else nothing,
        tag=["pos:adj", "pos:noun", "", "pos:noun"] if statistics else None,
        tag_share=[0.5, 0.9, 0.0, 0.6] if statistics else nothing,
        tag_base=[0.1, 0.2, 0.0, 0.2] if statistics else nothing,
    )


@pytest.mark.parametrize(
    ("wanted", "rows"),
    [
        (AtomQuery(), [0, 1, 2, 3]),
        (AtomQuery(search="kite"), [0, 1, 2]),
        (AtomQuery(search="<b>"), [3]),
        (AtomQuery(search=".*"), []),
        (AtomQuery(search="  "), [0, 1, 2, 3]),
        (AtomQuery(token="Kite "), [1, 2, 3]),  # the label's token or the one it is used on most
        (AtomQuery(token="kit"), []),
        (AtomQuery(tag="pos:noun"), [1, 3]),
        (AtomQuery(density=(0.02, 1.0)), [1, 3]),
        (AtomQuery(search="kite", token="kite", tag="pos:noun"), [1]),
        (AtomQuery(order="used"), [1, 3, 0, 2]),
        (AtomQuery(order="unused"), [2, 0, 3, 1]),
        (AtomQuery(order="coefficient"), [0, 1, 3, 2]),
        (AtomQuery(order="tag"), [1, 3, 0, 2]),
        (AtomQuery(order="loss"), [0, 2, 1, 3]),  # an initial atom has no loss: last
        (AtomQuery(order="nonsense"), [0, 1, 2, 3]),
    ],
)
def test_find(wanted, rows):
    assert AtomTable(frame()).find(wanted).tolist() == rows


def test_without_statistics_labels_are_searched():
    table = AtomTable(frame(statistics=False))
    assert not table.has_statistics and not table.tags
    assert table.orders() == ["entry", "loss"]
    assert table.find(AtomQuery(search="sea", density=(0.5, 1), order="used")).tolist() == [2]
    assert table.example() == 1  # the first that reads as a word


def test_the_example_is_much_used_and_pure():
    assert AtomTable(frame()).example() == 1
    untagged = frame().assign(tag=None, tag_share=np.nan, tag_base=np.nan)
    assert AtomTable(untagged).example() == 3


def test_an_empty_table_and_one_atom():
    assert len(AtomTable(frame().iloc[:0])) == 0
    one = AtomTable(frame().iloc[:1])
    assert one.find(AtomQuery()).tolist() == [0] and one.example() == 0

"""The table of measures: FVU with and without sinks, where there are any."""

from tinyworld.manifest import evaluation_table
from tinyworld.plan import PLAN


def result(**more):
    row = {"l0": 5, "tokens": 1000, "fvu": 0.0123, "ce_score": None} | more
    head = {"dictionary": "one", "n_atoms": 1234, "tau": 0.2, "corpus": "words"}
    return head | {"rows": [row, row | {"l0": 10, "fvu": 0.002}]}


def test_without_sinks_fvu_stands_once():
    table = evaluation_table([result(sinks=0, fvu_without_sinks=0.0123)], PLAN)
    assert "| dictionary | atoms | tau | FVU 5 | FVU 10 | CE 5 | CE 10 |" in table
    assert "| one | 1,234 | 0.2 | 0.012 | 0.002 | – | – |" in table
    assert "No token is an attention sink, of more than 10 times the median norm" in table


def test_with_sinks_it_stands_twice_and_the_table_says_what_they_are():
    results = [result(sinks=0, fvu_without_sinks=0.0123), result(sinks=9, fvu_without_sinks=0.3)]
    table = evaluation_table(results, PLAN)
    assert "| FVU 5 | FVU 10 | FVU w/o sinks 5 | FVU w/o sinks 10 | CE 5 | CE 10 |" in table
    assert "| 0.012 | 0.002 | 0.300 | 0.300 | – | – |" in table
    assert "W/o sinks: tokens of more than 10 times the median norm left out." in table


def test_measures_of_before_sinks_were_counted_say_nothing_of_them():
    table = evaluation_table([result()], PLAN)
    assert "| FVU 5 | FVU 10 | CE 5 |" in table and "sink" not in table

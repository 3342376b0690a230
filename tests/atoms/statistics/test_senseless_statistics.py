"""Statistics whose hashes are right and whose content makes no sense, each told in one line."""

import json
import shutil

import numpy as np
import pandas as pd
import pytest

from itda_core import InputError, Store
from itda_core.atoms.statistics.files import load_numbers, load_statistics, save_statistics
from itda_core.files import sha256_of, write_summary


@pytest.fixture
def folder(computed, data, tmp_path):
    """A dictionary with statistics, to be spoilt."""
    folder = tmp_path / "dictionaries" / "one"
    shutil.copytree(data / "dictionaries" / "tiny-l1", folder)
    save_statistics(computed[0], folder)
    return folder


def rewrite(folder, name=None, change=None, **head):
    """Change a table or keys of the summary, all hashes made true again."""
    summary = folder / "statistics" / "statistics.json"
    values = json.loads(summary.read_text("utf-8"))
    values.pop("sha256")
    if name:
        file = summary.with_name(f"{name}.parquet")
        change(pd.read_parquet(file)).to_parquet(file, index=False)
        values["files"][file.name] = sha256_of(file)
    write_summary(summary, values | head)


def put(column, value, row=3):
    """A value in one row."""

    def change(table):
        values = table[column].tolist()
        values[row] = value
        return table.assign(**{column: values})

    return change


SENSELESS = {
    "absent": ("atoms", lambda t: t.drop(columns="density"), "atoms.parquet lacks density"),
    "half a group": ("atoms", lambda t: t.drop(columns="tag_base"), "atoms.parquet lacks tag_base"),
    "null": ("atoms", put("token", None), "token in atoms.parquet lacks 1 of its values"),
    "NaN": ("atoms", put("x", float("nan")), "x in atoms.parquet lacks 1 of its values"),
    "text": ("atoms", lambda t: t.assign(count="many"), "count in .* is .*string, expected whole"),
    "no share": ("atoms", put("token_share", 1.5), "token_share .* holds 1.5, expected 0 to 1"),
    "below 0": ("atoms", put("count", -1), "count in atoms.parquet holds -1"),
    "more than all": ("atoms", put("count", 10**9), "count in .* holds 1000000000, expected 0 to"),
    "infinite": ("atoms", put("max_coefficient", np.inf), "max_coefficient .* holds inf"),
    "not a quotient": ("atoms", put("density", 0.9), "density .* is not count ÷ tokens"),
    "few bins": ("atoms", put("histogram", [1, 2]), "rows of other than 31 bins"),
    "other sum": ("atoms", put("histogram", [7] * 31), "does not add up to count"),
    "no such atom": ("atoms", lambda t: t.assign(partners=[[10**6]] * len(t)), "partners in .*hol"),
    "unlike lengths": ("atoms", put("top_logits", [0.5]), "top_tokens and top_logits differ"),
    "order": ("atoms", lambda t: t.iloc[::-1], "does not name atoms 0 to .* in order"),
    "rows": ("atoms", lambda t: t.iloc[:3], "atoms.parquet has 3 rows, expected"),
    "no atom": ("contexts", put("atom", 10**6), "atom in contexts.parquet holds 1000000"),
    "no range": ("contexts", put("range", "best"), "range in contexts.parquet holds an unknown"),
    "no prompt": ("contexts", put("prompt_id", "x"), "names prompts that prompts.parquet lacks"),
    "no token": ("contexts", put("place_shift", 10**6), "names tokens that its prompts do not"),
    "no tokens": ("contexts", put("place_gaps", [0, 900]), "places and coefficients differ|names"),
    "no span": ("prompts", put("lengths", [10**6] * 9), "starts and ends differ|damaged"),
    "two of one": ("prompts", lambda t: pd.concat([t, t[:1]]), "two prompts of one id"),
    "no text": ("prompts", put("text", None), "text in prompts.parquet lacks 1"),
    "short text": ("prompts", put("text", ""), "names characters that its texts do not have"),
}


@pytest.mark.parametrize("case", SENSELESS)
def test_tables_without_sense(folder, case):
    name, change, says = SENSELESS[case]
    rewrite(folder, name, change)
    with pytest.raises(InputError, match=says) as caught:
        load_statistics(folder)
    assert str(folder) in str(caught.value) and "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "head",
    [
        *({"tokens": 10**40}, {"tokens": 601}, {"tokens": "many"}, {"tokens": True}, {"tags": -1}),
        *({"n_atoms": 3}, {"l0": 7}, {"layer": 0}, {"pursuit": "omp"}),
        *({"corpus_hash": None}, {"files": {}}, {"files": None}, {"dictionary": "another"}),
        *({"format_version": 99}, {"format_version": "1"}),
    ],
    ids=lambda head: " ".join(str(item)[:12] for item in next(iter(head.items()))),
)
def test_a_summary_without_sense(folder, head):
    rewrite(folder, **head)
    with pytest.raises(InputError, match="compute them again") as caught:
        load_statistics(folder)
    assert "\n" not in str(caught.value)


def test_a_number_of_the_summary_that_was_changed_is_noticed(folder):
    summary = folder / "statistics" / "statistics.json"
    summary.write_text(summary.read_text("utf-8").replace('"tokens": 300', '"tokens": 301'))
    with pytest.raises(InputError, match="sha256 differs"):
        load_numbers(folder, "", ["count"])


def test_the_dictionary_goes_on_without_them(folder):
    rewrite(folder, "contexts", put("atom", 10**6))
    store = Store(folder.parents[1], ":memory:")
    assert store.sync().broken == {}
    (row,) = store.dictionaries()
    assert not row.has_statistics and "contexts.parquet holds 1000000" in row.note
    assert store.atoms("one")["count"].isna().all()
    store.close()


def test_line_ends_change_nothing(folder):
    for summary in (folder / "dictionary.json", folder / "statistics" / "statistics.json"):
        summary.write_bytes(summary.read_bytes().replace(b"\n", b"\r\n"))
    assert len(load_statistics(folder).atoms)


def test_a_summary_of_before_is_held_against_its_statistics(folder):
    """Without a hash of its own it is the one that the statistics say they are of."""
    head = folder / "dictionary.json"
    values = json.loads(head.read_text("utf-8"))
    values.pop("sha256")
    head.write_text(json.dumps(values, indent=2, ensure_ascii=False) + "\n", "utf-8")
    with pytest.raises(InputError, match="remove its folder statistics to use it as it is"):
        load_statistics(folder)
    shutil.rmtree(folder / "statistics")
    assert load_statistics(folder) is None

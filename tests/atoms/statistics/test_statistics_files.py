"""Statistics on disk: saved, read again in full and in part, refused where they do not fit."""

import numpy as np
import pandas as pd
import pytest
from appdata import add_dictionary

from itda_core import Dictionary, InputError, Store
from itda_core.atoms.statistics.columns import COLUMNS, _sums, pack, unpack
from itda_core.atoms.statistics.files import load_numbers, load_statistics, save_statistics


def test_saved_and_loaded(computed, data, dictionaries):
    folder = data / "dictionaries" / "tiny-l1"
    save_statistics(computed[0], folder)
    save_statistics(computed[0], folder)  # in the place of the older ones
    back = load_statistics(folder, dictionaries[0].fingerprint)
    assert back.atoms["count"].equals(computed[0].atoms["count"])
    assert np.allclose(back.atoms["x"], computed[0].atoms["x"], rtol=1e-3)
    assert back.contexts["prompt_id"].equals(computed[0].contexts["prompt_id"])
    for before, after in zip(computed[0].prompts["starts"], back.prompts["starts"], strict=True):
        assert (before == after).all()
    for before, after in zip(computed[0].prompts["ends"], back.prompts["ends"], strict=True):
        assert (before == after).all()
    assert not list(folder.glob("*.new")) and not list(folder.glob(".*"))
    store = Store(data, ":memory:")
    assert store.sync().broken == {}
    rows = {row.name: row for row in store.dictionaries()}
    assert rows["tiny-l1"].has_statistics and not rows["tiny-l2"].has_statistics
    table = store.atoms("tiny-l1")
    assert (table["count"] == computed[0].atoms["count"]).all()
    assert table["main_token"].tolist() == computed[0].atoms["token"].tolist()
    assert all(t[s:e] for t, s, e in zip(table.text, table.char_start, table.char_end, strict=True))
    assert store.atoms("tiny-l2")["count"].isna().all()
    store.close()


def test_some_numbers_are_read_without_the_rest(computed, data, dictionaries):
    folder = data / "dictionaries" / "tiny-l1"
    fingerprint = dictionaries[0].fingerprint
    save_statistics(computed[0], folder)
    columns = ["density", "atom", "x", "no such column"]
    few = load_numbers(folder, fingerprint, columns)
    whole = load_statistics(folder, fingerprint).atoms
    pd.testing.assert_frame_equal(few, whole[["density", "atom", "x"]])
    assert load_numbers(data / "dictionaries", fingerprint, columns) is None
    with pytest.raises(InputError, match="of another dictionary"):
        load_numbers(folder, "x", columns)
    with (folder / "statistics" / "contexts.parquet").open("ab") as file:
        file.write(b"!")
    with pytest.raises(InputError, match=r"contexts\.parquet is not what was written"):
        load_numbers(folder, fingerprint, columns)


@pytest.mark.parametrize(
    "lengths", [[3, 0, 2, 1], [0, 4, 0], [0, 0], [5], []], ids=lambda lengths: str(lengths)
)
def test_running_sums_of_rows_are_those_of_each(lengths):
    rng = np.random.default_rng(0)
    rows = pd.Series([rng.integers(-9, 9, n).astype(np.int16) for n in lengths], dtype=object)
    found = _sums(rows)
    assert len(found) == len(rows)
    for row, sums in zip(rows, found, strict=True):
        np.testing.assert_array_equal(sums, np.cumsum(row))
        assert sums.dtype == np.int16


def test_statistics_that_do_not_fit_are_named_and_lose_nothing(computed, data, tmp_path):
    folder = add_dictionary(data, "tiny-other", 1, texts=20)
    place = save_statistics(computed[0], folder)  # of tiny-l1
    with pytest.raises(InputError, match="of another dictionary"):
        load_statistics(folder, Dictionary.load(folder).fingerprint)
    store = Store(data, ":memory:")
    store.sync()
    row = next(r for r in store.dictionaries() if r.name == "tiny-other")
    assert not row.has_statistics and "compute them again" in row.note and "\n" not in row.note
    folder = data / "dictionaries" / "tiny-l1"
    place = save_statistics(computed[0], folder)
    (place / "atoms.parquet").write_bytes(b"nonsense")
    with pytest.raises(InputError, match="sha256 differs"):
        load_statistics(folder)
    (place / "statistics.json").write_text("{")
    with pytest.raises(InputError, match="is damaged"):
        load_statistics(folder)
    store.sync()
    assert len(store.dictionaries()) == 3
    store.close()
    assert load_statistics(tmp_path) is None


def test_columns_are_packed_and_unpacked(computed):
    """What is stored and read again is stored as the same values; older files load as well."""
    for name, columns in COLUMNS.items():
        table = getattr(computed[0], name)
        assert list(table) == [column.name for column in columns]  # nothing is lost on disk
        disk = pack(table, columns)
        again = pack(unpack(disk, columns), columns)
        assert list(disk) == [column.stored.name for column in columns]
        for stored in disk:
            for before, after in zip(disk[stored], again[stored], strict=True):
                np.testing.assert_array_equal(before, after)
        old = unpack(table, columns)  # under its names in memory
        assert list(old) == list(table) and len(old) == len(table)

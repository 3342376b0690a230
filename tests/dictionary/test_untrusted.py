"""Folders that were not made here are opened in a process of its own first."""

import subprocess

import hostile
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from damage import edit_head, reseal
from folders import labelled

from itda_core import Dictionary, InputError
from itda_core.dictionary import untrusted


@pytest.fixture(autouse=True)
def this_machine(tmp_path, monkeypatch):
    """A machine that has opened nothing yet; its processes know the functions of ``hostile``."""
    monkeypatch.setenv("ITDA_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("PYTHONPATH", hostile.__file__.rpartition("/")[0])
    monkeypatch.setattr(untrusted, "_opened", set())
    monkeypatch.setattr(untrusted, "_refused", {})


def forget(monkeypatch):
    """As another process would see it."""
    monkeypatch.setattr(untrusted, "_opened", set())
    monkeypatch.setattr(untrusted, "_refused", {})


def no_process(monkeypatch):
    def run(*_args, **_kwargs):
        raise AssertionError("a process was started")

    monkeypatch.setattr(subprocess, "run", run)


@pytest.mark.child
@pytest.mark.parametrize(
    ("opens", "says"),
    [
        (hostile.refuses, r" is odd \ud800"),
        (hostile.crashes, ": what opens it crashed (SIGABRT); do not use it"),
        (hostile.takes_all, ": opening it takes more than 512 MB of memory; do not use it"),
    ],
    ids=["refused", "crash", "memory"],
)
def test_whatever_opening_does_is_one_line_and_is_remembered(tmp_path, monkeypatch, opens, says):
    folder = tmp_path / "odd"
    folder.mkdir()
    for _ in range(2):
        with pytest.raises(InputError) as caught:
            untrusted.ensure_opens(folder, "aa", opens)
        assert str(caught.value) == f"{folder}{says}"
        no_process(monkeypatch)
    assert not untrusted.is_known("aa")


@pytest.mark.child
def test_opening_ends_when_its_time_is_over(tmp_path, monkeypatch):
    monkeypatch.setattr(untrusted, "_FIRST_SECONDS", 1)
    with pytest.raises(InputError, match="takes more than 1 s; do not use it"):
        untrusted.ensure_opens(tmp_path, "aa", hostile.hangs)


@pytest.mark.child
def test_what_opens_well_is_remembered_by_its_hash_wherever_it_lies(tmp_path, monkeypatch):
    untrusted.ensure_opens(tmp_path / "one", "aa", hostile.opens_well)
    no_process(monkeypatch)
    forget(monkeypatch)
    untrusted.ensure_opens(tmp_path / "elsewhere", "aa", hostile.opens_well)
    with pytest.raises(AssertionError, match="started"):
        untrusted.ensure_opens(tmp_path / "one", "ab", hostile.opens_well)


@pytest.mark.child
def test_what_was_built_here_and_what_ships_needs_no_process(tmp_path, monkeypatch):
    no_process(monkeypatch)
    folder = labelled().save(tmp_path / "built")
    forget(monkeypatch)
    Dictionary.load(folder)
    Dictionary.load(untrusted.ROOT / "data" / "dictionaries" / "tinyworld-small-seed0-layer3")
    edit_head(folder, seed=7)
    with pytest.raises(AssertionError, match="started"):
        Dictionary.load(folder)


@pytest.mark.child
def test_a_folder_cannot_vouch_for_itself(tmp_path, monkeypatch):
    folder = labelled().save(tmp_path / "downloaded" / "dictionaries" / "one")
    note = untrusted.memory().rename(tmp_path / "downloaded" / "opened.txt")
    (tmp_path / "downloaded" / "cache").mkdir()
    note.rename(tmp_path / "downloaded" / "cache" / "opened.txt")
    forget(monkeypatch)
    no_process(monkeypatch)
    with pytest.raises(AssertionError, match="started"):
        Dictionary.load(folder)


@pytest.mark.child
def test_a_table_that_unpacks_to_gigabytes_is_refused(tmp_path):
    folder = labelled().save(tmp_path / "bomb")
    labels = pd.read_parquet(folder / "labels.parquet")
    table = pa.Table.from_pandas(labels, preserve_index=False)
    tokens = pa.DictionaryArray.from_arrays([0] * len(labels), ["a" * (1 << 26)])
    place = table.schema.get_field_index("token")
    table = table.set_column(place, pa.field("token", tokens.type), tokens)
    pq.write_table(table, folder / "labels.parquet", compression="zstd", store_schema=False)
    reseal(folder, "labels.parquet")
    assert (folder / "labels.parquet").stat().st_size < 100_000
    with pytest.raises(InputError, match=r"bomb.*memory"):
        Dictionary.load(folder)


def test_where_nothing_can_be_noted_it_is_known_until_the_program_ends(tmp_path, monkeypatch):
    (tmp_path / "data").write_text("a file where a folder is wanted")
    untrusted.vouch("aa")
    assert untrusted.is_known("aa") and not untrusted.is_known("ab")
    forget(monkeypatch)
    assert not untrusted.is_known("aa")


def test_a_sparse_file_lifts_no_limit(tmp_path):
    (tmp_path / "table").write_bytes(b"x" * 5000)
    before = untrusted._limits(tmp_path)
    with (tmp_path / "filler").open("wb") as file:
        file.truncate(1 << 40)
    after = untrusted._limits(tmp_path)
    assert after.seconds == before.seconds <= 600 and after.bytes < 1 << 36
    assert after.bytes - before.bytes < 1 << 20

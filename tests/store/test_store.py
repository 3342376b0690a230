"""The index: in step with the folders, whatever happens to its file."""

import json
import shutil
import threading

import duckdb
import pytest
import torch
from storedata import make, names

from itda_core import Dictionary, InputError, Store, build_dictionary
from itda_core.dictionary import LABEL_COLUMNS
from itda_core.store.connection import Connection
from itda_core.store.schema import COLUMN_TYPES


def test_a_folder_is_found_and_read_back(store, data):
    report = store.sync()
    assert report.added == ("one",) and report and not report.broken and not store.note
    row = store.dictionaries()[0]
    truth = Dictionary.load(data / "dictionaries" / "one")
    assert row.fingerprint == truth.fingerprint and row.has_labels
    assert row.recipe == truth.recipe
    labels = store.labels("one")
    assert labels.columns.tolist() == list(LABEL_COLUMNS)
    assert labels["token"].tolist() == truth.labels["token"].tolist()
    assert labels["loss_at_entry"].tolist() == pytest.approx(truth.losses.tolist())
    assert store.prompts("one")["text"].tolist() == ["a kite", "in the wind"]
    assert store.prompts("one", ["p1", "nobody"])["text"].tolist() == ["in the wind"]
    assert store.prompts("one", []).empty
    growth = store.growth("one")
    assert growth["n_atoms"].iloc[-1] == truth.n_atoms and growth["n_atoms"].is_monotonic_increasing


def test_nothing_changed_means_no_work(store, monkeypatch):
    store.sync()
    before = store.dictionaries()
    monkeypatch.setattr(Connection, "transaction", None)
    monkeypatch.setattr(Connection, "cursor", None)
    report = store.sync()
    assert not report and report.added == report.changed == report.removed == ()
    assert store.dictionaries() == before and len(before) == 1


def test_a_version_is_of_all_files(store, data):
    make(data / "dictionaries" / "two", seed=1)
    store.sync()
    before = {row.name: row for row in store.dictionaries()}
    (data / "dictionaries" / "one" / "statistics").mkdir()
    (data / "dictionaries" / "one" / "statistics" / "statistics.json").write_text("{}")
    store.sync()
    one, two = store.dictionaries()
    assert one.version != before["one"].version and one.fingerprint == before["one"].fingerprint
    assert two == before["two"]


def test_added_changed_and_removed(store, data):
    store.sync()
    make(data / "dictionaries" / "two", seed=1, d=12, layer=0)
    assert store.sync().added == ("two",)
    assert names(store) == ["two", "one"]  # by layer
    shutil.rmtree(data / "dictionaries" / "two")
    make(data / "dictionaries" / "two", seed=2, d=6)
    assert store.sync().changed == ("two",)
    assert [r.recipe.d_model for r in store.dictionaries() if r.name == "two"] == [6]
    assert len(store.nearest("two", 0, 100)) == len(store.labels("two")) - 1
    shutil.rmtree(data / "dictionaries" / "two")
    assert store.sync().removed == ("two",)
    assert names(store) == ["one"]
    with pytest.raises(InputError, match="no dictionary 'two'"):
        store.labels("two")


def test_nearest_is_the_cosine(store, data):
    store.sync()
    atoms = Dictionary.load(data / "dictionaries" / "one").atoms
    similarity = atoms @ atoms[3]
    similarity[3] = -2
    best = similarity.topk(4)
    found = store.nearest("one", 3, 4)
    assert [near.atom for near in found] == best.indices.tolist()
    assert [near.similarity for near in found] == pytest.approx(best.values.tolist(), abs=1e-5)
    assert found[0].token == store.labels("one")["token"][found[0].atom]
    with pytest.raises(InputError, match="no atom 999"):
        store.nearest("one", 999)


def test_a_broken_folder_is_named_and_mends(store, data):
    folder = make_broken = data / "dictionaries" / "two"
    make(make_broken, seed=1)
    atoms = (folder / "atoms.safetensors").read_bytes()
    (folder / "atoms.safetensors").write_bytes(atoms[:-10])
    report = store.sync()
    assert report.added == ("one",)
    assert "atoms.safetensors is not what was written" in report.broken["two"]
    assert "\n" not in report.broken["two"]
    assert store.sync().broken == report.broken  # still said, without reading it again
    (folder / "atoms.safetensors").write_bytes(atoms)
    report = store.sync()
    assert report.added == ("two",) and not report.broken
    (folder / "dictionary.json").write_text("{}")
    report = store.sync()
    assert report.removed == ("two",) and "two" in report.broken


def test_unfinished_and_foreign_entries_are_passed_over(store, data):
    folder = data / "dictionaries"
    (folder / ".hidden").mkdir()
    (folder / "build.partial").mkdir()
    (folder / "notes.txt").write_text("a file")
    report = store.sync()
    assert report.added == ("one",) and report.broken == {}


def test_awkward_names_and_texts_stay_text(store, data):
    name = "it's; DROP TABLE labels --"
    make(data / "dictionaries" / name, texts=("'); DROP TABLE prompts; --", "NUL \0 مرحبا 🪁"))
    assert name in store.sync().added
    assert store.prompts(name)["text"].tolist() == ["'); DROP TABLE prompts; --", "NUL \0 مرحبا 🪁"]
    assert len(store.labels("one"))


def test_a_dictionary_without_labels(store, data):
    x = torch.randn(20, 4, generator=torch.Generator().manual_seed(0))
    build_dictionary(x, tau=0.3, l0=2).save(data / "dictionaries" / "bare")
    store.sync()
    row = next(row for row in store.dictionaries() if row.name == "bare")
    assert not row.has_labels and store.labels("bare").empty
    assert store.nearest("bare", 0, 1)[0].token == ""


def test_no_folder_at_all(tmp_path):
    store = Store(tmp_path / "nothing" / "here")
    assert not store.sync() and store.dictionaries() == []
    store.close()


def test_the_file_keeps_the_index(data):
    first = Store(data)
    first.sync()
    first.close()
    second = Store(data)
    assert not second.sync() and names(second) == ["one"]  # nothing to read again
    second.close()


def test_heads_come_first_and_tables_when_they_are_asked_for(data, monkeypatch):
    make(data / "dictionaries" / "two", seed=1)
    store = Store(data)
    loaded = []
    load = Dictionary.load
    monkeypatch.setattr(Dictionary, "load", lambda path: loaded.append(path.name) or load(path))
    assert store.sync(with_tables=False).added == ("one", "two")
    heads = store.dictionaries()
    assert [row.name for row in heads] == ["one", "two"] and loaded == []
    assert len(store.labels("two")) == heads[1].recipe.n_atoms and loaded == ["two"]
    assert len(store.nearest("two", 0, 3)) == 3 and loaded == ["two"]
    assert store.same_label("two", 0) is not None and loaded == ["two", "one"]
    assert not store.sync(with_tables=False) and store.dictionaries() == heads
    store.close()
    again = Store(data)  # the file knows what it has
    again.sync(with_tables=False)
    assert len(again.labels("one")) and again.dictionaries() == heads and len(loaded) == 2
    again.close()


def test_an_index_left_with_heads_is_filled_later(data):
    first = Store(data)
    first.sync(with_tables=False)
    first.close()
    store = Store(data)
    assert not store.sync(with_tables=False)
    store.fill(["one"])
    assert len(store._all("SELECT * FROM labels")) == store.dictionaries()[0].recipe.n_atoms
    store.close()


def test_the_types_of_columns_are_those_of_the_schema(store):
    found = store._all(
        "SELECT table_name, column_name, data_type FROM information_schema.columns "
        "WHERE table_name IN ('labels', 'prompts', 'statistics') AND column_name <> 'dictionary'"
    )
    assert len(found) > 25
    assert {(column, kind) for _, column, kind in found} == set(COLUMN_TYPES.items())


def test_threads(store, data):
    store.sync()
    wrong = []

    def read():
        try:
            for _ in range(15):
                store.sync()
                assert "one" in names(store)
                assert len(store.labels("one")) == store.dictionaries()[0].recipe.n_atoms
                assert len(store.nearest("one", 0, 3)) == 3
        except BaseException as error:
            wrong.append(error)

    threads = [threading.Thread(target=read) for _ in range(6)]
    for thread in threads:
        thread.start()
    make(data / "dictionaries" / "two", seed=5)
    for thread in threads:
        thread.join()
    assert not wrong, wrong


def test_it_reads_no_files_by_itself(store, tmp_path):
    secret = tmp_path / "secret.csv"
    secret.write_text("a,b\n1,2\n")
    for statement in (
        f"SELECT * FROM read_csv('{secret}')",
        f"ATTACH '{tmp_path / 'x.duckdb'}'",
        f"COPY (SELECT 1) TO '{tmp_path / 'out.csv'}'",
        "SET enable_external_access = true",
        "INSTALL httpfs",
    ):
        with pytest.raises(duckdb.Error):
            store._all(statement)
    assert not (tmp_path / "out.csv").exists()


def test_fast_at_the_size_of_a_real_one(tmp_path):
    """20,000 atoms of width 128 are taken in within seconds, and found again at once."""
    import time

    n, d = 20_000, 128
    x = torch.nn.functional.normalize(torch.randn(n, d), dim=1)
    recipe = dict(d_model=d, tau=0.2, l0=20, loss="relative", n_atoms=n, tokens_seen=n)
    from itda_core.dictionary import Recipe

    Dictionary(x, torch.ones(n), torch.arange(n), torch.ones(n), Recipe(**recipe)).save(
        tmp_path / "dictionaries" / "big"
    )
    assert json.loads((tmp_path / "dictionaries" / "big" / "dictionary.json").read_text())
    store = Store(tmp_path)
    start = time.perf_counter()
    assert store.sync().added == ("big",)
    assert time.perf_counter() - start < 5
    start = time.perf_counter()
    store.sync()
    assert time.perf_counter() - start < 0.05
    store.close()

"""The index: in step with the folders, whatever happens to its file."""

import json
import shutil
import subprocess
import sys
import threading

import duckdb
import pandas as pd
import pytest
import torch

from itda_core import Dictionary, InputError, Store, build_dictionary
from itda_core.dictionary import LABEL_COLUMNS
from itda_core.store import rows
from itda_core.store.connection import Connection
from itda_core.store.folders import Folders
from itda_core.store.schema import COLUMN_TYPES


def make(folder, seed=0, d=8, texts=("a kite", "in the wind"), tau=0.3, model="toy", layer=1):
    """A labelled dictionary of a few random activations, saved as ``folder``."""
    x = torch.randn(40, d, generator=torch.Generator().manual_seed(seed))
    built = build_dictionary(x, tau=tau, l0=3)
    n = built.n_atoms
    labels = pd.DataFrame(
        {
            "atom": range(n), "prompt_id": [f"p{i % len(texts)}" for i in range(n)],
            "token_index": built.rows.numpy() % 5, "token_id": range(n),
            "token": [texts[i % len(texts)][:2] for i in range(n)], "char_start": 0,
            "char_end": 2, "entered_at": built.rows.numpy(), "loss_at_entry": built.losses.numpy(),
        }
    )  # fmt: skip
    prompts = pd.DataFrame(
        {"prompt_id": [f"p{i}" for i in range(len(texts))], "text": texts, "source": "test"}
    )
    from dataclasses import replace

    recipe = replace(built.recipe, model_id=model, layer=layer, corpus_name="test")
    whole = replace(built, labels=labels, prompts=prompts, recipe=recipe)
    whole.save(folder)
    return Dictionary.load(folder)


@pytest.fixture
def data(tmp_path):
    make(tmp_path / "dictionaries" / "one")
    return tmp_path


@pytest.fixture(params=["file", "memory"])
def store(request, data):
    opened = Store(data, ":memory:" if request.param == "memory" else None)
    yield opened
    opened.close()


def names(store):
    return [row.name for row in store.dictionaries()]


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


def damage_head(path):
    path.write_bytes(b"this is not a database" * 1000)


def damage_blocks(path):
    content = bytearray(path.read_bytes())
    content[12288:] = bytes(byte ^ 0x55 for byte in content[12288:])
    path.write_bytes(content)


def damage_version(path):
    with duckdb.connect(str(path)) as connection:
        connection.execute("UPDATE itda_migrations SET name = '0 of long ago'")


def damage_newer(path):
    with duckdb.connect(str(path)) as connection:
        connection.execute("INSERT INTO itda_migrations VALUES (99, '99 of the future')")


@pytest.mark.parametrize(
    "damage",
    [damage_head, damage_blocks, damage_version, damage_newer, lambda p: p.unlink(),
     lambda p: p.write_bytes(b"")],
    ids=["head", "blocks", "older", "newer", "missing", "empty"],
)  # fmt: skip
def test_a_bad_file_is_made_anew(data, damage):
    store = Store(data)
    store.sync()
    store.close()
    damage(data / "index.duckdb")
    again = Store(data)
    assert again.sync().added == ("one",)
    assert not again.note and len(again.labels("one"))
    again.close()
    third = Store(data)
    assert not third.sync() and names(third) == ["one"]
    third.close()


def damage_table(path, table):
    """Spoil the block that holds the rows of one table and nothing else."""
    with duckdb.connect(str(path)) as connection:
        found = "SELECT max(block_id) FROM pragma_storage_info(?)"
        block = connection.execute(found, [table]).fetchone()[0]
        size = connection.execute("PRAGMA database_size").fetchone()[2]
    place = 3 * 4096 + block * size + 100  # after the three headers
    content = bytearray(path.read_bytes())
    content[place] ^= 0x55
    path.write_bytes(content)


READS = {
    "dictionaries": names,
    "labels": lambda store: store.labels("one")["token"].tolist(),
    "prompts": lambda store: store.prompts("one")["text"].tolist(),
    "growth": lambda store: store.growth("one").to_numpy().tolist(),
    "atoms_8": lambda store: store.nearest("one", 0, 3),
}


@pytest.mark.parametrize("table", READS)
def test_damage_that_only_a_later_question_meets(data, table):
    read = READS[table]
    store = Store(data)
    store.sync()
    truth = read(store)
    store.close()
    damage_table(data / "index.duckdb", table)
    again = Store(data)
    assert not again.sync()  # nothing has been noticed yet
    answers, start = [], threading.Barrier(4)

    def ask():
        start.wait()
        answers.append(read(again))

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [truth] * 4
    assert again._connection.generation == 1 and not again.note and not again.sync()
    again.close()
    third = Store(data)
    assert not third.sync() and read(third) == truth and third._connection.generation == 0
    third.close()


def test_a_question_that_is_wrong_is_no_damage(store):
    store.sync()
    with pytest.raises(duckdb.Error, match="nowhere"):
        store._all("SELECT * FROM nowhere")
    assert store._connection.generation == 0


def test_a_database_of_something_else_is_left_alone(data):
    path = data / "index.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute("CREATE TABLE precious AS SELECT 1 AS x")
    store = Store(data)
    assert "something else" in store.note and store.sync().added == ("one",)
    store.close()
    with duckdb.connect(str(path)) as connection:
        assert connection.execute("SELECT x FROM precious").fetchall() == [(1,)]
    text = data / "notes.txt"
    text.write_text("mine")
    store = Store(data, text)
    assert store.note and text.read_text() == "mine"
    store.close()


def test_held_by_another_process(data):
    code = (
        "import sys; from itda_core import Store; s = Store(sys.argv[1]); s.sync(); "
        "print('open', flush=True); sys.stdin.read()"
    )
    other = subprocess.Popen(
        [sys.executable, "-c", code, str(data)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        assert other.stdout.readline().strip() == "open"
        store = Store(data)
        assert "another program holds it" in store.note
        assert store.sync().added == ("one",) and names(store) == ["one"]
        theirs = (data / "index.duckdb").stat().st_ino
        store._connection.restart(duckdb.IOException("out of memory"))
        store._folders._known = {}
        assert store.sync() and names(store) == ["one"]
        assert (data / "index.duckdb").stat().st_ino == theirs
        store.close()
    finally:
        other.communicate("")


def test_a_place_that_cannot_be_written(data):
    (data / "blocked").write_text("a file where a folder is wanted")
    store = Store(data, data / "blocked" / "index.duckdb")
    assert "in memory" in store.note and store.sync().added == ("one",)
    store.close()


def test_an_index_that_fails_while_open_is_made_anew(data, monkeypatch):
    store = Store(data)
    store.sync()
    make(data / "dictionaries" / "two", seed=1)
    insert, calls = rows.insert_tables, []

    def failing(*args):
        calls.append(1)
        if len(calls) <= 2:  # on the old file and on the new one
            raise duckdb.IOException("IO Error: No space left on device")
        return insert(*args)

    monkeypatch.setattr(rows, "insert_tables", failing)
    store.sync()
    assert names(store) == ["one", "two"] and "No space left" in store.note
    store.close()


def test_half_a_dictionary_is_never_seen(data, monkeypatch):
    store = Store(data, ":memory:")
    insert = rows.insert_tables

    def failing(*args):
        insert(*args)
        raise duckdb.IOException("full")

    monkeypatch.setattr(rows, "insert_tables", failing)
    for ask in (store.sync, lambda: store.labels("one"), lambda: store.same_label("one", 0)):
        with pytest.raises(duckdb.IOException):
            ask()
        assert store._all("SELECT * FROM labels") == []
    monkeypatch.setattr(rows, "insert_tables", insert)
    assert len(store.labels("one")) == store.dictionaries()[0].recipe.n_atoms


def test_heads_come_first_and_tables_when_they_are_asked_for(data, monkeypatch):
    make(data / "dictionaries" / "two", seed=1)
    store = Store(data)
    loaded = []
    load = Dictionary.load
    monkeypatch.setattr(
        Dictionary, "load", lambda path: loaded.append(path.name) or load(path)
    )  # fmt: skip
    assert store.sync(whole=False).added == ("one", "two")
    heads = store.dictionaries()
    assert [row.name for row in heads] == ["one", "two"] and loaded == []
    assert len(store.labels("two")) == heads[1].recipe.n_atoms and loaded == ["two"]
    assert len(store.nearest("two", 0, 3)) == 3 and loaded == ["two"]
    assert store.same_label("two", 0) is not None and loaded == ["two", "one"]
    assert not store.sync(whole=False) and store.dictionaries() == heads
    store.close()
    again = Store(data)  # the file knows what it has
    again.sync(whole=False)
    assert len(again.labels("one")) and again.dictionaries() == heads and len(loaded) == 2
    again.close()


def test_an_index_left_with_heads_is_filled_later(data):
    first = Store(data)
    first.sync(whole=False)
    first.close()
    store = Store(data)
    assert not store.sync(whole=False)
    store.fill(["one"])
    assert len(store._all("SELECT * FROM labels")) == store.dictionaries()[0].recipe.n_atoms
    store.close()


def test_damage_behind_a_good_head_shows_when_it_is_met(data):
    make(data / "dictionaries" / "two", seed=1)
    labels = data / "dictionaries" / "two" / "labels.parquet"
    labels.write_bytes(labels.read_bytes()[:-1] + b"?")
    store = Store(data)
    assert store.sync(whole=False).broken == {} and names(store) == ["one", "two"]
    with pytest.raises(InputError, match=r"labels\.parquet is not what was written"):
        store.labels("two")
    assert names(store) == ["one"]
    assert "is not what was written" in store.sync(whole=False).broken["two"]
    assert store.same_label("one", 0) == {}
    store.close()


def test_the_types_of_columns_are_those_of_the_schema(store):
    found = store._all(
        "SELECT table_name, column_name, data_type FROM information_schema.columns "
        "WHERE table_name IN ('labels', 'prompts', 'statistics') AND column_name <> 'dictionary'"
    )
    assert len(found) > 25
    assert {(column, kind) for _, column, kind in found} == set(COLUMN_TYPES.items())


@pytest.mark.parametrize(
    "odd",
    [{"n_atoms": 10**40}, {"d_model": 2**31}, {"layer": 2**31}, {"tokens_seen": 2**63},
     {"model_id": "\ud800"}, {"files": {"atoms.safetensors": "", "x" * 300: ""}}],
    ids=lambda odd: next(iter(odd)),
)  # fmt: skip
@pytest.mark.parametrize("whole", [True, False])
def test_an_odd_head_stops_no_other(store, data, odd, whole):
    make(data / "dictionaries" / "two", seed=1)
    head = data / "dictionaries" / "two" / "dictionary.json"
    head.write_text(json.dumps(json.loads(head.read_text()) | odd))
    report = store.sync(whole)
    assert names(store) == ["one"] and set(report.broken) == {"two"} and store.note == ""
    deep = data / "dictionaries" / "one" / "statistics"
    deep.mkdir()
    (deep / "statistics.json").write_text("[" * 100_000)
    store.sync(whole)
    assert names(store) == ["one"] and len(store.labels("one"))


def test_tables_of_other_types_are_broken_and_stop_no_other(store, data):
    folder = data / "dictionaries" / "two"
    made = make(folder, seed=1)
    shutil.rmtree(folder)
    made.labels["token_id"] = "abc"
    made.save(folder)
    store.sync(whole=False)
    generation = store._connection.generation
    with pytest.raises(InputError, match="two"):
        store.labels("two")
    assert set(store.sync(whole=False).broken) == {"two"} and store.same_label("one", 0) == {}
    assert store._connection.generation == generation and names(store) == ["one"]


def test_a_folder_that_changes_before_it_is_read_is_read_anew(store, data):
    folder = data / "dictionaries" / "one"
    store.sync(whole=False)
    shutil.rmtree(folder)
    changed = make(folder, seed=3, d=12)
    assert len(store.labels("one")) == changed.n_atoms  # of the new, under the head of the old
    assert store.sync(whole=False).changed == ("one",)
    (row,) = store.dictionaries()
    assert row.recipe.d_model == 12 and row.fingerprint == changed.fingerprint
    assert len(store.nearest("one", 0, 3)) == 3


def test_nobody_meets_an_index_that_is_being_made_anew(data, monkeypatch):
    store = Store(data)
    store.sync()
    n, answers = len(store.labels("one")), []
    take, slow = Folders._take_head, threading.Event()

    def slowly(self, cursor, name):
        slow.set()
        threading.Event().wait(0.3)
        return take(self, cursor, name)

    monkeypatch.setattr(Folders, "_take_head", slowly)
    generation = store._connection.generation
    error = duckdb.SerializationException("damaged")
    monkeypatch.setattr("itda_core.store.folders.damaged", lambda _: True)
    mending = threading.Thread(target=lambda: store._folders.mend(error, generation))
    mending.start()
    assert slow.wait(10)
    answers.append(len(store.labels("one")))
    mending.join()
    answers.append(len(store.labels("one")))
    assert answers == [n, n]
    store.close()


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
        f"SELECT * FROM read_csv('{secret}')", f"ATTACH '{tmp_path / 'x.duckdb'}'",
        f"COPY (SELECT 1) TO '{tmp_path / 'out.csv'}'", "SET enable_external_access = true",
        "INSTALL httpfs",
    ):  # fmt: skip
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

"""The index where files are damaged, held, odd or changing."""

import shutil
import subprocess
import sys
import threading

import duckdb
import pytest
from damage import edit_head
from storedata import make, names

from itda_core import InputError, Store
from itda_core.store import rows
from itda_core.store.folders import Folders


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
    [
        damage_head,
        damage_blocks,
        damage_version,
        damage_newer,
        lambda p: p.unlink(),
        lambda p: p.write_bytes(b""),
    ],
    ids=["head", "blocks", "older", "newer", "missing", "empty"],
)
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
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert other.stdout.readline().strip() == "open"
        store = Store(data)
        assert "another program holds it" in store.note
        assert store.sync().added == ("one",) and names(store) == ["one"]
        theirs = (data / "index.duckdb").stat().st_ino
        store._connection.replace(duckdb.IOException("out of memory"))
        store._folders._indexed = {}
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


def test_damage_behind_a_good_head_shows_when_it_is_met(data):
    make(data / "dictionaries" / "two", seed=1)
    labels = data / "dictionaries" / "two" / "labels.parquet"
    labels.write_bytes(labels.read_bytes()[:-1] + b"?")
    store = Store(data)
    assert store.sync(with_tables=False).broken == {} and names(store) == ["one", "two"]
    with pytest.raises(InputError, match=r"labels\.parquet is not what was written"):
        store.labels("two")
    assert names(store) == ["one"]
    assert "is not what was written" in store.sync(with_tables=False).broken["two"]
    assert store.same_label("one", 0) == {}
    store.close()


@pytest.mark.parametrize(
    "odd",
    [
        {"n_atoms": 10**40},
        {"d_model": 2**31},
        {"layer": 2**31},
        {"tokens_seen": 2**63},
        {"model_id": "\ud800"},
        {"files": {"atoms.safetensors": "", "x" * 300: ""}},
    ],
    ids=lambda odd: next(iter(odd)),
)
@pytest.mark.parametrize("with_tables", [True, False])
def test_an_odd_head_stops_no_other(store, data, odd, with_tables):
    make(data / "dictionaries" / "two", seed=1)
    edit_head(data / "dictionaries" / "two", **odd)
    report = store.sync(with_tables)
    assert names(store) == ["one"] and set(report.broken) == {"two"} and store.note == ""
    deep = data / "dictionaries" / "one" / "statistics"
    deep.mkdir()
    (deep / "statistics.json").write_text("[" * 100_000)
    store.sync(with_tables)
    assert names(store) == ["one"] and len(store.labels("one"))


def test_tables_of_other_types_are_broken_and_stop_no_other(store, data):
    folder = data / "dictionaries" / "two"
    made = make(folder, seed=1)
    shutil.rmtree(folder)
    made.labels["token_id"] = "abc"
    made.save(folder)
    store.sync(with_tables=False)
    generation = store._connection.generation
    with pytest.raises(InputError, match="two"):
        store.labels("two")
    assert set(store.sync(with_tables=False).broken) == {"two"} and store.same_label("one", 0) == {}
    assert store._connection.generation == generation and names(store) == ["one"]


def test_a_folder_that_changes_before_it_is_read_is_read_anew(store, data):
    folder = data / "dictionaries" / "one"
    store.sync(with_tables=False)
    shutil.rmtree(folder)
    changed = make(folder, seed=3, d=12)
    assert len(store.labels("one")) == changed.n_atoms  # of the new, under the head of the old
    assert store.sync(with_tables=False).changed == ("one",)
    (row,) = store.dictionaries()
    assert row.recipe.d_model == 12 and row.fingerprint == changed.fingerprint
    assert len(store.nearest("one", 0, 3)) == 3


def test_nobody_meets_an_index_that_is_being_made_anew(data, monkeypatch):
    store = Store(data)
    store.sync()
    n, answers = len(store.labels("one")), []
    take, slow = Folders._index_head, threading.Event()

    def slowly(self, cursor, name):
        slow.set()
        threading.Event().wait(0.3)
        return take(self, cursor, name)

    monkeypatch.setattr(Folders, "_index_head", slowly)
    generation = store._connection.generation
    error = duckdb.SerializationException("damaged")
    monkeypatch.setattr("itda_core.store.folders.is_damage", lambda _: True)
    mending = threading.Thread(target=lambda: store._folders.recover(error, generation))
    mending.start()
    assert slow.wait(10)
    answers.append(len(store.labels("one")))
    mending.join()
    answers.append(len(store.labels("one")))
    assert answers == [n, n]
    store.close()

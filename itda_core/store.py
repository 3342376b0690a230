"""The index of dictionary folders, in DuckDB. All SQL of the program is here.

The folders under ``data/dictionaries`` are the truth. The index only answers questions about
them quickly: it may be deleted at any time and is rebuilt, and no command-line build opens it.
DuckDB lets one process write: a second program on the same file, or one on a read-only disk,
works from an index in its own memory and says so in :attr:`Store.note`.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import duckdb

from itda_core.dictionary import LABEL_COLUMNS, PROMPT_COLUMNS, Dictionary, Recipe
from itda_core.errors import InputError
from itda_core.statistics.files import FOLDER, Statistics, load_statistics

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

MIGRATIONS: tuple[tuple[str, str], ...] = (
    (
        "1 dictionaries, labels, prompts, growth",
        """
        CREATE TABLE dictionaries (
            name VARCHAR, fingerprint VARCHAR, model_id VARCHAR, layer INTEGER, tau DOUBLE,
            l0 INTEGER, loss VARCHAR, n_atoms BIGINT, d_model INTEGER, tokens_seen BIGINT,
            corpus_name VARCHAR, built_at VARCHAR, has_labels BOOLEAN, recipe JSON
        );
        CREATE TABLE folders (name VARCHAR, signature VARCHAR, broken VARCHAR);
        CREATE TABLE labels (
            dictionary VARCHAR, atom INTEGER, prompt_id VARCHAR, token_index INTEGER,
            token_id INTEGER, token VARCHAR, char_start INTEGER, char_end INTEGER,
            entered_at BIGINT, loss_at_entry DOUBLE
        );
        CREATE TABLE prompts (
            dictionary VARCHAR, prompt_id VARCHAR, text VARCHAR, source VARCHAR
        );
        CREATE TABLE growth (dictionary VARCHAR, tokens_seen BIGINT, n_atoms BIGINT);
        """,
    ),
    (
        "2 statistics",
        """
        ALTER TABLE folders ADD COLUMN note VARCHAR;
        CREATE TABLE statistics (
            dictionary VARCHAR, atom INTEGER, count BIGINT, density FLOAT, positive FLOAT,
            mean_coefficient FLOAT, max_coefficient FLOAT, min_coefficient FLOAT,
            main_token VARCHAR, token_share FLOAT, tag VARCHAR, tag_share FLOAT, tag_base FLOAT,
            x FLOAT, y FLOAT
        );
        """,
    ),
)
"""In order, each once. A file whose list differs is of another version and is built anew:
it holds nothing that the folders do not."""

STATISTIC_COLUMNS = (
    "count", "density", "positive", "mean_coefficient", "max_coefficient", "min_coefficient",
    "main_token", "token_share", "tag", "tag_share", "tag_base", "x", "y",
)  # fmt: skip
"""What ``Store.atoms`` has of statistics; see ``itda_core.statistics.atoms``."""

_MARK = "itda_migrations"
# Nothing an index does needs files, extensions or Python variables; what is not needed is off.
_CONFIG: dict[str, Any] = {
    "enable_external_access": "false",
    "python_enable_replacements": "false",
    "lock_configuration": "true",
}
# DuckDB raises the same class for these; its words tell them apart.
_HELD = ("Could not set lock", "Conflicting lock")
_DAMAGED = (
    "not a valid DuckDB", "Corrupt", "corrupt", "checksum", "version number", "erialize", "WAL",
)  # fmt: skip


@dataclass(frozen=True)
class SyncReport:
    """What differed between the folders and the index; names of folders."""

    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    broken: dict[str, str] | None = None
    """Every folder that cannot be used now, with the reason in one line."""

    def __bool__(self) -> bool:
        """Whether anything that can be shown has changed."""
        return bool(self.added or self.removed or self.changed)


@dataclass(frozen=True)
class DictionaryRow:
    """One usable dictionary, as its dictionary.json describes it."""

    name: str
    """Name of its folder."""
    fingerprint: str
    """Changes whenever the dictionary does: the key for caches."""
    has_labels: bool
    recipe: Recipe
    has_statistics: bool
    note: str = ""
    """Why the statistics that lie there cannot be used; empty when all is well."""


class Neighbour(NamedTuple):
    """An atom near another."""

    atom: int
    similarity: float
    """Cosine, in [-1, 1]."""
    token: str
    prompt_id: str


class Store:
    """The index of ``<data_dir>/dictionaries/*``; safe to share between threads.

    Args:
        data_dir: holds the folder ``dictionaries``; neither needs to exist yet.
        database: the DuckDB file, by default ``<data_dir>/index.duckdb``; ":memory:" for none.
    """

    def __init__(self, data_dir: str | Path, database: str | Path | None = None):
        self.data_dir = Path(data_dir)
        self.folder = self.data_dir / "dictionaries"
        self.database = Path(database) if database else self.data_dir / "index.duckdb"
        self.note = ""
        """Why the index is in memory although a file was wanted; empty when all is well."""
        self._lock = threading.Lock()
        self._known: dict[str, tuple[str, str | None]] = {}
        self._in_memory = str(database) == ":memory:"
        self._connection = self._memory(None) if self._in_memory else self._open()
        try:
            self._remember()
        except duckdb.Error as error:  # a block that nobody read until now is damaged
            self._rebuild(error, in_memory=self._in_memory)

    def close(self) -> None:
        """Let go of the file, so that another program may have it. The last thing to be asked."""
        self._connection.close()
        del self._connection  # DuckDB's binding complains of connections that outlive Python

    # Keeping in step with the folders

    def sync(self) -> SyncReport:
        """Take in new and changed folders and forget those that are gone.

        Where nothing changed this costs a look at each folder's files (their names, sizes and
        times) and touches no database, so a page may ask on every run. Hidden folders and
        ``*.partial`` (builds under way) are passed over. A folder that cannot be read is
        reported, and asked again once its files change.
        """
        with self._lock:
            found = self._scan()
            changes = [n for n, s in found.items() if self._known.get(n, ("", None))[0] != s]
            gone = [name for name in self._known if name not in found]
            before = {name for name, (_, broken) in self._known.items() if broken is None}
            if changes or gone:
                self._apply(found, changes, gone)
            now = {name for name, (_, broken) in self._known.items() if broken is None}
            return SyncReport(
                added=tuple(sorted(now - before)),
                removed=tuple(sorted(before - now)),
                changed=tuple(sorted(now & before & set(changes))),
                broken={n: b for n, (_, b) in sorted(self._known.items()) if b is not None},
            )

    def _apply(self, found: dict[str, str], changes: list[str], gone: list[str]) -> None:
        """Write the changes. An index that fails is made anew, a second time in memory."""
        for attempt in range(3):
            try:
                for name in gone:
                    with _transaction(self._connection) as cursor:
                        _forget(cursor, name)
                    del self._known[name]
                for name in changes:
                    self._known[name] = (found[name], self._take(name, found[name]))
                return
            except duckdb.Error as error:
                if attempt == 2:
                    raise
                self._rebuild(error, in_memory=attempt == 1 or self._in_memory)
                changes, gone = list(found), []

    def _scan(self) -> dict[str, str]:
        """Folder name -> signature: names, sizes and times of its files."""
        found = {}
        try:
            entries = sorted(self.folder.iterdir())
        except OSError:
            return {}
        for entry in entries:
            if entry.name.startswith(".") or entry.name.endswith(".partial"):
                continue
            try:
                files = [(f.name, f.stat()) for f in sorted(entry.iterdir()) if f.is_file()]
                summary = entry / FOLDER / "statistics.json"
                if summary.is_file():
                    files.append((FOLDER, summary.stat()))
            except OSError:  # no folder, or it went away while we looked
                continue
            found[entry.name] = json.dumps([(n, s.st_size, s.st_mtime_ns) for n, s in files])
        return found

    def _take(self, name: str, signature: str) -> str | None:
        """Index one folder in one transaction; returns why it cannot be used, or None."""
        try:
            dictionary = Dictionary.load(self.folder / name)
            tables = _tables(dictionary)
            broken = None
        except InputError as error:
            broken = " ".join(str(error).split())
        except Exception as error:  # labels of a strange type, say: the others must still work
            broken = f"{self.folder / name}: {' '.join(str(error).split())[:200]}"
        note = ""
        if broken is None:
            note = self._add_statistics(dictionary, tables)
        with _transaction(self._connection) as cursor:
            _forget(cursor, name)
            cursor.execute(
                "INSERT INTO folders VALUES (?, ?, ?, ?)", [name, signature, broken, note]
            )
            if broken is None:
                _insert(cursor, dictionary, tables)
        return broken

    def _add_statistics(self, dictionary: Dictionary, tables: dict[str, pa.Table]) -> str:
        """Put the statistics into ``tables``; returns why they cannot be used, or nothing."""
        try:
            found = load_statistics(self.folder / dictionary.name, dictionary.fingerprint)
            if found is not None:
                tables["statistics"] = _statistics_table(found)
        except InputError as error:
            return " ".join(str(error).split())
        return ""

    def _remember(self) -> None:
        """What the database knows of the folders, once at start."""
        rows = self._all("SELECT name, signature, broken FROM folders")
        self._known = {name: (signature, broken) for name, signature, broken in rows}

    # Reading

    def dictionaries(self) -> list[DictionaryRow]:
        """Every usable dictionary, by model, layer, then tau from large (few atoms) to small."""
        rows = self._all(
            "SELECT name, fingerprint, has_labels, recipe, "
            "EXISTS (SELECT 1 FROM statistics WHERE dictionary = name), coalesce(note, '') "
            "FROM dictionaries JOIN folders USING (name) "
            "ORDER BY model_id, layer, tau DESC, n_atoms, name"
        )
        return [
            DictionaryRow(name, fingerprint, bool(labels), Recipe(**json.loads(recipe)), has, note)
            for name, fingerprint, labels, recipe, has, note in rows
        ]

    def labels(self, name: str) -> pd.DataFrame:
        """One row an atom, in order of entry: the columns of labels.parquet."""
        return self._frame("labels", LABEL_COLUMNS, name, "ORDER BY atom")

    def atoms(self, name: str) -> pd.DataFrame:
        """One row an atom, in order of entry: label, source and statistics.

        Columns: LABEL_COLUMNS, the ``text`` and ``source`` of the prompt, STATISTIC_COLUMNS (empty
        where the dictionary has no statistics).
        """
        self._row(name)
        columns = [f"l.{column}" for column in LABEL_COLUMNS]
        columns += ["p.text", "p.source", *(f"s.{column}" for column in STATISTIC_COLUMNS)]
        query = (
            f"SELECT {', '.join(columns)} FROM labels l "
            "JOIN prompts p ON p.dictionary = l.dictionary AND p.prompt_id = l.prompt_id "
            "LEFT JOIN statistics s ON s.dictionary = l.dictionary AND s.atom = l.atom "
            "WHERE l.dictionary = ? ORDER BY l.atom"
        )
        with self._cursor() as cursor:
            return cursor.execute(query, [name]).df()

    def prompts(self, name: str, ids: Sequence[str] | None = None) -> pd.DataFrame:
        """prompt_id, text, source of the prompts with these ids, or of all that labels need."""
        if ids is None:
            return self._frame("prompts", PROMPT_COLUMNS, name, "ORDER BY prompt_id")
        clause = "AND list_contains(?, prompt_id) ORDER BY prompt_id"
        return self._frame("prompts", PROMPT_COLUMNS, name, clause, [list(ids)])

    def growth(self, name: str) -> pd.DataFrame:
        """tokens_seen, n_atoms: how the dictionary grew."""
        return self._frame("growth", ("tokens_seen", "n_atoms"), name, "ORDER BY tokens_seen")

    def nearest(self, name: str, atom: int, k: int = 10) -> list[Neighbour]:
        """The ``k`` other atoms most like this one, by cosine."""
        recipe = self._row(name).recipe
        if not 0 <= atom < recipe.n_atoms:
            raise InputError(f"there is no atom {atom}; {name} has 0 to {recipe.n_atoms - 1}")
        table = _atom_table(recipe.d_model)
        found = self._all(
            f"""
            SELECT near.atom, near.similarity, coalesce(labels.token, ''),
                   coalesce(labels.prompt_id, '')
            FROM (
                SELECT atom, array_cosine_similarity(
                    vector, (SELECT vector FROM {table} WHERE dictionary = $1 AND atom = $2)
                ) AS similarity
                FROM {table} WHERE dictionary = $1 AND atom <> $2
                ORDER BY similarity DESC, atom LIMIT $3
            ) AS near
            LEFT JOIN labels ON labels.dictionary = $1 AND labels.atom = near.atom
            ORDER BY near.similarity DESC, near.atom
            """,
            [name, atom, k],
        )
        return [Neighbour(*values) for values in found]

    def same_label(self, name: str, atom: int) -> dict[str, int]:
        """Every other dictionary in which the token of this atom is an atom too -> its number.

        The token is that at the same place of the same prompt. Another model may cut the prompt in
        other tokens: there it is the one that ends at the same character.
        """
        self._row(name)
        found = self._all(
            """
            SELECT other.dictionary, other.atom
            FROM labels mine
            JOIN labels other ON other.prompt_id = mine.prompt_id
                AND other.char_end = mine.char_end AND other.dictionary <> mine.dictionary
            JOIN dictionaries here ON here.name = mine.dictionary
            JOIN dictionaries there ON there.name = other.dictionary
            WHERE mine.dictionary = $1 AND mine.atom = $2 AND (
                other.token_index = mine.token_index
                OR here.model_id IS DISTINCT FROM there.model_id
            )
            ORDER BY other.token_index <> mine.token_index, other.atom
            """,
            [name, atom],
        )
        same: dict[str, int] = {}
        for other, number in found:
            same.setdefault(other, number)
        return same

    def lowest_layers(self, name: str, among: Sequence[str]) -> list[int | None]:
        """For every atom the lowest layer, of ``among`` and its own, in which its label is an atom.

        A label is a token of a prompt; only within one model do they mean the same. In order of
        entry; empty without labels, None where a dictionary does not say its layer.
        """
        self._row(name)
        found = self._all(
            """
            SELECT mine.atom, min(there.layer)
            FROM labels mine
            JOIN labels other ON other.prompt_id = mine.prompt_id
                AND other.token_index = mine.token_index
                AND (other.dictionary = $1 OR list_contains($2, other.dictionary))
            JOIN dictionaries there ON there.name = other.dictionary
            WHERE mine.dictionary = $1
            GROUP BY mine.atom ORDER BY mine.atom
            """,
            [name, list(among)],
        )
        return [layer for _, layer in found]

    def _row(self, name: str) -> DictionaryRow:
        for row in self.dictionaries():
            if row.name == name:
                return row
        raise InputError(f"there is no dictionary {name!r}; see the folders in {self.folder}")

    def _frame(
        self, table: str, columns: Sequence[str], name: str, tail: str, values: Sequence[Any] = ()
    ) -> pd.DataFrame:
        self._row(name)
        query = f"SELECT {', '.join(columns)} FROM {table} WHERE dictionary = ? {tail}"
        with self._cursor() as cursor:
            return cursor.execute(query, [name, *values]).df()

    def _all(self, query: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        with self._cursor() as cursor:
            return cursor.execute(query, values).fetchall()

    # The connection

    @contextmanager
    def _cursor(self) -> Iterator[duckdb.DuckDBPyConnection]:
        # A connection serves one result at a time, so every call and thread has its own cursor.
        cursor = self._connection.cursor()
        try:
            yield cursor
        finally:
            cursor.close()

    def _open(self) -> duckdb.DuckDBPyConnection:
        """The file, made anew where it is damaged or old; where it cannot be had, memory."""
        try:
            self.database.parent.mkdir(parents=True, exist_ok=True)
            try:
                return _connect(self.database)
            except _StaleError:
                self._remove_file()
                return _connect(self.database)
        except (duckdb.Error, OSError, _StaleError) as error:
            return self._memory(error)

    def _memory(self, error: Exception | None) -> duckdb.DuckDBPyConnection:
        if error is not None:
            problem = " ".join(str(error).split())[:160]
            if any(sign in problem for sign in _HELD):
                problem = "another program holds it"
            self.note = (
                f"The index {self.database.name} cannot be used ({problem}). It is kept in memory "
                "instead and made again at the next start; nothing is lost."
            )
        return _connect(None)

    def _remove_file(self) -> None:
        if self.database.suffix != ".duckdb":  # somebody's file, given by mistake
            raise OSError(f"{self.database.name} is no index")
        for path in (self.database, self.database.with_name(self.database.name + ".wal")):
            path.unlink(missing_ok=True)

    def _rebuild(self, error: Exception, in_memory: bool) -> None:
        """Start from an empty index: a new file, or one in memory."""
        self._connection.close()
        self._known = {}
        try:
            if not in_memory:
                self._remove_file()
                self._connection = self._open()
                return
        except OSError as refused:
            error = refused
        self._connection = self._memory(error)


class _StaleError(Exception):
    """The file is ours to replace: damaged, or of another version of this program."""


def _connect(database: Path | None) -> duckdb.DuckDBPyConnection:
    """An index with today's schema; raises _StaleError where the file should be made anew."""
    try:
        connection = duckdb.connect(str(database or ":memory:"), config=_CONFIG)
    except duckdb.Error as error:
        if any(sign in str(error) for sign in _DAMAGED):
            raise _StaleError(str(error)) from error
        raise
    try:
        with _transaction(connection) as cursor:
            _migrate(cursor)
    except BaseException as error:
        connection.close()
        if isinstance(error, duckdb.Error) and any(sign in str(error) for sign in _DAMAGED):
            raise _StaleError(str(error)) from error
        raise
    return connection


@contextmanager
def _transaction(connection: duckdb.DuckDBPyConnection) -> Iterator[duckdb.DuckDBPyConnection]:
    """A cursor whose statements count together or not at all."""
    cursor = connection.cursor()
    cursor.execute("BEGIN")
    try:
        yield cursor
        cursor.execute("COMMIT")
    except BaseException:
        with suppress(duckdb.Error):  # DuckDB has rolled back by itself where it could not go on
            cursor.execute("ROLLBACK")
        raise
    finally:
        cursor.close()


def _migrate(cursor: duckdb.DuckDBPyConnection) -> None:
    """Bring an empty database to the schema; anything else must be at it already."""
    tables = cursor.execute("SELECT table_name FROM information_schema.tables").fetchall()
    if (_MARK,) in tables:
        applied = cursor.execute(f"SELECT name FROM {_MARK} ORDER BY place").fetchall()
        if applied != [(name,) for name, _ in MIGRATIONS]:
            raise _StaleError("it is of another version")
        return
    if tables:
        raise duckdb.InvalidInputException("it is a database of something else")
    cursor.execute(f"CREATE TABLE {_MARK} (place INTEGER, name VARCHAR)")
    for place, (name, statements) in enumerate(MIGRATIONS):
        cursor.execute(statements)
        cursor.execute(f"INSERT INTO {_MARK} VALUES (?, ?)", [place, name])


def _atom_table(d_model: int) -> str:
    """One table a width: DuckDB's fixed arrays have their length in their type."""
    return f"atoms_{int(d_model)}"


def _forget(cursor: duckdb.DuckDBPyConnection, name: str) -> None:
    """Delete every row about one folder, whichever tables there are."""
    for table, column in cursor.execute(
        "SELECT table_name, column_name FROM information_schema.columns "
        "WHERE column_name = 'dictionary' OR "
        "(column_name = 'name' AND table_name IN ('dictionaries', 'folders'))"
    ).fetchall():
        cursor.execute(f"DELETE FROM {table} WHERE {column} = ?", [name])


def _tables(dictionary: Dictionary) -> dict[str, pa.Table]:
    """The parts of a dictionary as Arrow tables, in the column order of the schema."""
    import numpy as np
    import pyarrow as pa

    n, d = dictionary.atoms.shape
    flat = np.ascontiguousarray(dictionary.atoms.float().numpy()).ravel()
    tables = {
        _atom_table(d): pa.table(
            {
                "atom": pa.array(np.arange(n, dtype=np.int32)),
                "vector": pa.FixedSizeListArray.from_arrays(pa.array(flat), d),
            }
        ),
        "growth": pa.Table.from_pandas(dictionary.growth(), preserve_index=False),
    }
    if dictionary.labels is not None and dictionary.prompts is not None:
        for part, frame, columns in (
            ("labels", dictionary.labels, LABEL_COLUMNS),
            ("prompts", dictionary.prompts, PROMPT_COLUMNS),
        ):
            tables[part] = pa.Table.from_pandas(frame[list(columns)], preserve_index=False)
    return tables


def _statistics_table(statistics: Statistics) -> pa.Table:
    """The columns of statistics that the index holds, in the order of the schema."""
    import pyarrow as pa

    frame = statistics.atoms.rename(columns={"token": "main_token"})
    frame = frame.reindex(columns=["atom", *STATISTIC_COLUMNS])
    return pa.Table.from_pandas(frame, preserve_index=False)


def _insert(
    cursor: duckdb.DuckDBPyConnection, dictionary: Dictionary, tables: dict[str, pa.Table]
) -> None:
    recipe, name = dictionary.recipe, dictionary.name
    cursor.execute(
        "INSERT INTO dictionaries VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            name, dictionary.fingerprint, recipe.model_id, recipe.layer, recipe.tau, recipe.l0,
            recipe.loss, recipe.n_atoms, recipe.d_model, recipe.tokens_seen, recipe.corpus_name,
            recipe.built_at, "labels" in tables, json.dumps(asdict(recipe)),
        ],
    )  # fmt: skip
    for table, rows in tables.items():
        if table.startswith("atoms_"):
            cursor.execute(
                f"CREATE TABLE IF NOT EXISTS {table} "
                f"(dictionary VARCHAR, atom INTEGER, vector FLOAT[{recipe.d_model}])"
            )
        cursor.register("incoming", rows)
        cursor.execute(f"INSERT INTO {table} SELECT ?, * FROM incoming", [name])
        cursor.unregister("incoming")

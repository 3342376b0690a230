"""The store: what may be asked of the index."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

import duckdb

from itda_core.dictionary import LABEL_COLUMNS, PROMPT_COLUMNS, DictionaryHead, Recipe
from itda_core.errors import InputError
from itda_core.store.connection import Connection
from itda_core.store.folders import Folders, SyncReport
from itda_core.store.schema import STATISTIC_COLUMNS, vectors

if TYPE_CHECKING:
    import pandas as pd

Result = TypeVar("Result")


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
        self._connection = Connection(None if str(database) == ":memory:" else self.database)
        self._folders = Folders(self.folder, self._connection)
        self._listed: tuple[int, list[DictionaryHead]] = (-1, [])
        """The dictionaries, and the revision of the folders that they are of."""

    @property
    def note(self) -> str:
        """Why the index is in memory although a file was wanted; empty when all is well."""
        return self._connection.note

    def close(self) -> None:
        """Let go of the file, so that another program may have it. The last thing to be asked."""
        self._connection.close()

    def sync(self, with_tables: bool = True) -> SyncReport:
        """Take in new and changed folders and forget those that are gone.

        Without tables only what they say of themselves, at once however many they are; the rest
        follows with ``fill`` or when a question needs it, and with it what damage there is.

        Where nothing changed this costs a look at each folder's files (their names, sizes and
        times) and touches no database, so a page may ask on every run. Hidden folders and
        ``*.partial`` (builds under way) are passed over. A folder that cannot be read is
        reported, and asked again once its files change.
        """
        return self._folders.sync(with_tables)

    def fill(self, names: Sequence[str]) -> None:
        """Take in the rest of these folders, and so learn of damage in them."""
        self._folders.fill(names)

    def dictionaries(self) -> list[DictionaryHead]:
        """Every usable dictionary, by model, layer, then tau from large (few atoms) to small.

        As of the last ``sync``; costs nothing while that finds no change.
        """
        revision = self._folders.revision
        if self._listed[0] == revision:
            return list(self._listed[1])
        rows = self._all(
            "SELECT name, fingerprint, has_labels, recipe, has_statistics, coalesce(note, ''), "
            "md5(signature) FROM dictionaries JOIN folders USING (name) "
            "ORDER BY model_id, layer, tau DESC, n_atoms, name"
        )
        heads = [
            DictionaryHead(name, fingerprint, bool(labels), Recipe(**json.loads(recipe)), *rest)
            for name, fingerprint, labels, recipe, *rest in rows
        ]
        self._listed = revision, heads
        return list(heads)

    def labels(self, name: str) -> pd.DataFrame:
        """One row an atom, in order of entry: the columns of labels.parquet."""
        return self._part("labels", LABEL_COLUMNS, name, "ORDER BY atom")

    def atoms(self, name: str) -> pd.DataFrame:
        """One row an atom, in order of entry: label, source and statistics.

        Columns: LABEL_COLUMNS, the ``text`` and ``source`` of the prompt, STATISTIC_COLUMNS (empty
        where the dictionary has no statistics).
        """
        columns = [f"l.{column}" for column in LABEL_COLUMNS]
        columns += ["p.text", "p.source", *(f"s.{column}" for column in STATISTIC_COLUMNS)]
        query = (
            f"SELECT {', '.join(columns)} FROM labels l "
            "JOIN prompts p ON p.dictionary = l.dictionary AND p.prompt_id = l.prompt_id "
            "LEFT JOIN statistics s ON s.dictionary = l.dictionary AND s.atom = l.atom "
            "WHERE l.dictionary = ? ORDER BY l.atom"
        )
        return self._frame(name, query)

    def prompts(self, name: str, ids: Sequence[str] | None = None) -> pd.DataFrame:
        """prompt_id, text, source of the prompts with these ids, or of all that labels need."""
        if ids is None:
            return self._part("prompts", PROMPT_COLUMNS, name, "ORDER BY prompt_id")
        clause = "AND list_contains(?, prompt_id) ORDER BY prompt_id"
        return self._part("prompts", PROMPT_COLUMNS, name, clause, [list(ids)])

    def growth(self, name: str) -> pd.DataFrame:
        """tokens_seen, n_atoms: how the dictionary grew."""
        return self._part("growth", ("tokens_seen", "n_atoms"), name, "ORDER BY tokens_seen")

    def nearest(self, name: str, atom: int, k: int = 10) -> list[Neighbour]:
        """The ``k`` other atoms most like this one, by cosine."""
        recipe = self._head_with_tables(name).recipe
        if not 0 <= atom < recipe.n_atoms:
            raise InputError(f"there is no atom {atom}; {name} has 0 to {recipe.n_atoms - 1}")
        table = vectors(recipe.d_model)
        neighbours = self._all(
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
            about=[name],
        )
        return [Neighbour(*values) for values in neighbours]

    def same_label(
        self, name: str, atom: int, among: Sequence[str] | None = None
    ) -> dict[str, int]:
        """Other dictionaries in which the token of this atom is an atom too -> its number there.

        Looked for in every dictionary, or in those ``among`` at least: faster while others have not
        been read yet.

        The token is that at the same place of the same prompt. Another model may cut the prompt in
        other tokens: there it is the one that ends at the same character.
        """
        self._head_with_tables(name)
        places = self._all(
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
            about=None if among is None else [name, *among],
        )
        same: dict[str, int] = {}
        for other, number in places:
            same.setdefault(other, number)
        return same

    def lowest_layers(self, name: str, among: Sequence[str]) -> list[int | None]:
        """For every atom the lowest layer, of ``among`` and its own, in which its label is an atom.

        A label is a token of a prompt; only within one model do they mean the same. In order of
        entry; empty without labels, None where a dictionary does not say its layer.
        """
        self._head_with_tables(name)
        lowest = self._all(
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
            about=[name, *among],
        )
        return [layer for _, layer in lowest]

    def _head(self, name: str) -> DictionaryHead:
        for head in self.dictionaries():
            if head.name == name:
                return head
        unknown = f"there is no dictionary {name!r}; see the folders in {self.folder}"
        raise InputError(self._folders.broken(name) or unknown)

    def _head_with_tables(self, name: str) -> DictionaryHead:
        """A dictionary that is there, as far as its tables tell."""
        self._folders.fill([name])
        return self._head(name)

    def _part(
        self, table: str, columns: Sequence[str], name: str, tail: str, values: Sequence[Any] = ()
    ) -> pd.DataFrame:
        query = f"SELECT {', '.join(columns)} FROM {table} WHERE dictionary = ? {tail}"
        return self._frame(name, query, values)

    def _frame(self, name: str, query: str, values: Sequence[Any] = ()) -> pd.DataFrame:
        """The answer to a question about one dictionary, whose name is the first value."""
        self._head_with_tables(name)
        return self._read(query, [name, *values], lambda result: result.df(), [name])

    def _all(
        self, query: str, values: Sequence[Any] = (), about: Sequence[str] | None = ()
    ) -> list[tuple[Any, ...]]:
        return self._read(query, values, lambda result: result.fetchall(), about)

    def _read(
        self,
        query: str,
        values: Sequence[Any],
        fetch: Callable[[duckdb.DuckDBPyConnection], Result],
        about: Sequence[str] | None,
    ) -> Result:
        """Ask, and ask once more of a rebuilt index where this one cannot be read.

        ``about`` are the dictionaries whose tables the question is about, None for all.
        DuckDB checks a block when it is first read, so damage may show at any question.
        """

        def ask() -> Result:
            while True:
                self._folders.fill(about)
                with self._connection.cursor() as cursor:
                    # While a cursor is open nobody rebuilds the index, with heads alone.
                    if not self._folders.missing(about):
                        return fetch(cursor.execute(query, values))

        generation = self._connection.generation
        try:
            return ask()
        except duckdb.Error as error:
            if not self._folders.recover(error, generation):
                raise
        return ask()

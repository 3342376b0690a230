"""Keeping the index in step with the folders, which are the truth."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import duckdb

from itda_core.atoms.statistics import files as statistics
from itda_core.atoms.statistics.files import FOLDER, has_statistics
from itda_core.dictionary import Dictionary, read_head
from itda_core.dictionary import dictionary as dictionaries
from itda_core.errors import InputError, line_of
from itda_core.files import is_file_safely, is_link_safely, printable
from itda_core.store import rows
from itda_core.store.connection import Connection, is_damage


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


class _Indexed(NamedTuple):
    """What the index has of a folder."""

    signature: str
    broken: str | None
    """Why it cannot be used; None if nothing is wrong as far as it was read."""
    has_tables: bool
    """Whether all of it was read, not only its head."""


class Folders:
    """The dictionaries in ``folder`` and what ``connection`` has of them. Safe to share.

    Heads come first, as they are read at once; tables take a second for every dozen dictionaries
    and follow when they are asked for.
    """

    def __init__(self, folder: Path, connection: Connection):
        self.folder = folder
        self._connection = connection
        self._lock = threading.Lock()
        self.revision = 0
        """Counts what changed in the index."""
        self._indexed: dict[str, _Indexed] = {}
        """By name, as the database has it; replaced as a whole, never changed."""
        self._refused: dict[str, str] = {}
        """What the disk or its name keeps out of the index, and why; as of the last look."""
        try:
            with connection.cursor() as cursor:
                cursor.execute("SELECT name, signature, broken, whole FROM folders")
                self._indexed = {name: _Indexed(*values) for name, *values in cursor.fetchall()}
        except duckdb.Error as error:  # a block that nobody read until now is damaged
            connection.replace(error)

    def sync(self, with_tables: bool) -> SyncReport:
        """See ``itda_core.store.Store.sync``."""
        with self._lock:
            before = self._usable()
            signatures = self._scan()
            changed = [
                name
                for name, signature in signatures.items()
                if name not in self._indexed or self._indexed[name].signature != signature
            ]
            removed = [name for name in self._indexed if name not in signatures]
            if changed or removed:
                with self._recovering([]):
                    self._apply(signatures, changed, removed)
        if with_tables:
            self._open_apart(self.missing(None))
        with self._lock:
            if with_tables:
                with self._recovering(None):
                    self._fill(None)
            after = self._usable()
            return SyncReport(
                added=tuple(sorted(after - before)),
                removed=tuple(sorted(before - after)),
                changed=tuple(sorted(after & before & set(changed))),
                broken=self._refused
                | {
                    name: folder.broken
                    for name, folder in sorted(self._indexed.items())
                    if folder.broken is not None
                },
            )

    def fill(self, names: Sequence[str] | None) -> None:
        """Have the tables of these dictionaries in the index, or of all."""
        for name in self.missing(names):  # others come in between
            self._open_apart([name])
            with self._lock, self._recovering([name]):
                self._fill([name])

    def _open_apart(self, names: Sequence[str]) -> None:
        """Let processes of their own open what was not made here, while others go on.

        What they find is found again, at once, where the folders are indexed.
        """
        for name in names:
            with suppress(InputError):
                dictionaries.open_apart(self.folder / name)
                statistics.open_apart(self.folder / name)

    def missing(self, names: Sequence[str] | None) -> list[str]:
        """Those of ``names``, or of all, of which the index has the heads and no tables."""
        indexed = self._indexed
        candidates = indexed if names is None else dict.fromkeys(names)
        return [name for name in candidates if name in indexed and not indexed[name].has_tables]

    def broken(self, name: str) -> str | None:
        """Why this folder cannot be used; None if it can, or does not exist."""
        folder = self._indexed.get(name)
        return folder.broken if folder else self._refused.get(name)

    def recover(self, error: duckdb.Error, generation: int) -> bool:
        """Get over ``error``, the answer to a question; whether to ask that again.

        There are three rungs, each for what the one before does not mend:

        1. ask again: the index is another one than in the ``generation`` that was asked;
        2. rebuild it: the file is damaged, and a new one is filled from the folders;
        3. go to memory: the new file fails as well, and an index in memory takes its place.

        A question that is wrong by itself is not asked again. What fails in memory too is raised.
        """
        with self._lock:
            if self._connection.generation != generation:
                return True
            if not is_damage(error):
                return False
            self._rebuild(error, [])
            return True

    @contextmanager
    def _recovering(self, names: Sequence[str] | None) -> Iterator[None]:
        """Change the index inside; where it fails, climb the rungs of ``recover`` from the second.

        A rebuilt index has the heads of all folders, and the tables of ``names`` (None: of all).
        """
        try:
            yield
        except duckdb.Error as error:
            self._rebuild(error, names)

    def _rebuild(self, error: duckdb.Error, names: Sequence[str] | None) -> None:
        """Fill an empty index because of ``error``: a new file, or memory where that fails too."""
        signatures = self._scan()
        with self._connection.exclusive():  # nobody reads it half full
            for in_memory in (False, True):
                self._connection.replace(error, in_memory)
                self._indexed = {}
                try:
                    self._apply(signatures, list(signatures), [])
                    self._fill(names)
                    return
                except duckdb.Error as failure:
                    error = failure
            raise error

    def _usable(self) -> set[str]:
        return {name for name, folder in self._indexed.items() if folder.broken is None}

    def _apply(self, signatures: dict[str, str], changed: list[str], removed: list[str]) -> None:
        """Heads of what changed, in one transaction: each costs the disk a wait."""
        heads: dict[str, _Indexed] = {}
        with self._connection.transaction() as cursor:
            for name in (*removed, *changed):
                if name in self._indexed:
                    rows.forget(cursor, name)
            for name in changed:
                broken = self._index_head(cursor, name)
                cursor.execute(
                    "INSERT INTO folders VALUES (?, ?, ?, '', ?)",
                    [name, signatures[name], broken, broken is not None],
                )
                heads[name] = _Indexed(signatures[name], broken, broken is not None)
        remaining = {name: one for name, one in self._indexed.items() if name not in removed}
        self._indexed = remaining | heads
        self.revision += 1

    def _fill(self, names: Sequence[str] | None) -> None:
        """The tables of ``names`` that the index does not have yet, in one transaction."""
        missing = self.missing(names)
        if not missing:
            return
        filled: dict[str, _Indexed] = {}
        with self._connection.transaction() as cursor:
            for name in missing:
                broken = self._index_tables(cursor, name)
                signature = self._indexed[name].signature
                if self._now(name) != signature:
                    signature = ""  # it changed after its head was read: both are read again
                    cursor.execute("UPDATE folders SET signature = '' WHERE name = ?", [name])
                filled[name] = _Indexed(signature, broken, True)
        self._indexed = self._indexed | filled
        self.revision += 1

    def _now(self, name: str) -> str:
        try:
            return _signature(self.folder / name)
        except OSError:
            return ""

    def _scan(self) -> dict[str, str]:
        """Folder name -> signature: names, sizes and times of its files.

        One folder that cannot be looked at, or whose name is no Unicode, costs that folder alone.
        """
        signatures: dict[str, str] = {}
        refused: dict[str, str] = {}
        try:
            names = sorted(os.listdir(self.folder))  # noqa: PTH208
        except (FileNotFoundError, NotADirectoryError):
            names = []
        except OSError as error:
            names, refused[self.folder.name] = [], _line(line_of(error))
        for name in names:
            if name.startswith(".") or name.endswith(".partial"):
                continue
            if printable(name) != name:
                shown = printable(name)
                refused[shown] = f"{shown}: the folder's name is not UTF-8; rename it"
                continue
            try:
                signature = _signature(self.folder / name)
            except OSError as error:
                refused[name] = _line(line_of(error))
                continue
            if signature:
                signatures[name] = signature
            elif is_link_safely(self.folder / name):
                refused[name] = f"{name}: a link to no folder; mend or remove it"
        self._refused = refused
        return signatures

    def _index_head(self, cursor: duckdb.DuckDBPyConnection, name: str) -> str | None:
        """Index what a folder says of itself; returns why it cannot be used, or None."""
        try:
            head = read_head(self.folder / name)
            with_statistics = has_statistics(self.folder / name, head.fingerprint)
        except InputError as error:
            return _line(error)
        except OSError as error:
            return _line(line_of(error))
        except Exception as error:  # a file name that no disk takes, say
            return _line(f"{self.folder / name}: {_line(error)[:200]}")
        rows.insert_head(cursor, name, head, with_statistics)
        return None

    def _index_tables(self, cursor: duckdb.DuckDBPyConnection, name: str) -> str | None:
        """Index the rest of it; returns why it cannot be used, or None."""
        broken, note, tables = None, "", {}
        try:
            dictionary = Dictionary.load(self.folder / name)
            tables = rows.to_tables(dictionary)
        except InputError as error:
            broken = _line(error)
        except Exception as error:  # labels of a strange type, say: the others must still work
            broken = _line(f"{self.folder / name}: {_line(error)[:200]}")
        else:
            try:
                table = rows.statistics_table(self.folder / name, dictionary.fingerprint)
                if table is not None:
                    tables["statistics"] = table
            except Exception as error:  # columns of a strange type, too
                note = _line(error)[:300]
        cursor.execute(
            "UPDATE folders SET broken = ?, note = ?, whole = true WHERE name = ?",
            [broken, note, name],
        )
        if broken is None:
            cursor.execute(
                "UPDATE dictionaries SET has_statistics = ? WHERE name = ?",
                ["statistics" in tables, name],
            )
            rows.insert_tables(cursor, name, dictionary.recipe.d_model, tables)
        else:
            cursor.execute("DELETE FROM dictionaries WHERE name = ?", [name])
        return broken


def _signature(folder: Path) -> str:
    """Names, sizes and times of a dictionary's files; empty where there is no such folder.

    Raises:
        OSError: there is one that cannot be looked at.
    """
    files = []
    try:
        for name in sorted(os.listdir(folder)):  # noqa: PTH208
            if is_file_safely(folder / name):
                files.append((name, (folder / name).stat()))
        if is_file_safely(folder / FOLDER / "statistics.json"):
            files.append((FOLDER, (folder / FOLDER / "statistics.json").stat()))
    except (FileNotFoundError, NotADirectoryError):
        return ""  # no folder, or it went away while we looked
    return json.dumps([(name, stat.st_size, stat.st_mtime_ns) for name, stat in files])


def _line(problem: Exception | str) -> str:
    return printable(" ".join(str(problem).split()))

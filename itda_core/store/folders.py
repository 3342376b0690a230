"""Keeping the index in step with the folders, which are the truth."""

from __future__ import annotations

import json
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import duckdb

from itda_core.atoms.statistics.files import FOLDER, has_statistics
from itda_core.dictionary import Dictionary, read_head
from itda_core.errors import InputError
from itda_core.store import rows
from itda_core.store.connection import Connection, damaged


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


class _Known(NamedTuple):
    """What the index has of a folder."""

    signature: str
    broken: str | None
    """Why it cannot be used; None if nothing is wrong as far as it was read."""
    whole: bool
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
        self._known: dict[str, _Known] = {}
        """By name, as the database has it."""
        try:
            with connection.cursor() as cursor:
                cursor.execute("SELECT name, signature, broken, whole FROM folders")
                self._known = {name: _Known(*known) for name, *known in cursor.fetchall()}
        except duckdb.Error as error:  # a block that nobody read until now is damaged
            connection.restart(error)

    def sync(self, whole: bool) -> SyncReport:
        """See :meth:`itda_core.store.Store.sync`."""
        with self._lock:
            found = self._scan()
            had = {name: known.signature for name, known in self._known.items()}
            changes = [name for name, signature in found.items() if had.get(name) != signature]
            gone = [name for name in self._known if name not in found]
            before = {name for name, known in self._known.items() if known.broken is None}
            if changes or gone:
                try:
                    self._apply(found, changes, gone)
                except duckdb.Error as error:
                    self._refill(error, found, [])
            if whole:
                self._fill_or_refill(None)
            now = {name for name, known in self._known.items() if known.broken is None}
            return SyncReport(
                added=tuple(sorted(now - before)),
                removed=tuple(sorted(before - now)),
                changed=tuple(sorted(now & before & set(changes))),
                broken={
                    name: known.broken
                    for name, known in sorted(self._known.items())
                    if known.broken is not None
                },
            )

    def fill(self, names: Sequence[str] | None) -> None:
        """Have the tables of these dictionaries in the index, or of all."""
        for name in self.lacking(names):  # others come in between
            with self._lock:
                self._fill_or_refill([name])

    def lacking(self, names: Sequence[str] | None) -> list[str]:
        """Those of ``names``, or of all, of which only the heads are there."""
        known = self._known  # replaced as a whole, never changed
        wanted = known if names is None else dict.fromkeys(names)
        return [name for name in wanted if name in known and not known[name].whole]

    def broken(self, name: str) -> str | None:
        """Why this folder cannot be used; None if it can, or is not there."""
        known = self._known.get(name)
        return known and known.broken

    def mend(self, error: duckdb.Error, generation: int) -> bool:
        """Whether to ask again what ``error`` answered: the index is another one now.

        It is made anew where the file cannot be read, unless another thread has done so since the
        ``generation`` in which the question was asked.
        """
        with self._lock:
            if self._connection.generation != generation:
                return True
            if not damaged(error):
                return False
            self._refill(error, self._scan(), [])
            return True

    def _apply(self, found: dict[str, str], changes: list[str], gone: list[str]) -> None:
        """Heads of what changed, in one transaction: each costs the disk a wait."""
        taken: dict[str, _Known] = {}
        with self._connection.transaction() as cursor:
            for name in (*gone, *changes):
                if name in self._known:
                    rows.forget(cursor, name)
            for name in changes:
                broken = self._take_head(cursor, name)
                cursor.execute(
                    "INSERT INTO folders VALUES (?, ?, ?, '', ?)",
                    [name, found[name], broken, broken is not None],
                )
                taken[name] = _Known(found[name], broken, broken is not None)
        self._known = {n: known for n, known in self._known.items() if n not in gone} | taken
        self.revision += 1

    def _fill_or_refill(self, names: Sequence[str] | None) -> None:
        try:
            self._fill(names)
        except duckdb.Error as error:
            self._refill(error, self._scan(), names)

    def _fill(self, names: Sequence[str] | None) -> None:
        """The tables of ``names`` that are not there yet, in one transaction."""
        lacking = self.lacking(names)
        if not lacking:
            return
        taken: dict[str, _Known] = {}
        with self._connection.transaction() as cursor:
            for name in lacking:
                broken = self._take_tables(cursor, name)
                signature = self._known[name].signature
                if _signature(self.folder / name) != signature:
                    signature = ""  # it changed after its head was read: both are read anew
                    cursor.execute("UPDATE folders SET signature = '' WHERE name = ?", [name])
                taken[name] = _Known(signature, broken, True)
        self._known = self._known | taken
        self.revision += 1

    def _refill(
        self, error: duckdb.Error, found: dict[str, str], names: Sequence[str] | None
    ) -> None:
        """Make the index anew because of ``error``; in memory where the new file fails too."""
        with self._connection.alone():  # nobody reads it half full
            for in_memory in (False, True):
                self._connection.restart(error, in_memory)
                self._known = {}
                try:
                    self._apply(found, list(found), [])
                    self._fill(names)
                    return
                except duckdb.Error as again:
                    error = again
            raise error

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
            signature = _signature(entry)
            if signature:
                found[entry.name] = signature
        return found

    def _take_head(self, cursor: duckdb.DuckDBPyConnection, name: str) -> str | None:
        """Index what a folder says of itself; returns why it cannot be used, or None."""
        try:
            head = read_head(self.folder / name)
            there = has_statistics(self.folder / name, head.fingerprint)
        except InputError as error:
            return _line(error)
        except Exception as error:  # a file name that no disk takes, say
            return f"{self.folder / name}: {_line(error)[:200]}"
        rows.insert_head(cursor, name, head, there)
        return None

    def _take_tables(self, cursor: duckdb.DuckDBPyConnection, name: str) -> str | None:
        """Index the rest of it; returns why it cannot be used, or None."""
        broken, note, tables = None, "", {}
        try:
            dictionary = Dictionary.load(self.folder / name)
            tables = rows.to_tables(dictionary)
        except InputError as error:
            broken = _line(error)
        except Exception as error:  # labels of a strange type, say: the others must still work
            broken = f"{self.folder / name}: {_line(error)[:200]}"
        else:
            try:
                found = rows.statistics_table(self.folder / name, dictionary.fingerprint)
                if found is not None:
                    tables["statistics"] = found
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
    """Names, sizes and times of a dictionary's files; empty where there is no such folder."""
    try:
        files = [(f.name, f.stat()) for f in sorted(folder.iterdir()) if f.is_file()]
        summary = folder / FOLDER / "statistics.json"
        if summary.is_file():
            files.append((FOLDER, summary.stat()))
    except OSError:  # no folder, or it went away while we looked
        return ""
    return json.dumps([(name, stat.st_size, stat.st_mtime_ns) for name, stat in files])


def _line(error: Exception) -> str:
    return " ".join(str(error).split())

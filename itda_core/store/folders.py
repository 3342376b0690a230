"""Keeping the index in step with the folders, which are the truth."""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb

from itda_core.dictionary import Dictionary
from itda_core.errors import InputError
from itda_core.statistics.files import FOLDER
from itda_core.store import rows
from itda_core.store.connection import Connection, damaged

if TYPE_CHECKING:
    import pyarrow as pa


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


class Folders:
    """The dictionaries in ``folder`` and what ``connection`` has of them. Safe to share."""

    def __init__(self, folder: Path, connection: Connection):
        self.folder = folder
        self._connection = connection
        self._lock = threading.Lock()
        self.revision = 0
        """Counts what changed in the index."""
        self._known: dict[str, tuple[str, str | None]] = {}
        """Name -> signature, and why it cannot be used or None: as the database has it."""
        try:
            with connection.cursor() as cursor:
                cursor.execute("SELECT name, signature, broken FROM folders")
                self._known = {n: (signature, b) for n, signature, b in cursor.fetchall()}
        except duckdb.Error as error:  # a block that nobody read until now is damaged
            connection.restart(error)

    def sync(self) -> SyncReport:
        """See :meth:`itda_core.store.Store.sync`."""
        with self._lock:
            found = self._scan()
            changes = [n for n, s in found.items() if self._known.get(n, ("", None))[0] != s]
            gone = [name for name in self._known if name not in found]
            before = {name for name, (_, broken) in self._known.items() if broken is None}
            if changes or gone:
                try:
                    self._apply(found, changes, gone)
                except duckdb.Error as error:
                    self._refill(error, found)
            now = {name for name, (_, broken) in self._known.items() if broken is None}
            return SyncReport(
                added=tuple(sorted(now - before)),
                removed=tuple(sorted(before - now)),
                changed=tuple(sorted(now & before & set(changes))),
                broken={n: b for n, (_, b) in sorted(self._known.items()) if b is not None},
            )

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
            self._refill(error, self._scan())
            return True

    def _apply(self, found: dict[str, str], changes: list[str], gone: list[str]) -> None:
        """In one transaction: each costs the disk a wait."""
        taken: dict[str, tuple[str, str | None]] = {}
        with self._connection.transaction() as cursor:
            for name in (*gone, *changes):
                if name in self._known:
                    rows.forget(cursor, name)
            for name in changes:
                taken[name] = found[name], self._take(cursor, name, found[name])
        self._known = {n: known for n, known in self._known.items() if n not in gone} | taken
        self.revision += 1

    def _refill(self, error: duckdb.Error, found: dict[str, str]) -> None:
        """Make the index anew because of ``error``; in memory where the new file fails too."""
        with self._connection.alone():  # nobody reads it half full
            for in_memory in (False, True):
                self._connection.restart(error, in_memory)
                self._known = {}
                try:
                    self._apply(found, list(found), [])
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
            try:
                files = [(f.name, f.stat()) for f in sorted(entry.iterdir()) if f.is_file()]
                summary = entry / FOLDER / "statistics.json"
                if summary.is_file():
                    files.append((FOLDER, summary.stat()))
            except OSError:  # no folder, or it went away while we looked
                continue
            found[entry.name] = json.dumps([(n, s.st_size, s.st_mtime_ns) for n, s in files])
        return found

    def _take(self, cursor: duckdb.DuckDBPyConnection, name: str, signature: str) -> str | None:
        """Index one folder; returns why it cannot be used, or None."""
        try:
            dictionary = Dictionary.load(self.folder / name)
            tables = rows.to_tables(dictionary)
            broken = None
        except InputError as error:
            broken = " ".join(str(error).split())
        except Exception as error:  # labels of a strange type, say: the others must still work
            broken = f"{self.folder / name}: {' '.join(str(error).split())[:200]}"
        note = ""
        if broken is None:
            note = self._add_statistics(dictionary, tables)
        cursor.execute("INSERT INTO folders VALUES (?, ?, ?, ?)", [name, signature, broken, note])
        if broken is None:
            rows.insert(cursor, dictionary, tables)
        return broken

    def _add_statistics(self, dictionary: Dictionary, tables: dict[str, pa.Table]) -> str:
        """Put the statistics into ``tables``; returns why they cannot be used, or nothing."""
        try:
            folder = self.folder / dictionary.name
            found = rows.statistics_table(folder, dictionary.fingerprint)
            if found is not None:
                tables["statistics"] = found
        except InputError as error:
            return " ".join(str(error).split())
        return ""

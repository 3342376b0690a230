"""The connection to the index: a file where it can be had, memory where it cannot."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import duckdb

from itda_core.files import printable
from itda_core.store.schema import StaleError, migrate

# Nothing an index does needs files, extensions or Python variables; what is not needed is off.
_CONFIG: dict[str, Any] = {
    "enable_external_access": "false",
    "python_enable_replacements": "false",
    "lock_configuration": "true",
}
# A share without locks shows as one that nobody holds.
_NO_LOCKS = ("held in PID 0.", "locks are not supported", "No locks available")
# DuckDB raises the same classes for these; its words tell them apart.
_LOCKED = ("Could not set lock", "Conflicting lock")
_DAMAGE = (
    "not a valid DuckDB",
    "Corrupt",
    "corrupt",
    "checksum",
    "version number",
    "erialize",
    "WAL",
    "invalidated",
)


def is_damage(error: BaseException) -> bool:
    """Whether an index that raised this is past use, rather than the question wrong."""
    return isinstance(error, duckdb.Error) and any(sign in str(error) for sign in _DAMAGE)


class Connection:
    """DuckDB with today's schema: in ``file``, or in memory for None.

    A file that is damaged or of another version is replaced by a new one; one that another program
    holds, or that is not ours, is left alone and memory takes its place.
    """

    def __init__(self, file: Path | None):
        self.file = file
        self.note = ""
        """Why the index is in memory although a file was wanted; empty when all is well."""
        self.generation = 0
        """How often an empty index took its place."""
        self._readers = 0
        self._changed = threading.Condition()
        self._duckdb = self._open_memory(None) if file is None else self._open_file(file)

    def close(self) -> None:
        """Let go of the file, so that another program may have it. The last thing to be asked."""
        self._duckdb.close()
        del self._duckdb  # DuckDB's binding complains of connections that outlive Python

    @contextmanager
    def cursor(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """A cursor of one's own: a connection serves one result, and one thread, at a time."""
        with self._changed:
            cursor = self._duckdb.cursor()
            self._readers += 1
        try:
            yield cursor
        finally:
            with self._changed:
                cursor.close()
                self._readers -= 1
                self._changed.notify_all()

    @contextmanager
    def transaction(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """A cursor whose statements count together or not at all."""
        with self.cursor() as cursor, _transaction(cursor):
            yield cursor

    @contextmanager
    def exclusive(self) -> Iterator[None]:
        """No cursor is open, and only this thread can open one."""
        with self._changed:
            self._changed.wait_for(lambda: not self._readers)
            yield

    def replace(self, error: Exception, in_memory: bool = False) -> None:
        """Put an empty index in the place of this one because of ``error``.

        It is a new file, or in memory if that is asked for or no file can be had.
        """
        with self.exclusive():  # DuckDB does not let go of a file while one is read
            self._duckdb.close()
            self._duckdb = self._open_empty(error, in_memory)
            self.generation += 1

    def _open_empty(self, error: Exception, in_memory: bool) -> duckdb.DuckDBPyConnection:
        # In memory already: the file may be another program's, which goes on with it.
        if self.file is None or in_memory or self.note:
            return self._open_memory(error)
        try:
            _delete(self.file)
        except OSError as refusal:
            return self._open_memory(refusal)
        return self._open_file(self.file)

    def _open_file(self, file: Path) -> duckdb.DuckDBPyConnection:
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            try:
                return _connect(file)
            except StaleError:
                _delete(file)
                return _connect(file)
        except (duckdb.Error, OSError, StaleError, UnicodeError) as error:
            return self._open_memory(error)

    def _open_memory(self, error: Exception | None) -> duckdb.DuckDBPyConnection:
        if error is not None and self.file is not None:
            problem = " ".join(str(error).split())
            if any(sign in problem for sign in _NO_LOCKS):
                problem = "the folder it lies in has no file locks"
            elif any(sign in problem for sign in _LOCKED):
                problem = "another program holds it"
            problem = problem[:160]
            self.note = printable(
                f"The index {self.file.name} cannot be used ({problem}). It is kept in memory "
                "instead and made again at the next start; nothing is lost."
            )
        return _connect(None)


def _delete(file: Path) -> None:
    if file.suffix != ".duckdb":  # somebody's file, given by mistake
        raise OSError(f"{file.name} is no index")
    for path in (file, file.with_name(file.name + ".wal")):
        path.unlink(missing_ok=True)


def _connect(file: Path | None) -> duckdb.DuckDBPyConnection:
    """An index with today's schema; raises StaleError where a new file should take its place."""
    try:
        connection = duckdb.connect(str(file or ":memory:"), config=_CONFIG)
    except duckdb.Error as error:
        if is_damage(error):
            raise StaleError(str(error)) from error
        raise
    try:
        with _transaction(connection):
            migrate(connection)
    except BaseException as error:
        connection.close()
        if is_damage(error):
            raise StaleError(str(error)) from error
        raise
    return connection


@contextmanager
def _transaction(cursor: duckdb.DuckDBPyConnection) -> Iterator[None]:
    cursor.execute("BEGIN")
    try:
        yield
        cursor.execute("COMMIT")
    except BaseException:
        with suppress(duckdb.Error):  # DuckDB has rolled back by itself where it could not go on
            cursor.execute("ROLLBACK")
        raise

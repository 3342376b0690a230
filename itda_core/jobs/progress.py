"""How far a command is: a line on stderr, and a file for a program that started it."""

from __future__ import annotations

import json
import os
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

PROGRESS_FILE = "ITDA_PROGRESS"
"""Environment variable: a file to keep the newest progress in, as JSON. A command given one ends
by itself, its checkpoint written, once the program that started it is gone."""

_LINE_SECONDS = {True: 0.1, False: 5.0}
"""Between two lines, on a terminal and elsewhere."""
_FILE_SECONDS = 0.25
"""Between two versions of the file."""


class ProgressReporter:
    """Says how far a command is: one line, rewritten on a terminal, every few seconds in a log."""

    def __init__(self) -> None:
        self._is_terminal = sys.stderr.isatty()
        self._file = os.environ.get(PROGRESS_FILE)
        self._parent = os.getppid()
        self._line_at = self._file_at = 0.0

    @property
    def is_watched(self) -> bool:
        """Whether a program that started this one reads its progress."""
        return bool(self._file)

    def begin(self, doing: str) -> None:
        """Say what takes its time now, where nothing can be counted yet."""
        self._write({"doing": doing})

    def show(self, line: str, values: dict[str, Any], last: bool = False) -> None:
        """Print ``line`` and keep ``values``, if it is time to; ``last`` is never left out.

        Raises:
            KeyboardInterrupt: the program that this one works for is gone.
        """
        now = time.monotonic()
        if last or now - self._line_at >= _LINE_SECONDS[self._is_terminal]:
            self._line_at = now
            print(f"\r{line}\033[K" if self._is_terminal else line, end="", file=sys.stderr)
            if not self._is_terminal:
                print(file=sys.stderr)
            sys.stderr.flush()
        if last or now - self._file_at >= _FILE_SECONDS:
            self._file_at = now
            self._write(values)

    def end(self) -> None:
        """Leave the line as it stands."""
        if self._is_terminal and self._line_at:
            print(file=sys.stderr)

    def _write(self, values: dict[str, Any]) -> None:
        if not self._file:
            return
        if os.getppid() != self._parent:
            raise KeyboardInterrupt
        from itda_core.files import write_own

        with suppress(OSError):  # to be told is not worth failing for
            write_own(Path(self._file), json.dumps(values))


def duration(seconds: float) -> str:
    """8 s, 3 min, 1.5 h; a question mark for what nobody can know."""
    if seconds != seconds:
        return "?"
    if seconds < 60:
        return f"{seconds:.0f} s"
    if seconds < 3600:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.1f} h"

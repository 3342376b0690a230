"""Folders that were not made on this machine are first opened in a process of its own.

That process may take so much memory and time and no more, and where it crashes it crashes alone.
What it finds is remembered by the hash of a folder's summary, which holds the hashes of all else.
Nothing in such a folder says that it may be trusted: what was made here is noted in a file of this
program's data folder, and what ships with the program is listed in ``release.json`` beside it.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

from itda_core.dictionary import child
from itda_core.errors import InputError
from itda_core.files import expand_safely
from itda_core.memory import available_bytes

ROOT = Path(__file__).parents[2]
"""Of the program: what lies in its ``data`` ships with it."""
_FIRST_SECONDS, _BYTES_A_SECOND = 60, 1 << 21
"""What opening may take: so long, and longer for large files."""
_FIRST_BYTES, _TIMES_THE_FILES = 1 << 29, 30
"""Memory that opening may take beyond what the libraries do. Usual is five times the files."""
_MOST_SECONDS = 600
_one_at_a_time = threading.Lock()
_opened: set[str] = set()
"""Hashes of what opens well or was made here, as far as this process knows."""
_refused: dict[str, str] = {}
"""``_state`` -> why a folder in that state cannot be used. Not kept on disk: a time-out may have
been this machine's fault."""


class Limits(NamedTuple):
    """What the process that opens a folder may take."""

    bytes: int
    """Of memory, beyond what its libraries take."""
    seconds: int
    """Of processor time, and of time on the clock."""


def memory() -> Path:
    """Where the hashes of what was made or opened well here are noted, a line each."""
    data = os.environ.get("ITDA_DATA")
    return (expand_safely(data) if data else ROOT / "data") / "cache" / "opened.txt"


def vouch(summary_hash: str) -> None:
    """Note that what this is the hash of was made here, or opened well."""
    _opened.add(summary_hash)
    with suppress(OSError):  # a data folder that is read-only: known until the program ends
        memory().parent.mkdir(parents=True, exist_ok=True)
        with memory().open("a", encoding="ascii") as file:
            file.write(summary_hash + "\n")


def is_known(summary_hash: str) -> bool:
    """Whether it ships, was made here, or has been opened well."""
    if summary_hash not in _opened and summary_hash not in _shipped():
        with suppress(OSError, ValueError):  # another process may have noted it
            _opened.update(memory().read_text(encoding="ascii").split())
    return summary_hash in _opened or summary_hash in _shipped()


def ensure_opens(folder: Path, summary_hash: str, opens: Callable[[Path], object]) -> None:
    """Let a process of its own call ``opens(folder)``, unless that is known to go well.

    Args:
        folder: what was not made here.
        summary_hash: of the summary in it; it stands for all that ``opens`` reads.
        opens: a function of a module, which the process imports.

    Raises:
        InputError: it cannot be used: what ``opens`` says, or that it crashed or took too much.
    """
    if is_known(summary_hash):
        return
    with _one_at_a_time:  # two would share the memory
        if is_known(summary_hash):
            return
        state = _state(folder, summary_hash)
        if state not in _refused:
            line = _line_of_child(folder, opens)
            if not line:
                vouch(summary_hash)
                return
            _refused[state] = line
        raise InputError(_refused[state])


@cache
def _shipped() -> frozenset[str]:
    """Hashes of the files that ship with the program."""
    try:
        files = json.loads((ROOT / "data" / "release.json").read_text(encoding="utf-8"))["files"]
        return frozenset(files.values())
    except (OSError, ValueError, KeyError, TypeError):
        return frozenset()


def _files(folder: Path) -> list[tuple[str, int, int, int]]:
    """(path, bytes, bytes on disk, time) of all files in a folder that can be looked at."""
    found = []
    for parent, _, names in os.walk(folder):
        for file in (Path(parent, name) for name in names):
            with suppress(OSError):
                stat = file.lstat()
                blocks = getattr(stat, "st_blocks", None)  # not on Windows
                taken = stat.st_size if blocks is None else min(stat.st_size, 512 * blocks)
                found.append((str(file), stat.st_size, taken, stat.st_mtime_ns))
    return sorted(found)


def _state(folder: Path, summary_hash: str) -> str:
    """Changes when any file of the folder does."""
    return sha256(f"{summary_hash} {_files(folder)!r}".encode("utf-8", "replace")).hexdigest()


def _limits(folder: Path) -> Limits:
    # What files take on disk: what a sparse one says of its size costs it nothing.
    size = sum(taken for _, _, taken, _ in _files(folder))
    most = max(available_bytes() // 2, _FIRST_BYTES)
    return Limits(
        min(_FIRST_BYTES + _TIMES_THE_FILES * size, most),
        min(_FIRST_SECONDS + size // _BYTES_A_SECOND, _MOST_SECONDS),
    )


def _line_of_child(folder: Path, opens: Callable[[Path], object]) -> str:
    """Why a folder cannot be used, in one line that names it; "" where it opens well."""
    limits = _limits(folder)
    command = [sys.executable, "-m", child.__name__, opens.__module__, opens.__qualname__]
    command += [str(folder), str(limits.bytes), str(limits.seconds)]
    paths = [str(ROOT), os.environ.get("PYTHONPATH", "")]
    environment = (
        os.environ | child.ENVIRONMENT | {"PYTHONPATH": os.pathsep.join(filter(None, paths))}
    )
    never = "do not use it"
    try:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment,
            timeout=limits.seconds,
        )
    except subprocess.TimeoutExpired:
        return f"{folder}: opening it takes more than {limits.seconds} s; {never}"
    except (OSError, ValueError) as error:  # no process can be started, or no path is like that
        raise InputError(f"{folder} cannot be opened in a process of its own: {error}") from error
    if done.returncode == child.OPENS:
        return ""
    if done.returncode == child.REFUSED:
        return " ".join(done.stdout.decode("utf-8", "replace").split())
    if done.returncode == child.TOO_LARGE:
        most = limits.bytes >> 20
        return f"{folder}: opening it takes more than {most:,} MB of memory; {never}"
    return f"{folder}: what opens it crashed ({_ending(done.returncode)}); {never}"


def _ending(status: int) -> str:
    """How a process ended, in a word."""
    with suppress(ValueError):
        return signal.Signals(-status).name
    return f"status {status}"

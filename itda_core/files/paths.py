"""Paths from outside, asked about and read without a surprise.

One may be unreadable, too long, of no encoding or no path at all; ``Path.exists`` and its kin raise
for most of these. Nothing but these functions asks such a path.
"""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path
from typing import Any


def exists_safely(path: str | Path) -> bool:
    """Whether something is there that we may know of; never raises."""
    return os.path.exists(path)  # noqa: PTH110


def is_file_safely(path: str | Path) -> bool:
    """Whether a file is there that we may know of; never raises."""
    return os.path.isfile(path)  # noqa: PTH113


def is_folder_safely(path: str | Path) -> bool:
    """Whether a folder is there that we may know of; never raises."""
    return os.path.isdir(path)  # noqa: PTH112


def is_link_safely(path: str | Path) -> bool:
    """Whether a link is there that we may know of; never raises."""
    return os.path.islink(path)  # noqa: PTH114


def resolve_safely(path: str | Path) -> Path:
    """``path`` made absolute, links followed as far as they lead; never raises."""
    try:
        return Path(os.path.realpath(path))
    except (OSError, ValueError):
        return Path(path)


def expand_safely(path: str | Path) -> Path:
    """``path`` with a leading ``~`` made a home folder, where there is one; never raises."""
    try:
        return Path(os.path.expanduser(path))  # noqa: PTH111
    except (OSError, ValueError):
        return Path(path)


def names_safely(folder: str | Path) -> list[str]:
    """Names of what is in ``folder``, sorted; none where it cannot be read. Never raises."""
    try:
        return sorted(os.listdir(folder))  # noqa: PTH208
    except (OSError, ValueError):
        return []


def read_small(path: Path, most: int = 1 << 20) -> str:
    """The text of a small file of which nothing is trusted.

    Raises:
        OSError: it is not there, a link, no file but a pipe or device, or longer than ``most``.
        ValueError: it is no UTF-8.
    """
    flags = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    with os.fdopen(os.open(path, os.O_RDONLY | flags), "rb") as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise OSError(f"{path} is no file")
        content = file.read(most + 1)
    if len(content) > most:
        raise OSError(f"{path} is too long")
    return content.decode("utf-8")


def read_json(path: Path) -> Any:
    """What a JSON file of which nothing is trusted says.

    Raises:
        OSError: it cannot be read.
        ValueError: it is no JSON, or nested too deeply.
    """
    try:
        return json.loads(path.read_bytes())
    except RecursionError:
        raise ValueError("it is nested too deeply") from None


def printable(text: str) -> str:
    """``text`` that every output takes: what is no Unicode (in a file's name, say) as its code."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")

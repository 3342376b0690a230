"""Documents from files and folders of them.

In a text file documents are separated by blank lines (lines of whitespace only): so a heading
between blank lines is a short document of its own, and a file without blank lines is one document.
"""

import stat
from collections.abc import Iterator
from pathlib import Path

from itda_core.errors import InputError
from itda_core.text.corpus import Document, label
from itda_core.text.lines import CHOICES, JSON_LINES, NOT_TEXT, PARQUET, PLAIN_TEXT, lines
from itda_core.text.records import read_json_lines, read_parquet

_LONGEST_DOCUMENT = 1 << 26  # characters: in a text file a longer one goes on as the next
_PIECE = 1 << 24  # bytes of a line of a text file read at once
_KINDS = {
    stat.S_IFIFO: "a pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
    stat.S_IFDIR: "a folder",
}


class FilesOfCorpus:
    """Regular files that must stay as they are while a corpus is read, once or more.

    Raises InputError, when made and when read, for what is no regular file: a pipe is empty when
    it has been read once, so the second pass would see other text than the first. A regular file
    that has changed since is refused as well, for the same reason.
    """

    def __init__(self, paths: list[Path], field: str):
        self._states = {path: _state(path) for path in paths}
        self._field = field

    def documents(self) -> Iterator[Document]:
        """Those of all files, in order."""
        for path, before in self._states.items():
            self._check(path, before)
            yield from read_file(path, self._field)
            self._check(path, before)

    def _check(self, path: Path, before: tuple[int, int]) -> None:
        if _state(path) != before:
            raise InputError(
                f"{path}: changed while it was in use: expected a file that stays as it is; "
                "copy it, and give the copy"
            )


def _state(path: Path) -> tuple[int, int]:
    """Size and time of change of a regular file."""
    try:
        found = path.stat()
    except OSError as error:
        raise _unreadable(path, error) from None
    if not stat.S_ISREG(found.st_mode):
        kind = _KINDS.get(stat.S_IFMT(found.st_mode), "no regular file")
        raise InputError(
            f"{path}: {kind}, and text is read more than once: expected {CHOICES}; write what it "
            "gives to a file first"
        )
    return found.st_size, found.st_mtime_ns


def corpus_files(folder: Path) -> Iterator[Path]:
    """The files of a folder that are a corpus by their ending, in order; hidden ones left out.

    Links to folders are followed. A folder that is met again, in a circle of links or beside
    itself, is left out.
    """
    known = (*PLAIN_TEXT, *JSON_LINES, *PARQUET)
    waiting, seen = [folder], set()
    while waiting:
        path = waiting.pop()
        try:
            if path.is_dir():
                found = path.stat()
                if (found.st_dev, found.st_ino) not in seen:
                    seen.add((found.st_dev, found.st_ino))
                    inside = [p for p in path.iterdir() if not p.name.startswith(".")]
                    waiting += sorted(inside, reverse=True)
            elif path.suffix.lower() in known:
                yield path
        except OSError as error:
            raise _unreadable(path, error) from None


def read_file(path: Path, field: str) -> Iterator[Document]:
    """The documents of one file. Raises InputError where it is no text or broken."""
    ending = path.suffix.lower()
    if ending in NOT_TEXT:
        raise InputError(f"{path}: a {ending} file is not a corpus: expected {CHOICES}; convert it")
    try:
        if ending in PARQUET:
            yield from read_parquet(path, field)
        elif ending in JSON_LINES:
            yield from read_json_lines(path, field)
        else:
            yield from _read_text(path)
    except OSError as error:
        raise _unreadable(path, error) from None


def _unreadable(path: Path, error: OSError) -> InputError:
    reason = error.strerror or error
    return InputError(f"{path}: cannot be read ({reason}): check it and its permissions")


def _read_text(path: Path) -> Iterator[Document]:
    name = label(path.name)
    parts: list[str] = []
    size = count = 0
    is_new = True  # a long line comes in pieces, and its last may be its end alone
    for line in lines(path, _PIECE):
        is_blank, is_new = is_new and not line.strip(), line.endswith("\n")
        if not is_blank and size < _LONGEST_DOCUMENT:
            parts.append(line)
            size += len(line)
            continue
        if parts:
            count += 1
            yield Document("".join(parts).rstrip(), f"{name} {count}")
        parts = [] if is_blank else [line]
        size = sum(map(len, parts))
    if parts:
        yield Document("".join(parts).rstrip(), f"{name} {count + 1}")

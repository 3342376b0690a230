"""Places to write: tried before the work, and held by one program."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from itda_core.errors import InputError
from itda_core.files.paths import exists_safely, is_file_safely, is_folder_safely, resolve_safely
from itda_core.files.writing import partial_beside


def check_place(path: Path, option: str, parents: bool = True) -> None:
    """Raise InputError unless something can be made at ``path``: tried, so that it shows at once.

    Whether something is there already is not asked. ``option`` is what errors call it. Folders
    above it are made if they are lacking, unless ``parents`` is False.
    """
    if not path.name:
        raise InputError(f"{option} is {str(path)!r}; expected the name of something to make")
    try:
        path.name.encode("utf-8")
    except UnicodeEncodeError:
        raise InputError(f"{option} {path}: the name is not UTF-8; choose another") from None
    if not path.name.isprintable():
        raise InputError(f"{option} {path}: the name cannot be printed; choose another")
    try:
        if parents:
            path.parent.mkdir(parents=True, exist_ok=True)
        partial_beside(path).rmdir()
    except OSError as error:
        raise InputError(
            f"{option} {path} cannot be written ({error.strerror}); choose another place"
        ) from None


def check_file_place(path: Path, option: str) -> None:
    """``check_place`` for a file, which may exist already and is then written anew."""
    if is_folder_safely(path):
        raise InputError(f"{option} {path} is a folder; expected a file to write")
    if is_file_safely(path) or not exists_safely(path):
        check_place(resolve_safely(path), option, parents=False)


@contextmanager
def held(path: Path, option: str, seconds: float = 0.0) -> Iterator[None]:
    """Keep ``path`` for this program as long as the block lasts; InputError if another has it.

    Waits for up to ``seconds`` while another program has it. What holds it is a lock on a small
    file beside it, so a program that was killed holds nothing. Where there are no locks, on some
    shares, all may have it.
    """
    lock = path.with_name(f".{path.name}.lock")
    end = time.monotonic() + seconds
    while (file := _locked(lock)) is None and time.monotonic() < end:
        time.sleep(0.1)
    if file is None:
        raise InputError(
            f"{option} {path} is being written by another program; wait for it, or choose another"
        )
    try:
        yield
    finally:
        with suppress(OSError):
            lock.unlink()
        os.close(file)


def _locked(path: Path) -> int | None:
    """A descriptor that holds the lock on ``path``; None while another has it."""
    try:
        import fcntl
    except ImportError:  # Windows
        return os.open(os.devnull, os.O_RDONLY)
    while True:
        file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(file)
            return None
        except OSError:  # a share without locks
            return file
        with suppress(FileNotFoundError):
            if os.path.samestat(os.fstat(file), path.stat()):
                return file
        os.close(file)  # whoever had it removed it meanwhile: a lock on nothing

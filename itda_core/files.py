"""Writing to disk so that a killed or failed program leaves nothing half-written."""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from itda_core.errors import InputError

if TYPE_CHECKING:
    import pandas as pd
    from torch import Tensor


def expanded(path: str | Path) -> Path:
    """``path`` with ``~`` as the home folder; as it is where nobody knows of such a home."""
    try:
        return Path(path).expanduser()
    except RuntimeError:
        return Path(path)


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
    try:
        if parents:
            path.parent.mkdir(parents=True, exist_ok=True)
        _partial(path).rmdir()
    except OSError as error:
        raise InputError(
            f"{option} {path} cannot be written ({error.strerror}); choose another place"
        ) from None


def check_file_place(path: Path, option: str) -> None:
    """``check_place`` for a file, which may exist already and is then written anew."""
    if path.is_dir():
        raise InputError(f"{option} {path} is a folder; expected a file to write")
    if path.is_file() or not path.exists():
        check_place(path.resolve(), option, parents=False)


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


def _partial(path: Path) -> Path:
    """A new folder beside ``path``, to be filled and renamed."""
    return Path(tempfile.mkdtemp(prefix=f".{path.name}-", suffix=".partial", dir=path.parent))


@contextmanager
def atomic_folder(path: Path) -> Iterator[Path]:
    """A folder to fill that appears at ``path`` when all is well, and not at all otherwise."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = _partial(path)
    try:
        yield partial
        partial.chmod(0o755)
        partial.rename(path)
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        raise


def write_atomic(path: Path, text: str) -> None:
    """Write a small file; whoever reads it meets the old text or the new one, nothing between.

    What is no regular file (a pipe, standard output) is written as it is.
    """
    if path.exists() and not path.is_file():
        path.write_text(text, encoding="utf-8")
        return
    path = path.resolve()  # of a link, what it leads to
    partial = path.with_name(f".{path.name}-{os.getpid()}.partial")
    try:
        partial.write_text(text, encoding="utf-8")
        partial.replace(path)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise


def write_table(path: Path, table: pd.DataFrame) -> None:
    """Write a Parquet file, small rather than fast: it is written once and shipped."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    arrow = pa.Table.from_pandas(table, preserve_index=False)
    encodings, others = {}, []
    for field in arrow.schema:
        is_list = pa.types.is_list(field.type)
        kind = field.type.value_type if is_list else field.type
        column = f"{field.name}.list.element" if is_list else field.name
        if pa.types.is_floating(kind):  # exponents apart from the fractions, which are often 0
            encodings[column] = "BYTE_STREAM_SPLIT"
        elif pa.types.is_integer(kind) and not is_list:  # most of them rise
            encodings[column] = "DELTA_BINARY_PACKED"
        else:
            others.append(column)
    pq.write_table(
        arrow,
        path,
        compression="zstd",
        compression_level=19,
        use_dictionary=others,
        column_encoding=encodings,
    )


def write_tensors(path: Path, tensors: dict[str, Tensor]) -> None:
    """Write a safetensors file. A full disk is an OSError, which safetensors' own writer hides."""
    from safetensors.torch import save

    path.write_bytes(save({key: value.contiguous() for key, value in tensors.items()}))


def sha256_of(path: Path) -> str:
    """sha256 of a file's bytes, hexadecimal, read a megabyte at a time."""
    digest = sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()

"""Files and folders: written whole or not at all, and asked about without a surprise."""

from __future__ import annotations

import json
import math
import os
import shutil
import stat
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from errno import ENOENT
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from itda_core.errors import InputError

if TYPE_CHECKING:
    import pandas as pd
    from torch import Tensor

SEAL = "sha256"
"""Last key of a summary such as ``dictionary.json``: the hash of all its other keys."""
_LARGEST_SUMMARY = 1 << 20
"""Bytes; one of a thousandth of this is usual."""


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
    if exists_safely(path) and not is_file_safely(path):
        path.write_text(text, encoding="utf-8")
        return
    path = resolve_safely(path)  # of a link, what it leads to
    partial = path.with_name(f".{path.name}-{os.getpid()}.partial")
    try:
        partial.write_text(text, encoding="utf-8")
        partial.replace(path)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise


def cache_folder(name: str) -> Path | None:
    """A folder of this user's for what can be computed again; None where none can be made.

    Below ITDA_CACHE, else XDG_CACHE_HOME, else ``~/.cache``.
    """
    try:
        home = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
        folder = Path(os.environ.get("ITDA_CACHE") or Path(home) / "itda") / name
        folder.mkdir(parents=True, exist_ok=True)
    except (OSError, RuntimeError, ValueError):  # no home, a full disk, a name that is no path
        return None
    return folder if os.access(folder, os.W_OK | os.X_OK) else None


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


# A path that comes from outside may be unreadable, too long, of no encoding or no path at all;
# ``Path.exists`` and its kin raise for most of these. Nothing but these functions asks such a path.


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


def write_own(path: Path, text: str) -> None:
    """Write a small file, whole or not at all, where others may have put what they like.

    A link in its place is replaced, not followed, and so is none that was put where the text is
    written first: nobody can foresee that name.
    """
    try:
        handle, name = tempfile.mkstemp(prefix=f".{path.name}-", suffix=".partial", dir=path.parent)
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from None  # the name people know
    partial = Path(name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        partial.chmod(0o644)
        partial.replace(path)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise


def printable(text: str) -> str:
    """``text`` that every output takes: what is no Unicode (in a file's name, say) as its code."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def write_summary(path: Path, values: dict[str, Any]) -> str:
    """Write JSON that tells when it was changed, for ``read_summary``; returns its content hash."""
    sealed = values | {SEAL: content_hash(values)}
    path.write_text(_text_of(sealed), encoding="utf-8")
    return content_hash(sealed)


def read_summary(path: Path) -> dict[str, Any]:
    """What ``write_summary`` wrote. Summaries without a seal, which are older, pass as they are.

    Raises:
        OSError: it cannot be read.
        ValueError: it is too large, not JSON, ambiguous, or not what was written.
    """
    if not is_file_safely(path):  # a pipe would be waited for
        raise FileNotFoundError(ENOENT, "it is no file", str(path))
    with path.open("rb") as file:
        content = file.read(_LARGEST_SUMMARY + 1)
    if len(content) > _LARGEST_SUMMARY:
        raise ValueError(f"it has more than {_LARGEST_SUMMARY:,} bytes")
    try:
        values = json.loads(content.decode("utf-8"), object_pairs_hook=_once_each, **_NUMBERS)
        if not isinstance(values, dict):
            raise ValueError("it is no JSON object")
        sealed = {key: value for key, value in values.items() if key != SEAL}
        if SEAL in values and values[SEAL] != content_hash(sealed):
            raise ValueError("it is not what was written: its sha256 differs")
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
    return values


def content_hash(values: dict[str, Any]) -> str:
    """sha256 of a summary's content: that of the file as it was written, whatever became of its
    line ends."""
    return sha256(_text_of(values).encode("utf-8")).hexdigest()


def _text_of(values: dict[str, Any]) -> str:
    return json.dumps(values, indent=2, ensure_ascii=False) + "\n"


def _once_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    values = dict(pairs)
    if len(values) < len(pairs):
        raise ValueError("a key stands in it twice")
    return values


def _finite(text: str) -> float:
    if not math.isfinite(number := float(text)):
        raise ValueError(f"{text} is no number to count with")
    return number


_NUMBERS: dict[str, Any] = {"parse_float": _finite, "parse_constant": _finite}

"""Files and folders: written whole or not at all, and asked about without a surprise."""

from __future__ import annotations

import os
import shutil
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd
    from torch import Tensor


@contextmanager
def atomic_folder(path: Path) -> Iterator[Path]:
    """A folder to fill that appears at ``path`` when all is well, and not at all otherwise."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = Path(tempfile.mkdtemp(prefix=f".{path.name}-", suffix=".partial", dir=path.parent))
    try:
        yield partial
        partial.chmod(0o755)
        partial.rename(path)
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        raise


def write_atomic(path: Path, text: str) -> None:
    """Write a small file; whoever reads it meets the old text or the new one, nothing between."""
    partial = path.with_name(f".{path.name}-{os.getpid()}.partial")
    partial.write_text(text, encoding="utf-8")
    partial.replace(path)


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

"""Files and folders that appear whole or not at all; hashes of files."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from itda_core.files.paths import exists_safely, is_file_safely, resolve_safely

if TYPE_CHECKING:
    import pandas as pd
    from torch import Tensor


def partial_beside(path: Path) -> Path:
    """A new folder beside ``path``, to be filled and renamed."""
    return Path(tempfile.mkdtemp(prefix=f".{path.name}-", suffix=".partial", dir=path.parent))


@contextmanager
def atomic_folder(path: Path) -> Iterator[Path]:
    """A folder to fill that appears at ``path`` when all is well, and not at all otherwise."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = partial_beside(path)
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

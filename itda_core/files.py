"""Writing to disk so that a killed or failed program leaves nothing half-written."""

from __future__ import annotations

import json
import math
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from errno import ENOENT
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd
    from torch import Tensor

SEAL = "sha256"
"""Last key of a summary such as ``dictionary.json``: the hash of all its other keys."""
_LARGEST_SUMMARY = 1 << 20
"""Bytes; one of a thousandth of this is usual."""


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
    if not path.is_file():  # a pipe would be waited for
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

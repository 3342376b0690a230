"""Tables that somebody else may have written: read as they should be, or refused in one line.

A table is declared once, as columns; writing, reading and checking go by that.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    import pyarrow as pa

LARGEST = 2**31 - 1
"""Of counts and places, which others keep in 32 bits."""


class Kind(NamedTuple):
    """What a column holds."""

    about: str
    """For people."""
    types: tuple[str, ...]
    """Names of Arrow types that hold it."""
    is_text: bool = False


_INTEGERS = ("int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64")
WHOLE = Kind("whole numbers", _INTEGERS)
NUMBER = Kind("numbers", ("float", "double"))
TEXT = Kind("text", ("string", "large_string"), is_text=True)


class Column(NamedTuple):
    """One column of a table on disk."""

    name: str
    kind: Kind
    least: float = -math.inf
    most: float = math.inf
    """Least and largest value, both included. Infinity and NaN never are."""
    is_list: bool = False
    """Whether a row holds several values."""
    may_lack: bool = False
    """Whether a value may be missing (null or NaN)."""
    group: str = ""
    """Columns of a group are all there or none; "": it must be there."""


def read_table(path: Path, columns: Sequence[Column], n_rows: int | None = None) -> pd.DataFrame:
    """The ``columns`` of a Parquet file, and no others.

    Raises:
        ValueError: it has not ``n_rows`` rows, lacks a column, or one holds other values than
            declared; whatever Arrow raises where it is no Parquet file at all.
    """
    import pyarrow.parquet as pq

    with pq.ParquetFile(path) as file:
        if n_rows is not None and file.metadata.num_rows != n_rows:
            raise ValueError(
                f"{path.name} has {file.metadata.num_rows:,} rows, expected {n_rows:,}"
            )
        here = present(file.schema_arrow, columns, path.name)
        for column in here if file.metadata.num_rows else ():  # no values, no types
            _check_type(file.schema_arrow.field(column.name).type, column, path.name)
        table = file.read([column.name for column in here])
    table.validate(full=True)
    for column in here if len(table) else ():
        _check_values(table[column.name], column, path.name)
    return table.to_pandas(ignore_metadata=True)


def present(schema: pa.Schema, columns: Sequence[Column], file: str) -> list[Column]:
    """Those of ``columns`` that a file has; ValueError where it lacks one that it must have."""
    counts = Counter(schema.names)
    twice = [column.name for column in columns if counts[column.name] > 1]
    if twice:
        raise ValueError(f"{file} has two columns {twice[0]}")
    groups = {column.group for column in columns if counts[column.name] and column.group}
    lacking = [
        column.name
        for column in columns
        if not counts[column.name] and (not column.group or column.group in groups)
    ]
    if lacking:
        raise ValueError(f"{file} lacks {', '.join(lacking)}")
    return [column for column in columns if counts[column.name]]


def _check_type(kind: pa.DataType, column: Column, file: str) -> None:
    import pyarrow as pa

    is_list = pa.types.is_list(kind) or pa.types.is_large_list(kind)
    held = kind.value_type if is_list else kind
    if is_list != column.is_list or str(held) not in column.kind.types:
        expected = f"{'lists of ' if column.is_list else ''}{column.kind.about}"
        raise ValueError(f"{column.name} in {file} is {str(kind)[:60]}, expected {expected}")


def _check_values(values: pa.ChunkedArray, column: Column, file: str) -> None:
    import numpy as np
    import pyarrow.compute as pc

    where = f"{column.name} in {file}"
    flat = pc.list_flatten(values) if column.is_list else values
    lacks = values.null_count + (flat.null_count if column.is_list else 0)
    if lacks and not column.may_lack:
        raise ValueError(f"{where} lacks {lacks:,} of its values")
    if column.kind.is_text or not len(flat):
        return
    numbers = flat.drop_null().to_numpy()
    if column.may_lack:
        numbers = numbers[~np.isnan(numbers)]
    check_range(numbers, column.least, column.most, where)


def check_range(values: np.ndarray, least: float, most: float, where: str) -> None:
    """ValueError unless all of ``values`` are finite and from ``least`` to ``most``."""
    import numpy as np

    off = ~((values >= least) & (values <= most)) | ~np.isfinite(values)
    if off.any():
        expected = f"{_written(least)} to {_written(most)}"
        raise ValueError(f"{where} holds {values[off][0]}, expected {expected}")


def _written(bound: float) -> Any:
    return bound if math.isfinite(bound) else "any number"

"""The columns of statistics as they stand on disk: what each is called there and how it is packed.

On disk the tables are a third of what they are in memory: floats are rounded to the digits that
anybody reads, and the places of tokens are lengths and gaps, which compress.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

if TYPE_CHECKING:
    import pandas as pd

_FRACTION_BITS = 11
"""Of a float on disk: 3 to 4 digits."""
_SHADING_BITS = 6
"""Of coefficients that only become a shade of colour."""
_EXAMPLE_BITS = 8
"""Of the coefficient of a context and of logits: 2 to 3 digits."""


class Column(NamedTuple):
    """One column of a table."""

    name: str
    """In memory."""
    stored: str
    """On disk."""
    pack: Callable[[pd.DataFrame], Any]
    """Table in memory -> the column on disk."""
    unpack: Callable[[pd.DataFrame], Any]
    """Table on disk -> the column in memory."""


def pack(table: pd.DataFrame, columns: tuple[Column, ...]) -> pd.DataFrame:
    """``table`` as it stands on disk; columns that it lacks are left out."""
    here = [column for column in columns if column.name in table]
    return type(table)({column.stored: column.pack(table) for column in here})


def unpack(table: pd.DataFrame, columns: tuple[Column, ...]) -> pd.DataFrame:
    """The table in memory of one from disk.

    Columns under their name in memory were stored as they are, which older files did more often.
    """
    values = {}
    for column in columns:
        if column.stored in table:
            values[column.name] = column.unpack(table)
        elif column.name in table:
            values[column.name] = table[column.name]
    return type(table)(values)


def _plain(name: str) -> Column:
    """Stored as it is."""
    return Column(name, name, lambda table: table[name], lambda table: table[name])


def _number(name: str, bits: int = _FRACTION_BITS) -> Column:
    """A number a row, rounded."""
    return _plain(name)._replace(pack=lambda table: _rounded(table[name].to_numpy(), bits))


def _numbers(name: str, bits: int = _EXAMPLE_BITS) -> Column:
    """Several numbers a row, rounded."""
    return _plain(name)._replace(pack=lambda table: [_rounded(row, bits) for row in table[name]])


def _shift(name: str, stored: str, base: str) -> Column:
    """A number as its difference to that of ``base``, which most often is 0."""
    return Column(
        name,
        stored,
        lambda table: table[name] - table[base],
        lambda table: table[stored] + table[base],
    )


def _steps(name: str, stored: str) -> Column:
    """Rising numbers as their differences."""
    return Column(
        name,
        stored,
        lambda table: [np.diff(row, prepend=0).astype(np.int16) for row in table[name]],
        lambda table: _sums(table[stored]),
    )


_SPANS = (
    Column(
        "starts",
        "gaps",
        lambda table: [
            starts - np.concatenate([[0], ends[:-1]])[: len(starts)]
            for starts, ends in zip(table["starts"], table["ends"], strict=True)
        ],
        lambda table: _ends(table) - table["lengths"],
    ),
    Column(
        "ends",
        "lengths",
        lambda table: [
            ends - starts for starts, ends in zip(table["starts"], table["ends"], strict=True)
        ],
        lambda table: _ends(table),
    ),
)
"""Where tokens start and end, as the gap before each and its length."""


def _ends(table: pd.DataFrame) -> pd.Series:
    import pandas as pd

    lengths = table["lengths"]
    kind = lengths.iloc[0].dtype if len(lengths) else None
    return pd.Series(_sums(table["gaps"] + lengths, kind), index=table.index, dtype=object)


COLUMNS: dict[str, tuple[Column, ...]] = {
    "atoms": (
        _plain("atom"),
        _plain("count"),
        _number("density"),
        _number("positive"),
        _number("mean_coefficient"),
        _number("max_coefficient"),
        _number("min_coefficient"),
        _plain("token"),
        _number("token_share"),
        _plain("tag"),
        _number("tag_share"),
        _number("tag_base"),
        _number("x"),
        _number("y"),
        _plain("histogram"),
        _plain("partners"),
        _numbers("partner_jaccard"),
        _plain("top_tokens"),
        _numbers("top_logits"),
        _plain("bottom_tokens"),
        _numbers("bottom_logits"),
    ),
    "contexts": (
        _plain("atom"),
        _plain("range"),
        _plain("prompt_id"),
        _plain("token_index"),
        _shift("place", "place_shift", "token_index"),
        _number("coefficient", _EXAMPLE_BITS),
        _plain("tags"),
        _steps("places", "place_gaps"),
        _numbers("coefficients", _SHADING_BITS),
    ),
    "prompts": (_plain("prompt_id"), _plain("text"), _plain("source"), *_SPANS),
}
"""Of each table, in the order in which they stand on disk. A new column is a line here."""


def _sums(rows: pd.Series, kind: np.dtype | None = None) -> list[np.ndarray]:
    """The running sums of each row, as ``kind`` or as the rows are.

    In one go: there are tens of thousands of rows.
    """
    if not len(rows):
        return []
    lengths = np.fromiter(map(len, rows), np.int64, len(rows))
    flat = np.concatenate(rows.to_list())
    sums = np.cumsum(flat, dtype=np.int64)
    starts = np.cumsum(lengths) - lengths
    before = np.where(starts > 0, sums[starts - 1], 0) if len(sums) else np.zeros_like(starts)
    sums -= np.repeat(before, lengths)
    return np.split(sums.astype(kind or flat.dtype), starts[1:])


def _rounded(values: np.ndarray, bits: int) -> np.ndarray:
    """float32 with ``bits`` bits of fraction, to nearest."""
    raw = np.ascontiguousarray(values, np.float32).view(np.uint32)
    half = np.uint32(1 << (22 - bits))
    mask = np.uint32(0xFFFFFFFF << (23 - bits) & 0xFFFFFFFF)
    return ((raw + half) & mask).view(np.float32)

"""The columns of statistics on disk: what each is called there, how packed, and what it may hold.

On disk the tables are a third of what they are in memory: floats are rounded to the digits that
anybody reads, and the places of tokens are lengths and gaps, which compress.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import inf
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from itda_core.dictionary.columns import LARGEST, NUMBER, TEXT, WHOLE, Column, Kind

if TYPE_CHECKING:
    import pandas as pd

_FRACTION_BITS = 11
"""Of a float on disk: 3 to 4 digits."""
_SHADING_BITS = 6
"""Of coefficients that only become a shade of colour."""
_EXAMPLE_BITS = 8
"""Of the coefficient of a context and of logits: 2 to 3 digits."""


class Packed(NamedTuple):
    """One column of a table."""

    name: str
    """In memory."""
    stored: Column
    """On disk."""
    pack: Callable[[pd.DataFrame], Any]
    """Table in memory -> the column on disk."""
    unpack: Callable[[pd.DataFrame], Any]
    """Table on disk -> the column in memory."""


def pack(table: pd.DataFrame, columns: tuple[Packed, ...]) -> pd.DataFrame:
    """``table`` as it stands on disk; columns that it lacks are left out."""
    here = [column for column in columns if column.name in table]
    return type(table)({column.stored.name: column.pack(table) for column in here})


def unpack(table: pd.DataFrame, columns: tuple[Packed, ...]) -> pd.DataFrame:
    """The table in memory of one from disk.

    Columns under their name in memory were stored as they are, which older files did more often.
    """
    values = {}
    for column in columns:
        if column.stored.name in table:
            values[column.name] = column.unpack(table)
        elif column.name in table:
            values[column.name] = table[column.name]
    return type(table)(values)


def on_disk(columns: Sequence[Packed], names: Sequence[str]) -> list[Column]:
    """``columns`` as a file with columns of these ``names`` has them; see ``unpack``."""
    return [
        column.stored._replace(name=column.name)
        if column.name in names and column.stored.name not in names
        else column.stored
        for column in columns
    ]


def _plain(name: str, kind: Kind, least: float = -inf, most: float = inf, **more: Any) -> Packed:
    """Stored as it is."""
    stored = Column(name, kind, least, most, **more)
    return Packed(name, stored, lambda table: table[name], lambda table: table[name])


def _number(name: str, *range_: float, bits: int = _FRACTION_BITS, **more: Any) -> Packed:
    """A number a row, rounded."""
    plain = _plain(name, NUMBER, *range_, **more)
    return plain._replace(pack=lambda table: _rounded(table[name].to_numpy(), bits))


def _numbers(name: str, *range_: float, bits: int = _EXAMPLE_BITS, **more: Any) -> Packed:
    """Several numbers a row, rounded."""
    plain = _plain(name, NUMBER, *range_, is_list=True, **more)
    return plain._replace(pack=lambda table: [_rounded(row, bits) for row in table[name]])


def _shift(name: str, stored: str, base: str) -> Packed:
    """A number as its difference to that of ``base``, which most often is 0."""
    return Packed(
        name,
        Column(stored, WHOLE, -LARGEST, LARGEST),
        lambda table: table[name] - table[base],
        lambda table: table[stored] + table[base],
    )


def _steps(name: str, stored: str) -> Packed:
    """Rising numbers as their differences."""
    return Packed(
        name,
        Column(stored, WHOLE, 0, LARGEST, is_list=True),
        lambda table: [np.diff(row, prepend=0).astype(np.int16) for row in table[name]],
        lambda table: _sums(table[stored]),
    )


_SPANS = (
    Packed(
        "starts",
        Column("gaps", WHOLE, -LARGEST, LARGEST, is_list=True),
        lambda table: [
            starts - np.concatenate([[0], ends[:-1]])[: len(starts)]
            for starts, ends in zip(table["starts"], table["ends"], strict=True)
        ],
        lambda table: _ends(table) - table["lengths"],
    ),
    Packed(
        "ends",
        Column("lengths", WHOLE, 0, LARGEST, is_list=True),
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


_EFFECTS: dict[str, Any] = {"group": "effects on predictions"}
_TAGS: dict[str, Any] = {"group": "tags"}
COLUMNS: dict[str, tuple[Packed, ...]] = {
    "atoms": (
        _plain("atom", WHOLE, 0, LARGEST),
        _plain("count", WHOLE, 0),
        _number("density", 0, 1),
        _number("positive", 0, 1),
        _number("mean_coefficient", 0),
        _number("max_coefficient", 0),
        _number("min_coefficient", -inf, 0),
        _plain("token", TEXT),
        _number("token_share", 0, 1),
        _plain("tag", TEXT, **_TAGS),
        _number("tag_share", 0, 1, **_TAGS),
        _number("tag_base", 0, 1, **_TAGS),
        _number("x"),
        _number("y"),
        _plain("histogram", WHOLE, 0, is_list=True),
        _plain("partners", WHOLE, 0, LARGEST, is_list=True),
        _numbers("partner_jaccard", 0, 1),
        _plain("top_tokens", TEXT, is_list=True, **_EFFECTS),
        _numbers("top_logits", **_EFFECTS),
        _plain("bottom_tokens", TEXT, is_list=True, **_EFFECTS),
        _numbers("bottom_logits", **_EFFECTS),
    ),
    "contexts": (
        _plain("atom", WHOLE, 0, LARGEST),
        _plain("range", TEXT),
        _plain("prompt_id", TEXT),
        _plain("token_index", WHOLE, 0, LARGEST),
        _shift("place", "place_shift", "token_index"),
        _number("coefficient", bits=_EXAMPLE_BITS),
        _plain("tags", TEXT),
        _steps("places", "place_gaps"),
        _numbers("coefficients", bits=_SHADING_BITS),
    ),
    "prompts": (_plain("prompt_id", TEXT), _plain("text", TEXT), _plain("source", TEXT), *_SPANS),
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

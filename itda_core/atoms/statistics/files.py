"""Statistics on disk: the folder ``statistics`` inside a dictionary's folder."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from itda_core.errors import InputError
from itda_core.files import atomic_folder, write_table

if TYPE_CHECKING:
    import pandas as pd

Tables = TypeVar("Tables")

FORMAT_VERSION = 1
FOLDER = "statistics"
TABLES = ("atoms", "contexts", "prompts")


@dataclass(frozen=True)
class Statistics:
    """What a dictionary's atoms do on held-out text."""

    head: dict[str, Any]
    """What they are of and how they were made: dictionary (its fingerprint), corpus, tokens, ..."""
    atoms: pd.DataFrame
    """One row an atom, in order: see ``statistics.atoms``, with ``x`` and ``y`` of the map,
    ``histogram``, ``partners`` with their ``partner_jaccard``, and, for causal models,
    ``top_tokens``, ``top_logits``, ``bottom_tokens``, ``bottom_logits``; ``tag``, ``tag_share``
    and ``tag_base`` where the corpus has tags."""
    contexts: pd.DataFrame
    """Examples of use: see ``statistics.contexts``."""
    prompts: pd.DataFrame
    """prompt_id, text, source of the prompts that contexts name; ``starts`` and ``ends``:
    characters of their kept tokens."""


def save_statistics(statistics: Statistics, dictionary: str | Path) -> Path:
    """Write ``statistics`` into the folder of its dictionary, in the place of older ones."""
    target = Path(dictionary) / FOLDER
    fresh = target.with_name(FOLDER + ".new")
    shutil.rmtree(fresh, ignore_errors=True)
    with atomic_folder(fresh) as aside:
        for name in TABLES:
            _write(getattr(statistics, name), aside / f"{name}.parquet")
        files = {p.name: sha256(p.read_bytes()).hexdigest() for p in sorted(aside.iterdir())}
        head = {"format_version": FORMAT_VERSION, **statistics.head, "files": files}
        (aside / "statistics.json").write_text(
            json.dumps(head, indent=2, ensure_ascii=False) + "\n", encoding="utf-8"
        )
    shutil.rmtree(target, ignore_errors=True)
    fresh.rename(target)
    return target


def load_statistics(dictionary: str | Path, fingerprint: str = "") -> Statistics | None:
    """The statistics in a dictionary's folder; None where there are none.

    Args:
        dictionary: the dictionary's folder.
        fingerprint: of the dictionary as loaded; statistics of another are refused.

    Raises:
        InputError: damaged, of a newer format, or of another dictionary.
    """
    found = _opened(
        dictionary, fingerprint, lambda folder: [_read(folder / f"{n}.parquet") for n in TABLES]
    )
    return None if found is None else Statistics(found[0], *found[1])


def load_numbers(
    dictionary: str | Path, fingerprint: str, columns: Sequence[str]
) -> pd.DataFrame | None:
    """Some ``columns`` of ``Statistics.atoms``, those that there are: much faster than all.

    None and InputError as for ``load_statistics``; damage in what is not read shows as well.
    """

    def read(folder: Path) -> pd.DataFrame:
        import pyarrow.parquet as pq

        file = pq.ParquetFile(folder / "atoms.parquet")
        there = [name for name in columns if name in file.schema_arrow.names]
        return file.read(there).to_pandas()

    found = _opened(dictionary, fingerprint, read)
    return None if found is None else found[1]


def has_statistics(dictionary: str | Path, fingerprint: str) -> bool:
    """Whether there are statistics of this very dictionary; damage shows when they are read."""
    try:
        head = json.loads((Path(dictionary) / FOLDER / "statistics.json").read_text("utf-8"))
        return bool(head["dictionary"] == fingerprint and head["format_version"] == FORMAT_VERSION)
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return False


def _opened(
    dictionary: str | Path, fingerprint: str, read: Callable[[Path], Tables]
) -> tuple[dict[str, Any], Tables] | None:
    """The head of a dictionary's statistics, all files checked, and what ``read`` gets of them."""
    folder = Path(dictionary) / FOLDER
    again = "compute them again"
    if not folder.is_dir():
        return None
    try:
        head = json.loads((folder / "statistics.json").read_text(encoding="utf-8"))
        version, files = head["format_version"], head["files"]
        if version != FORMAT_VERSION:
            raise InputError(
                f"{folder} has format {version}, this program reads {FORMAT_VERSION}; {again}"
            )
        if fingerprint and head["dictionary"] != fingerprint:
            raise InputError(f"{folder} is of another dictionary than the one beside it; {again}")
        for name in TABLES:
            file = folder / f"{name}.parquet"
            if sha256(file.read_bytes()).hexdigest() != files[file.name]:
                raise InputError(f"{file} is not what was written (its sha256 differs); {again}")
        return head, read(folder)
    except InputError:
        raise
    except Exception as error:
        raise InputError(f"{folder} is damaged ({str(error)[:100]}); {again}") from error


# On disk the tables are a third of what they are in memory: floats are rounded to the digits that
# anybody reads, and the places of tokens are lengths and gaps, which compress.

_FRACTION_BITS = 11
"""Of a float on disk: 3 to 4 digits."""
_SHADING_BITS = 6
"""Of coefficients that only become a shade of colour."""
_EXAMPLE_BITS = 8
"""Of the coefficient of a context and of logits: 2 to 3 digits."""


def _write(table: pd.DataFrame, path: Path) -> None:
    columns: dict[str, Any] = {}
    for name in table.columns:
        column = table[name]
        if name == "ends":
            continue
        if name == "place":  # most often the token's index itself
            columns["place_shift"] = column - table["token_index"]
            continue
        if name == "places":
            columns["place_gaps"] = [np.diff(row, prepend=0).astype(np.int16) for row in column]
            continue
        if name == "starts":
            ends = table["ends"]
            columns["gaps"] = [
                s - np.concatenate([[0], e[:-1]])[: len(s)]
                for s, e in zip(column, ends, strict=True)
            ]
            columns["lengths"] = [e - s for s, e in zip(column, ends, strict=True)]
        elif name == "coefficients":
            columns[name] = [_rounded(row, _SHADING_BITS) for row in column]
        elif name == "coefficient":
            columns[name] = _rounded(column.to_numpy(), _EXAMPLE_BITS)
        elif column.dtype.kind == "f":
            columns[name] = _rounded(column.to_numpy(), _FRACTION_BITS)
        elif name.endswith(("_logits", "_jaccard")):
            columns[name] = [_rounded(row, _EXAMPLE_BITS) for row in column]
        else:
            columns[name] = column
    write_table(path, type(table)(columns))


def _read(path: Path) -> pd.DataFrame:
    import pandas as pd

    table = pd.read_parquet(path)
    if "place_shift" in table:
        table["place"] = table.pop("place_shift") + table["token_index"]
    if "place_gaps" in table:
        table["places"] = _sums(table.pop("place_gaps"))
    if "gaps" in table:
        gaps, lengths = table.pop("gaps"), table.pop("lengths")
        table["ends"] = _sums(gaps + lengths)
        table["starts"] = table["ends"] - lengths
        table = table[[c for c in table if c != "ends"] + ["ends"]]
    return table


def _sums(rows: pd.Series) -> list[np.ndarray]:
    """The running sums of each row, in one go: there are tens of thousands of rows."""
    if not len(rows):
        return []
    lengths = np.fromiter(map(len, rows), np.int64, len(rows))
    flat = np.concatenate(rows.to_list())
    sums = np.cumsum(flat, dtype=np.int64)
    starts = np.cumsum(lengths) - lengths
    before = np.where(starts > 0, sums[starts - 1], 0) if len(sums) else np.zeros_like(starts)
    sums -= np.repeat(before, lengths)
    return np.split(sums.astype(flat.dtype), starts[1:])


def _rounded(values: np.ndarray, bits: int) -> np.ndarray:
    """float32 with ``bits`` bits of fraction, to nearest."""
    raw = np.ascontiguousarray(values, np.float32).view(np.uint32)
    half = np.uint32(1 << (22 - bits))
    mask = np.uint32(0xFFFFFFFF << (23 - bits) & 0xFFFFFFFF)
    return ((raw + half) & mask).view(np.float32)

"""Statistics on disk: the folder ``statistics`` inside a dictionary's folder."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from itda_core.atoms.statistics.checks import (
    check_atoms,
    check_contexts,
    check_numbers,
    check_summary,
)
from itda_core.atoms.statistics.columns import COLUMNS, Packed, on_disk, pack, unpack
from itda_core.dictionary import read_head, untrusted
from itda_core.dictionary.columns import read_table
from itda_core.dictionary.folder import STATISTICS, reason
from itda_core.errors import InputError
from itda_core.files import (
    atomic_folder,
    content_hash,
    is_folder_safely,
    read_summary,
    sha256_of,
    write_summary,
    write_table,
)

if TYPE_CHECKING:
    import pandas as pd

FORMAT_VERSION = 1
FOLDER, SUMMARY = STATISTICS.split("/")
_AGAIN = "compute them again"
_LARGEST_ROW = 1 << 17
"""Bytes in a table for an atom: one of a hundredth of this is usual."""


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
        for name, columns in COLUMNS.items():
            write_table(aside / f"{name}.parquet", pack(getattr(statistics, name), columns))
        files = {p.name: sha256_of(p) for p in sorted(aside.iterdir())}
        head = {"format_version": FORMAT_VERSION, **statistics.head, "files": files}
        summary_hash = write_summary(aside / SUMMARY, head)
    shutil.rmtree(target, ignore_errors=True)
    fresh.rename(target)
    untrusted.vouch(summary_hash)
    return target


def load_statistics(dictionary: str | Path, fingerprint: str = "") -> Statistics | None:
    """The statistics in a dictionary's folder; None where there are none.

    Args:
        dictionary: the dictionary's folder.
        fingerprint: of the dictionary as loaded, if it is; statistics of another are refused.

    Raises:
        InputError: damaged, of a newer format, of another dictionary, or without sense.
    """

    found = _checked(Path(dictionary), fingerprint)
    return None if found is None else _read(Path(dictionary) / FOLDER, found)


def load_numbers(
    dictionary: str | Path, fingerprint: str, columns: Sequence[str]
) -> pd.DataFrame | None:
    """Some ``columns`` of ``Statistics.atoms``, those of them that it has: much faster than all.

    None and InputError as for ``load_statistics``; damage in what is not read shows as well.
    """

    summary = _checked(Path(dictionary), fingerprint)
    if summary is None:
        return None
    folder = Path(dictionary) / FOLDER
    wanted = [column for column in COLUMNS["atoms"] if column.name in columns]
    with _one_line(folder):
        found = _read_table(folder, "atoms", wanted, summary["n_atoms"])
        check_numbers(found, summary)
        return found[[name for name in columns if name in found]]


def has_statistics(dictionary: str | Path, fingerprint: str) -> bool:
    """Whether there are statistics of this very dictionary; damage shows when they are read."""
    try:
        head = read_summary(Path(dictionary) / FOLDER / SUMMARY)
    except (OSError, ValueError):
        return False
    return bool(
        head.get("dictionary") == fingerprint and head.get("format_version") == FORMAT_VERSION
    )


def open_apart(dictionary: Path, fingerprint: str = "") -> dict[str, Any] | None:
    """Let a process of its own open statistics that were not made here.

    What they say of themselves, None where there are none; InputError as for ``load_statistics``.
    """
    summary = _summary_of(dictionary, fingerprint)
    if summary is not None:
        untrusted.ensure_opens(dictionary, content_hash(summary), open_here)
    return summary


def open_here(dictionary: Path) -> None:
    """Read and check the statistics in a dictionary's folder; InputError says what is wrong."""
    summary = _summary_of(dictionary, "")
    if summary is not None:
        _check_hashes(dictionary / FOLDER, summary)
        _read(dictionary / FOLDER, summary)


def _checked(dictionary: Path, fingerprint: str) -> dict[str, Any] | None:
    """What statistics say of themselves, once all of it is known to be sound; None without any."""
    summary = open_apart(dictionary, fingerprint)
    if summary is not None:
        _check_hashes(dictionary / FOLDER, summary)
    return summary


def _summary_of(dictionary: Path, fingerprint: str) -> dict[str, Any] | None:
    """What statistics say of themselves, their format checked and whose they are."""
    folder = dictionary / FOLDER
    if not is_folder_safely(folder):
        return None
    of = read_head(dictionary)
    with _one_line(folder):
        summary = read_summary(folder / SUMMARY)
        version = summary.get("format_version")
        if version != FORMAT_VERSION:
            raise InputError(
                f"{folder} has format {version}, this program reads {FORMAT_VERSION}; {_AGAIN}"
            )
        if summary.get("dictionary") != (fingerprint or of.fingerprint):
            raise InputError(f"{folder} is of another dictionary than the one beside it; {_AGAIN}")
        check_summary(summary, of)
        return summary


def _check_hashes(folder: Path, summary: dict[str, Any]) -> None:
    """InputError unless the tables are of a size that they may have, and as they were written."""
    most = _LARGEST_ROW * (summary["n_atoms"] + 16)
    with _one_line(folder):
        for name in COLUMNS:
            file = folder / f"{name}.parquet"
            if file.stat().st_size > most:
                raise InputError(f"{file} is larger than so few atoms' can be; {_AGAIN}")
            if sha256_of(file) != summary["files"][file.name]:
                raise InputError(f"{file} is not what was written (its sha256 differs); {_AGAIN}")


def _read(folder: Path, summary: dict[str, Any]) -> Statistics:
    """All tables of statistics; InputError where one makes no sense."""
    n_atoms = summary["n_atoms"]
    with _one_line(folder):
        atoms = _read_table(folder, "atoms", COLUMNS["atoms"], n_atoms)
        contexts, prompts = (
            _read_table(folder, name, COLUMNS[name]) for name in ("contexts", "prompts")
        )
        check_atoms(atoms, summary)
        check_contexts(contexts, prompts, n_atoms)
    return Statistics(summary, atoms, contexts, prompts)


def _read_table(
    folder: Path, name: str, columns: Sequence[Packed], n_rows: int | None = None
) -> pd.DataFrame:
    import pyarrow.parquet as pq

    file = folder / f"{name}.parquet"
    stored = on_disk(columns, pq.read_schema(file).names)
    return unpack(read_table(file, stored, n_rows), tuple(columns))


@contextmanager
def _one_line(folder: Path) -> Iterator[None]:
    """Whatever goes wrong with statistics is an InputError that names them."""
    try:
        yield
    except InputError:
        raise
    except Exception as error:
        raise InputError(f"{folder} is damaged ({reason(error)}); {_AGAIN}") from error

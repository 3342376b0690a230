"""Statistics on disk: the folder ``statistics`` inside a dictionary's folder."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from itda_core.atoms.statistics.columns import COLUMNS, pack, unpack
from itda_core.errors import InputError
from itda_core.files import atomic_folder, is_folder_safely, write_table

if TYPE_CHECKING:
    import pandas as pd

Tables = TypeVar("Tables")

FORMAT_VERSION = 1
FOLDER = "statistics"


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

    def read(folder: Path) -> dict[str, pd.DataFrame]:
        import pandas as pd

        return {
            name: unpack(pd.read_parquet(folder / f"{name}.parquet"), columns)
            for name, columns in COLUMNS.items()
        }

    opened = _opened(dictionary, fingerprint, read)
    return None if opened is None else Statistics(opened[0], **opened[1])


def load_numbers(
    dictionary: str | Path, fingerprint: str, columns: Sequence[str]
) -> pd.DataFrame | None:
    """Some ``columns`` of ``Statistics.atoms``, those of them that it has: much faster than all.

    None and InputError as for ``load_statistics``; damage in what is not read shows as well.
    """

    def read(folder: Path) -> pd.DataFrame:
        import pyarrow.parquet as pq

        file = pq.ParquetFile(folder / "atoms.parquet")
        stored = [name for name in columns if name in file.schema_arrow.names]
        return file.read(stored).to_pandas()

    opened = _opened(dictionary, fingerprint, read)
    return None if opened is None else opened[1]


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
    if not is_folder_safely(folder):
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
        for name in COLUMNS:
            file = folder / f"{name}.parquet"
            if sha256(file.read_bytes()).hexdigest() != files[file.name]:
                raise InputError(f"{file} is not what was written (its sha256 differs); {again}")
        return head, read(folder)
    except InputError:
        raise
    except Exception as error:
        raise InputError(f"{folder} is damaged ({str(error)[:100]}); {again}") from error

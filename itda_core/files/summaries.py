"""Summaries in JSON that tell when they were changed."""

from __future__ import annotations

import json
import math
from errno import ENOENT
from hashlib import sha256
from pathlib import Path
from typing import Any

from itda_core.files.paths import is_file_safely

SEAL = "sha256"
"""Last key of a summary such as ``dictionary.json``: the hash of all its other keys."""
_LARGEST_SUMMARY = 1 << 20
"""Bytes; one of a thousandth of this is usual."""


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

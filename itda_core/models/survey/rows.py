"""What a survey finds out of an architecture: a row, and the file that keeps rows."""

from __future__ import annotations

import json
from pathlib import Path
from typing import NamedTuple

from itda_core.files import is_file_safely

SUPPORTED = "supported"
ONE_LENGTH = "supported, prompts of one length only"
NO_PREDICTIONS = "activations only, no predictions"
REFUSED = "refused"
NOT_TINY = "cannot be made tiny"
FAULT = "fault"
NO_TOKENS = "reads no tokens"

VERDICTS = {
    SUPPORTED: "everything works; one that reads both ways has no next token to predict",
    ONE_LENGTH: "everything works; padding changes activations, so only prompts of one length run "
    "together, which takes longer",
    NO_PREDICTIONS: "causal, and activations are right; there is no output head that works",
    REFUSED: "when it is loaded, one line says why",
    NOT_TINY: "not tried: no small network of random weights could be made",
    FAULT: "a wrong number or a traceback: a fault of this program",
}
"""Verdict -> what it means, in the order of the table's counts."""


class Row(NamedTuple):
    """An architecture, tried."""

    model_type: str
    class_name: str
    transformers: str
    """The version it was tried with."""
    verdict: str
    """One of ``VERDICTS``, or ``NO_TOKENS``: such a row is in no table."""
    reason: str = ""
    """Why it is refused, cannot be made tiny, or is wrong."""
    causal: bool | None = None
    """Whether a token's activations depend on none after it; None where that was not tried."""
    difference: float | None = None
    """The largest relative difference of a token's block output from transformers' own."""


def append(file: Path, row: Row) -> None:
    """Add a row to the file, which need not exist."""
    with file.open("a", encoding="utf-8") as stream:
        stream.write(json.dumps(row._asdict()) + "\n")


def read(file: Path, version: str) -> dict[tuple[str, str], Row]:
    """(model type, class) -> its last row of that version of transformers.

    A line that is no row, such as one cut short by a full disk, counts as not written.
    """
    rows = {}
    if is_file_safely(file):
        for line in file.read_text(encoding="utf-8", errors="replace").splitlines():
            try:
                row = Row(**json.loads(line))
            except (ValueError, TypeError):
                continue
            if row.transformers == version:
                rows[row.model_type, row.class_name] = row
    return rows

"""What a command prints."""

from __future__ import annotations

import json
import math
import sys
from pathlib import Path
from typing import Any


def print_json(document: Any) -> None:
    """One JSON document on stdout; NaN, which JSON lacks, becomes null."""
    unicode = (sys.stdout.encoding or "").lower().replace("-", "") == "utf8"
    print(json.dumps(json_ready(document), ensure_ascii=not unicode))


def printable(text: str) -> str:
    """``text`` without control characters, which a terminal would obey."""
    return "".join(c if c.isprintable() else "\ufffd" for c in text)


def significant(value: float) -> str:
    """Three significant digits, whatever the size: 0.0834, 0.00213, 1,230; - where there is none.

    Losses need that: one of 2 (1 - cos)/d is a few thousandths, one of |x - x_hat|^2 thousands.
    """
    if not math.isfinite(value):
        return "-"
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:#.3g}"


def json_ready(value: Any) -> Any:
    """A document fit for JSON: NaN and infinity become null, a path its text."""
    if isinstance(value, dict):
        return {key: json_ready(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [json_ready(inner) for inner in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, Path):
        return str(value)
    return value

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

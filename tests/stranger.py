"""Python as somebody to whom permissions apply: root, as whom tests may run, reads everything."""

from __future__ import annotations

import ctypes
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
_DROP_FROM_BOUNDING_SET, _DAC_OVERRIDE, _DAC_READ_SEARCH = 24, 1, 2  # prctl(2), capabilities(7)


def obey_permissions() -> None:
    """For ``preexec_fn``: the program started may not pass over permissions, root or not."""
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        libc = ctypes.CDLL(None, use_errno=True)
        for capability in (_DAC_OVERRIDE, _DAC_READ_SEARCH):
            if libc.prctl(_DROP_FROM_BOUNDING_SET, capability, 0, 0, 0):
                raise OSError(ctypes.get_errno(), "cannot give up a capability")


def run_as_stranger(code: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run Python ``code`` from the checkout as somebody to whom permissions apply."""
    return subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env=os.environ | environment,
        preexec_fn=obey_permissions,
        capture_output=True,
        text=True,
        timeout=300,
    )

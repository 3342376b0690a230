"""How much memory is left: for choices that must be made before an allocation fails."""

from __future__ import annotations

import os
from pathlib import Path


def available_bytes() -> int:
    """Main memory that can be had without swapping; a guess of 4 GB where nothing says so."""
    try:
        for line in Path("/proc/meminfo").read_text().splitlines():
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) * 1024
    except OSError:
        pass
    try:
        return os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (ValueError, OSError, AttributeError):
        return 4 << 30

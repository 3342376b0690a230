"""How much memory is left: for choices that must be made before an allocation fails."""

from __future__ import annotations

import os
from pathlib import Path


def available_bytes() -> int:
    """Main memory that can be had without swapping, within a container's limit too."""
    return min(_of_machine(), _of_container())


def _of_container() -> int:
    """What a cgroup still allows (Linux); without a limit, more than any machine has."""
    group = Path("/sys/fs/cgroup")
    try:
        limit = (group / "memory.max").read_text().strip()
        return max(int(limit) - int((group / "memory.current").read_text()), 0)
    except (OSError, ValueError):  # no cgroup, or its limit is "max"
        return 1 << 62


def _of_machine() -> int:
    try:
        for line in Path("/proc/meminfo").read_text().splitlines():
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) * 1024
    except OSError:
        pass
    try:  # macOS tells only what is built in; half of it is a fair guess
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 2
    except (ValueError, OSError, AttributeError):
        return 4 << 30

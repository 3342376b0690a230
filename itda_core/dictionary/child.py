"""The process in which ``untrusted`` opens folders: ``python -m itda_core.dictionary.child``.

It imports what it needs, gives up the right to more memory and time, opens, and answers with its
exit status and a line.
"""

from __future__ import annotations

import os
import sys
from importlib import import_module
from pathlib import Path

from itda_core.errors import InputError
from itda_core.files import is_file_safely

OPENS, REFUSED, TOO_LARGE = 0, 2, 3
"""Exit statuses; any other is a crash."""
ENVIRONMENT = {
    "ARROW_DEFAULT_MEMORY_POOL": "system",  # its own would reserve a gigabyte at once
    "MALLOC_ARENA_MAX": "1",
    "OMP_NUM_THREADS": "1",
    "PYTHONDONTWRITEBYTECODE": "1",
}
"""Address space, of which there will be little, is for what is opened."""


def main(module: str, function: str, folder: str, n_bytes: str, seconds: str) -> int:
    """Call ``function`` of ``module`` with the path of ``folder`` within limits."""
    opens = getattr(import_module(module), function)
    _prepare()
    _limit(int(n_bytes), int(seconds))
    try:
        opens(Path(folder))
    except MemoryError:
        return TOO_LARGE
    except InputError as error:
        sys.stdout.buffer.write(str(error)[:2000].encode("utf-8", "replace"))
        sys.stdout.buffer.flush()
        return REFUSED
    return OPENS


def _prepare() -> None:
    """Import what opening would, and keep it to one thread."""
    import pandas  # noqa: F401
    import pyarrow
    import pyarrow.compute
    import pyarrow.parquet
    import safetensors.torch  # noqa: F401

    pyarrow.set_cpu_count(1)
    pyarrow.set_io_thread_count(1)


def _limit(n_bytes: int, seconds: int) -> None:
    """Take so much more memory and time and no more, where the system can hold us to it.

    Where it cannot (Windows, and memory on macOS), the clock of ``untrusted`` still does.
    """
    try:
        import resource
    except ImportError:
        return
    pages = Path("/proc/self/statm")
    taken = (
        int(pages.read_text().split()[0]) * os.sysconf("SC_PAGE_SIZE")
        if is_file_safely(pages)
        else 0
    )
    limits = {"RLIMIT_CPU": seconds, "RLIMIT_CORE": 0}
    if taken:
        limits["RLIMIT_AS"] = taken + n_bytes
    for name, most in limits.items():
        hard = resource.getrlimit(getattr(resource, name))[1]
        most = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(getattr(resource, name), (most, most))


if __name__ == "__main__":
    # Nothing is left to tidy up, and a library that crashes as it ends would look like the folder.
    status = main(*sys.argv[1:])
    os._exit(status)

"""A process an architecture: one that crashes, hangs or swallows memory costs its row alone."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from itda_core.models.survey.families import Family
from itda_core.models.survey.rows import FAULT, Row

SECONDS, GIGABYTES = 300, 6
"""What one architecture may take."""
_OFFLINE, _ONE = "itda_core.models.survey.offline", "itda_core.models.survey.one"

Work = Callable[[Family, Path], Row]


def try_families(
    families: Iterable[Family], version: str, *, work: Work | None = None, seconds: float = SECONDS
) -> Iterator[Row]:
    """The row of each of ``families``, tried in a process of its own.

    ``work`` is what the process does (by default ``one.try_family``); it must be a function that a
    process can import.
    """
    context = _context(_ONE if work is None else work.__module__)
    for family in families:
        with tempfile.TemporaryDirectory(prefix="survey-") as folder:
            found = _in_a_process(context, work, family, Path(folder), seconds)
        if isinstance(found, Row):
            yield found._replace(transformers=version)
        else:
            yield Row(*family, transformers=version, verdict=FAULT, reason=found)


def _context(module: str) -> Any:
    """Processes that begin with a module imported, where the system can do that."""
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([_OFFLINE, module])
    return context


def _in_a_process(
    context: Any, work: Work | None, family: Family, folder: Path, seconds: float
) -> Row | str:
    """What the process sends; or what became of it."""
    receiving, sending = context.Pipe(duplex=False)
    process = context.Process(
        target=_child, args=(work, family, folder, sending), daemon=True, name=family.key
    )
    process.start()
    sending.close()  # so that the end of the process is the end of the pipe
    try:
        if not receiving.poll(seconds):
            return f"took more than {seconds:g} seconds"
        row: Row = receiving.recv()
        return row
    except EOFError:
        process.join()
        code = process.exitcode or 0
        how = f"signal {signal.Signals(-code).name}" if code < 0 else f"exit status {code}"
        return f"the process ended with {how}"
    finally:
        process.kill()
        process.join()
        receiving.close()


def _child(work: Work | None, family: Family, folder: Path, sending: Connection) -> None:
    """Runs in the process: quiet, and within its memory."""
    quiet = os.open(os.devnull, os.O_WRONLY)
    for stream in (1, 2):
        os.dup2(quiet, stream)
    _limit_memory()
    _limit_threads()
    import itda_core.models.survey.offline  # noqa: F401  where there is no server to import it

    os.environ["ITDA_CACHE"] = str(folder / "cache")  # nothing is known of a model, or kept
    if work is None:
        from itda_core.models.survey.one import try_family

        work = try_family
    model = folder / family.model_type  # what the model is called in messages
    model.mkdir()
    try:
        row = work(family, model)
    except MemoryError:
        raise SystemExit("out of memory") from None
    sending.send(row)


def _limit_memory() -> None:
    """Allocations beyond the limit fail; Windows has no such limit."""
    if sys.platform != "win32":
        import resource

        limit = GIGABYTES << 30
        resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))


def _limit_threads() -> None:
    """Networks so small are slower on several."""
    import torch

    torch.set_num_threads(1)

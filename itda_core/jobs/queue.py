"""The queue: a folder a job, oldest first. Every process that can see the folder sees the queue.

Whoever asks writes ``work.json`` and, to cancel it, an empty file ``cancel``; only the runner
writes ``state.json``, and the command at work ``progress.json`` and ``log.txt``. Whoever can write
into the folder may have put there what he likes, so no path is read from it (``jobs.orders``), no
link in it is followed, and numbers are checked (``jobs.states``).
"""

from __future__ import annotations

import json
import os
import re
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from itda_core.errors import InputError
from itda_core.files import exists_safely, is_link_safely, names_safely, read_small, write_own
from itda_core.jobs.orders import Order, Work, from_document, to_document
from itda_core.jobs.states import PENDING, State, Status, progress_of, state_of

WORK, STATE, CANCEL = "work.json", "state.json", "cancel"
PROGRESS, LOG = "progress.json", "log.txt"
_ID = re.compile(r"[0-9]{20}")


@dataclass(frozen=True)
class Job:
    """One entry of the queue."""

    id: str
    """Rises with the time at which it was asked for."""
    folder: Path
    order: Order
    work: Work
    """What the order comes to."""
    state: State
    progress: dict[str, Any]
    """The newest of the step at work, see ``jobs.progress``; empty before there is any."""

    @property
    def status(self) -> Status:
        """Waiting, running, stopping (cancelled, but not over yet), done, failed, cancelled."""
        return self.state.status

    @property
    def pending(self) -> bool:
        """Whether it will still change."""
        return self.status in PENDING


class Queue:
    """The jobs in ``folder``, which need not exist yet.

    Args:
        folder: holds a folder a job.
        data: where their dictionaries go; by default the folder that ``folder`` is in.
    """

    def __init__(self, folder: Path, data: Path | None = None):
        self.folder = folder
        self.data = folder.parent if data is None else data
        self.passed_over = 0
        """Folders that the last look found to hold something else than a job of this program."""

    def new_folder(self) -> Path:
        """Make a folder for a job's own files; it is no job before ``submit``."""
        number = time.time_ns()
        while True:
            folder = self.folder / f"{number:020d}"
            try:
                folder.mkdir(parents=True)
                return folder
            except FileExistsError:
                if not exists_safely(
                    folder
                ):  # what is in the way is no job, but a link or file above
                    raise
                number += 1  # two people in the same instant

    def discard(self, folder: Path) -> None:
        """Remove a new ``folder`` that no job came of."""
        shutil.rmtree(folder, ignore_errors=True)

    def submit(self, folder: Path, order: Order) -> Job:
        """Queue ``order``; its own files are in ``folder``, which is a ``new_folder``.

        Raises:
            InputError: it cannot be done, what it makes is there, or another job makes it.
        """
        order.check()
        document = json.dumps(to_document(order), indent=1)
        from_document(json.loads(document))  # whatever is queued can be read
        order.check_free(self.data)
        for job in self.all():
            if job.pending and job.order.kind == order.kind == "build":
                for name in set(order.dictionaries).intersection(job.order.dictionaries):
                    raise InputError(f"{name} is being built already; choose another name")
        write_own(folder / WORK, document)
        return Job(folder.name, folder, order, order.work(self.data, folder), State(), {})

    def all(self) -> list[Job]:
        """Every job, in the order asked for."""
        jobs, passed_over = [], 0
        for folder in self._folders():
            job = self._read(folder)
            if job is not None:
                jobs.append(job)
            elif os.path.lexists(folder / WORK):
                passed_over += 1
        self.passed_over = passed_over
        return jobs

    def _folders(self) -> Iterator[Path]:
        for name in names_safely(self.folder):
            folder = self.folder / name
            if _ID.fullmatch(name) and not is_link_safely(folder):
                yield folder

    def cancel(self, job: str) -> None:
        """Cancel it; at once if it waits, else as soon as its command has stopped."""
        for other in self.all():
            if other.id == job and other.pending:
                write_own(other.folder / CANCEL, "")

    def retry(self, job: str) -> None:
        """Queue a failed job again: it goes on from the step, and the checkpoint, it came to."""
        for other in self.all():
            if other.id == job and other.status == "failed":
                self.write(other, State(step=other.state.step, began=other.state.began))

    def remove(self, job: str) -> None:
        """Forget a job that is over, with its files. What it made stays.

        Raises:
            OSError: its folder cannot be removed.
        """
        jobs = self.all()
        names_in_use = {n for other in jobs if other.pending for n in other.order.dictionaries}
        for other in jobs:
            if other.id != job or other.pending:
                continue
            if other.status == "failed" and names_in_use.isdisjoint(other.order.dictionaries):
                remove_leftovers(other)
            shutil.rmtree(other.folder)

    def write(self, job: Job, state: State) -> Job:
        """Note how far the job is; for the runner, as long as the job is not over."""
        write_own(job.folder / STATE, json.dumps(state._asdict()))
        return replace(job, state=state)

    def _read(self, folder: Path) -> Job | None:
        """The job in a folder; None if there is none: it is being made, gone, or unfit."""
        try:
            order = from_document(json.loads(read_small(folder / WORK)))
        except (OSError, ValueError, RecursionError):
            return None
        work = order.work(self.data, folder)
        state = state_of(_json(folder / STATE), len(work.steps))
        job = Job(folder.name, folder, order, work, state, {})
        if job.pending and is_cancelled(job):
            status: Status = "cancelled" if job.status == "waiting" else "stopping"
            job = replace(job, state=state._replace(status=status))
        if job.status == "running":
            job = replace(job, progress=progress_of(_json(folder / PROGRESS)))
        return job


def remove_leftovers(job: Job) -> None:
    """Remove what is of no use once the job will not go on."""
    for path in job.work.leftovers:
        shutil.rmtree(path, ignore_errors=True)  # which refuses a link


def is_cancelled(job: Job) -> bool:
    """Whether somebody asked for an end of it."""
    return os.path.lexists(job.folder / CANCEL)


def _json(path: Path) -> Any:
    """What a file of a job says; None where there is none, and "" for one that cannot be read."""
    try:
        said = json.loads(read_small(path))
        return "" if said is None else said
    except FileNotFoundError:
        return None
    except (OSError, ValueError, RecursionError):
        return ""

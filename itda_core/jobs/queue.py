"""The queue: a folder a job, oldest first. Every process that can see the folder sees the queue.

Whoever asks writes ``work.json`` and, to cancel it, an empty file ``cancel``; only the runner
writes ``state.json``, and the command at work ``progress.json`` and ``log.txt``.
"""

from __future__ import annotations

import json
import shutil
import time
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Literal

from itda_core.errors import InputError
from itda_core.files import write_atomic
from itda_core.jobs.steps import Step

Status = Literal["waiting", "running", "stopping", "done", "failed", "cancelled"]
WORK, STATE, CANCEL = "work.json", "state.json", "cancel"
PROGRESS, LOG = "progress.json", "log.txt"
PENDING = ("waiting", "running", "stopping")


@dataclass(frozen=True)
class Work:
    """What is to be done."""

    title: str
    """For people: what it makes."""
    about: str
    """From what, such as "small-seed0, layer 3 · notes.txt · tau 0.2, L0 20"."""
    kind: Literal["build", "statistics"]
    dictionaries: tuple[str, ...]
    """Names of those it makes or describes."""
    steps: tuple[Step, ...]
    leftovers: tuple[Path, ...] = ()
    """What is of no use once the job is cancelled, such as checkpoints."""
    recipe: str = ""
    """Of two jobs with the same one, the second would do again what the first does; "" of none."""


@dataclass(frozen=True)
class State:
    """How far a job is, as the runner knows it."""

    status: Status = "waiting"
    step: int = 0
    """Place of the step at work in ``Work.steps``."""
    message: str = ""
    """Why it failed, in one line."""
    began: float = 0.0
    """Seconds since the epoch; 0 before it began."""
    ended: float = 0.0
    """Likewise."""


@dataclass(frozen=True)
class Job:
    """One entry of the queue."""

    id: str
    """Rises with the time at which it was asked for."""
    folder: Path
    work: Work
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
    """The jobs in ``folder``, which need not exist yet."""

    def __init__(self, folder: Path):
        self.folder = folder

    def new_folder(self) -> Path:
        """Make a folder for a job's own files; it is no job before ``submit``."""
        number = time.time_ns()
        while True:
            folder = self.folder / f"{number:020d}"
            try:
                folder.mkdir(parents=True)
                return folder
            except FileExistsError:  # two people in the same instant
                number += 1

    def discard(self, folder: Path) -> None:
        """Remove a new ``folder`` that no job came of."""
        shutil.rmtree(folder, ignore_errors=True)

    def submit(self, folder: Path, work: Work) -> Job:
        """Queue ``work``; its own files are in ``folder``, which is a ``new_folder``.

        Raises:
            InputError: a job that is not over makes one of these dictionaries too.
        """
        if work.kind == "build":
            names_in_use = {n for job in self.all() if job.pending for n in job.work.dictionaries}
            for name in work.dictionaries:
                if name in names_in_use:
                    raise InputError(f"{name} is being built already; choose another name")
        document = asdict(work)
        document["steps"] = [[list(s.command), list(map(str, s.makes))] for s in work.steps]
        document["leftovers"] = list(map(str, work.leftovers))
        write_atomic(folder / WORK, json.dumps(document, ensure_ascii=False, indent=1))
        return Job(folder.name, folder, work, State(), {})

    def all(self) -> list[Job]:
        """Every job, in the order asked for."""
        try:
            folders = sorted(p for p in self.folder.iterdir() if p.name.isdigit())
        except OSError:
            return []
        jobs = (_read(folder) for folder in folders)
        return [job for job in jobs if job is not None]

    def cancel(self, job: str) -> None:
        """Cancel it; at once if it waits, else as soon as its command has stopped."""
        if (self.folder / job / WORK).is_file():
            (self.folder / job / CANCEL).touch()

    def retry(self, job: str) -> None:
        """Queue a failed job again: it goes on from the step, and the checkpoint, it came to."""
        for other in self.all():
            if other.id == job and other.status == "failed":
                self.write(other, State(step=other.state.step, began=other.state.began))

    def remove(self, job: str) -> None:
        """Forget a job that is over, with its files. What it made stays."""
        jobs = self.all()
        names_in_use = {n for other in jobs if other.pending for n in other.work.dictionaries}
        for other in jobs:
            if other.id != job or other.pending:
                continue
            if other.status == "failed" and names_in_use.isdisjoint(other.work.dictionaries):
                remove_leftovers(other)
            shutil.rmtree(other.folder, ignore_errors=True)

    def write(self, job: Job, state: State) -> Job:
        """Note how far the job is; for the runner, as long as the job is not over."""
        write_atomic(job.folder / STATE, json.dumps(asdict(state)))
        return replace(job, state=state)


def remove_leftovers(job: Job) -> None:
    """Remove what is of no use once the job will not go on."""
    for path in job.work.leftovers:
        shutil.rmtree(path, ignore_errors=True)


def is_cancelled(job: Job) -> bool:
    """Whether somebody asked for an end of it."""
    return (job.folder / CANCEL).exists()


def _read(folder: Path) -> Job | None:
    """The job in a folder; None if it is being made, or gone in this moment."""
    try:
        document = json.loads((folder / WORK).read_text(encoding="utf-8"))
        document["steps"] = tuple(Step(tuple(c), tuple(map(Path, m))) for c, m in document["steps"])
        document["leftovers"] = tuple(map(Path, document["leftovers"]))
        document["dictionaries"] = tuple(document["dictionaries"])
        work = Work(**document)
        state = State(**_json(folder / STATE))
    except (OSError, ValueError, TypeError, KeyError):
        return None
    job = Job(folder.name, folder, work, state, {})
    if job.pending and is_cancelled(job):
        state = replace(state, status="cancelled" if job.status == "waiting" else "stopping")
    progress = _json(folder / PROGRESS) if state.status == "running" else {}
    return replace(job, state=state, progress=progress)


def _json(path: Path) -> dict[str, Any]:
    try:
        return dict(json.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        return {}

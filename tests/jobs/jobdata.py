"""Jobs for tests, and waiting for what becomes of them."""

import time
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from itda_core.jobs.orders import BuildOrder, Work
from itda_core.jobs.queue import Job, Queue
from itda_core.jobs.steps import Step

QUICK = Step(("tinyworld", "corpus", "--documents", "1"), ())
BROKEN = Step(("tinyworld", "corpus", "--kind", "no-such-kind"), ())
_STEPS = {"quick": QUICK, "broken": BROKEN}


@dataclass(frozen=True)
class QuickOrder:
    """Commands that are done in a moment, by their names."""

    kind: ClassVar[str] = "quick"

    steps: tuple[str, ...] = ("quick",)
    dictionaries: ClassVar[tuple[str, ...]] = ()

    def check(self) -> None:
        """All is well."""

    def check_free(self, data: Path) -> None:
        """Likewise."""

    def work(self, data: Path, folder: Path) -> Work:
        return Work("a job", "of a test", tuple(_STEPS[step] for step in self.steps))


def ask(queue: Queue, *steps: str) -> Job:
    return queue.submit(queue.new_folder(), QuickOrder(steps or ("quick",)))


def ask_build(queue: Queue, data: Path, order: BuildOrder) -> Job:
    """A build on the notes of ``data``, unless the order names another text."""
    folder = queue.new_folder()
    (folder / "notes.txt").write_bytes((data / "notes.txt").read_bytes())
    return queue.submit(folder, order)


def now(queue: Queue, job: Job) -> Job:
    return next(other for other in queue.all() if other.id == job.id)


def until(queue: Queue, job: Job, *statuses: str, seconds: float = 180) -> Job:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = now(queue, job)
        if found.status in statuses:
            return found
        time.sleep(0.05)
    log = job.folder / "log.txt"
    raise AssertionError(f"{now(queue, job)}: {log.read_text() if log.exists() else 'no log'}")


def order(data: Path, name: str = "mine", **other: object) -> BuildOrder:
    settings: dict = {
        "layers": (1,),
        "corpus": "notes.txt",
        "tau": 0.05,
        "l0": 6,
        "max_tokens": 2_000,
    }
    return BuildOrder(name, str(data / "models" / "tiny-causal"), **{**settings, **other})

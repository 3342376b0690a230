"""Jobs for tests, and waiting for what becomes of them."""

import time
from pathlib import Path

from itda_core.jobs import Job, Queue, Work
from itda_core.jobs.orders import BuildOrder
from itda_core.jobs.steps import Step

QUICK = Step(("tinyworld", "corpus", "--documents", "1"), ())
BROKEN = Step(("tinyworld", "corpus", "--kind", "no-such-kind"), ())


def work(*steps: Step, names: tuple[str, ...] = ()) -> Work:
    return Work("a job", "of a test", "statistics", names, steps)


def ask(queue: Queue, *steps: Step) -> Job:
    return queue.submit(queue.new_folder(), work(*steps))


def now(queue: Queue, job: Job) -> Job:
    return next(other for other in queue.all() if other.id == job.id)


def until(queue: Queue, job: Job, *statuses: str, seconds: float = 180) -> Job:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = now(queue, job)
        if found.status in statuses:
            return found
        time.sleep(0.05)
    raise AssertionError(f"{now(queue, job)}: {(job.folder / 'log.txt').read_text()}")


def order(data: Path, name: str = "mine", **other: object) -> BuildOrder:
    settings: dict = {
        "layers": (1,),
        "corpus": str(data / "notes.txt"),
        "tau": 0.05,
        "l0": 6,
        "max_tokens": 2_000,
    }
    return BuildOrder(name, str(data / "models" / "tiny-causal"), **{**settings, **other})

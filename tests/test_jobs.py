"""The queue of jobs, worked off by real commands in processes of their own."""

import os
import time
from itertools import pairwise
from pathlib import Path

import pytest
import torch
from appdata import make_data
from small import sentences

from itda_core.atoms.statistics.files import load_statistics
from itda_core.construction.job import BuildJob, BuildPlan
from itda_core.dictionary import Dictionary
from itda_core.errors import InputError
from itda_core.jobs import Job, Queue, Runner, Work
from itda_core.jobs.orders import BuildOrder, build_work, dictionary_names, statistics_work
from itda_core.jobs.steps import Step
from itda_core.models import load_model
from itda_core.text.sources import open_corpus

QUICK = Step(("tinyworld", "corpus", "--documents", "1"), ())
BROKEN = Step(("tinyworld", "corpus", "--kind", "no-such-kind"), ())


@pytest.fixture
def queue(tmp_path):
    return Queue(tmp_path / "jobs")


@pytest.fixture
def runner(queue):
    working = Runner(queue)
    working.start()
    yield working
    working.stop()


def work(*steps: Step, names: tuple[str, ...] = ()) -> Work:
    return Work("a job", "of a test", "statistics", names, steps)


def ask(queue: Queue, *steps: Step) -> Job:
    return queue.submit(queue.place(), work(*steps))


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


@pytest.fixture(scope="module")
def data(tmp_path_factory, tiny_causal):
    """A data folder with a model, and a text of one's own beside it."""
    folder = make_data(tmp_path_factory.mktemp("data"), tiny_causal, layers=())
    (folder / "notes.txt").write_text("\n\n".join(sentences(300)), encoding="utf-8")
    return folder


def order(data: Path, name: str = "mine", **other: object) -> BuildOrder:
    settings: dict = {
        "layers": (1,),
        "corpus": str(data / "notes.txt"),
        "tau": 0.05,
        "l0": 6,
        "max_tokens": 2_000,
    }
    return BuildOrder(name, str(data / "models" / "tiny-causal"), **{**settings, **other})


def test_a_build_is_that_of_the_build_job_and_has_statistics(data, queue, runner):
    few = order(data, "coarse", tau=0.9, statistics_corpus="tinyworld:7:20")
    job = queue.submit(queue.place(), build_work(few, data))
    assert until(queue, job, "done", "failed").status == "done"
    made = Dictionary.load(data / "dictionaries" / "coarse")
    plan = BuildPlan(layers=(1,), tau=0.9, l0=6, max_tokens=2_000)
    alone = BuildJob(load_model(data / "models" / "tiny-causal"), open_corpus(few.corpus), plan)
    assert torch.equal(made.atoms, alone.run()[1].atoms)
    assert made.recipe.corpus_name == "notes.txt"
    found = load_statistics(data / "dictionaries" / "coarse", made.fingerprint)
    assert found is not None and found.head["corpus_name"].startswith("tinyworld")
    ended = now(queue, job)
    assert ended.state.ended >= ended.state.began > 0
    queue.remove(job.id)
    assert queue.all() == [] and (data / "dictionaries" / "coarse").is_dir()


def test_one_after_the_other_in_the_order_asked_for(queue, runner):
    jobs = [ask(queue, QUICK) for _ in range(3)]
    for job in jobs:
        until(queue, job, "done")
    states = [now(queue, job).state for job in jobs]
    for before, after in pairwise(states):
        assert before.ended <= after.began


def test_a_failure_says_why_in_one_line_and_the_next_goes_on(queue, runner):
    broken, fine = ask(queue, QUICK, BROKEN), ask(queue, QUICK)
    until(queue, fine, "done")
    failed = now(queue, broken)
    assert failed.status == "failed" and failed.state.step == 1
    assert "no-such-kind" in failed.state.message and "\n" not in failed.state.message
    queue.retry(broken.id)
    again = until(queue, broken, "failed")
    assert again.state.step == 1 and again.state.ended > failed.state.ended


def test_cancelled_while_it_waits_and_while_it_runs(data, queue):
    long = order(data, "long", corpus="tinyworld:0:4000", tau=0.01, max_tokens=10_000_000)
    running = queue.submit(queue.place(), build_work(long, data))
    waiting = ask(queue, QUICK)
    queue.cancel(waiting.id)
    assert now(queue, waiting).status == "cancelled"
    runner = Runner(queue)
    runner.start()
    try:
        end = time.monotonic() + 120
        while not now(queue, running).progress.get("n_atoms") and time.monotonic() < end:
            time.sleep(0.1)
        seen = now(queue, running).progress
        assert seen["n_atoms"][0] > 0 and seen["tokens_per_second"] > 0 and 0 < seen["done"] < 1
        queue.cancel(running.id)
        assert now(queue, running).status in ("stopping", "cancelled")
        until(queue, running, "cancelled")
        until(queue, waiting, "cancelled")
        assert not (waiting.folder / "log.txt").exists()
    finally:
        runner.stop()
    left = [path.name for path in (data / "dictionaries").iterdir() if "long" in path.name]
    assert left == []


def test_what_a_stopped_program_left_is_taken_up_from_its_checkpoint(data, queue):
    settings = {"corpus": "tinyworld:0:300", "tau": 0.03, "max_tokens": 30_000}
    job = queue.submit(queue.place(), build_work(order(data, "resumed", **settings), data))
    first = Runner(queue)
    first.start()
    end = time.monotonic() + 120
    while not now(queue, job).progress.get("n_atoms") and time.monotonic() < end:
        time.sleep(0.02)
    first.stop()
    assert now(queue, job).status == "waiting"
    assert (data / "dictionaries" / ".resumed.checkpoint").is_dir()
    second = Runner(queue)
    second.start()
    try:
        until(queue, job, "done")
    finally:
        second.stop()
    assert "going on after" in (job.folder / "log.txt").read_text()
    made = Dictionary.load(data / "dictionaries" / "resumed")
    plan = BuildPlan(layers=(1,), tau=0.03, l0=6, max_tokens=30_000)
    model = load_model(data / "models" / "tiny-causal")
    whole = BuildJob(model, open_corpus("tinyworld:0:300"), plan).run()[1]
    assert torch.equal(made.atoms, whole.atoms)


def test_of_two_programs_one_works(queue, runner):
    ask(queue, QUICK)
    time.sleep(1)  # the first has the lock
    other = Runner(queue)
    other.start()
    job = ask(queue, QUICK)
    until(queue, job, "done")
    began = {line for line in (queue.folder).glob("*/log.txt")}
    assert len(began) == 2 and all(path.read_text().count('"kind"') == 1 for path in began)
    runner.stop()
    until(queue, ask(queue, QUICK), "done")  # now the other
    other.stop()


def test_a_command_ends_when_its_program_is_gone(tmp_path, monkeypatch):
    from itda_core.jobs.progress import PROGRESS_FILE, Meter

    monkeypatch.setenv(PROGRESS_FILE, str(tmp_path / "progress.json"))
    meter = Meter()
    meter.begin("waiting")
    assert (tmp_path / "progress.json").read_text() == '{"doing": "waiting"}'
    monkeypatch.setattr(os, "getppid", lambda: 1)
    with pytest.raises(KeyboardInterrupt):
        meter.begin("going on")


def test_statistics_are_computed_again_where_they_lie(data):
    made = statistics_work(["a", "b"], data, "tinyworld:7:20")
    assert made.dictionaries == ("a", "b") and not made.steps[0].done


def test_names(data, queue):
    assert dictionary_names("x", [3]) == ("x",)
    assert dictionary_names("x", [1, 2]) == ("x-layer1", "x-layer2")
    for name in ("", "a/b", "../x", ".x", "x" * 81, "x.partial", "ä"):
        with pytest.raises(InputError, match="cannot be used"):
            build_work(order(data, name), data)
    (data / "dictionaries" / "taken-layer2").mkdir(parents=True)
    build_work(order(data, "taken"), data)
    with pytest.raises(InputError, match="taken-layer2 already"):
        build_work(order(data, "taken", layers=(1, 2)), data)
    queue.submit(queue.place(), build_work(order(data, "asked"), data))
    with pytest.raises(InputError, match="asked is being built"):
        queue.submit(queue.place(), build_work(order(data, "asked"), data))


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"tau": 1.5}, "tau is 1.5"),
        ({"l0": 0}, "l0"),
        ({"layers": ()}, "layer"),
        ({"max_tokens": 0}, "0 tokens"),
    ],
)
def test_settings_out_of_range_are_refused_before_anything_is_queued(data, settings, says):
    with pytest.raises(InputError, match=says):
        build_work(order(data, **settings), data)


def test_a_damaged_job_hides_no_other(queue):
    job = ask(queue, QUICK)
    bad = queue.place()
    (bad / "work.json").write_text("{")
    queue.place()  # being made
    assert [other.id for other in queue.all()] == [job.id]
    queue.remove(job.id)  # still waiting: it stays
    assert len(queue.all()) == 1

"""The queue of jobs, worked off by real commands in processes of their own."""

import time
from itertools import pairwise

import torch
from jobdata import ask, ask_build, now, order, until

from itda_core.atoms.statistics.files import load_statistics
from itda_core.construction.job import BuildJob, BuildPlan
from itda_core.dictionary import Dictionary
from itda_core.jobs.runner import Runner
from itda_core.models import load_model
from itda_core.text.sources import open_corpus


def test_a_build_is_that_of_the_build_job_and_has_statistics(data, queue, runner):
    few = order(data, "coarse", tau=0.9, statistics_corpus="tinyworld:7:20")
    job = ask_build(queue, data, few)
    assert until(queue, job, "done", "failed").status == "done"
    made = Dictionary.load(data / "dictionaries" / "coarse")
    plan = BuildPlan(layers=(1,), tau=0.9, l0=6, max_tokens=2_000)
    alone = BuildJob(
        load_model(data / "models" / "tiny-causal"), open_corpus(data / few.corpus), plan
    )
    assert torch.equal(made.atoms, alone.run()[1].atoms)
    assert made.recipe.corpus_name == "notes.txt"
    found = load_statistics(data / "dictionaries" / "coarse", made.fingerprint)
    assert found is not None and found.head["corpus_name"].startswith("tinyworld")
    ended = now(queue, job)
    assert ended.state.ended >= ended.state.began > 0
    queue.remove(job.id)
    assert queue.all() == [] and (data / "dictionaries" / "coarse").is_dir()


def test_one_after_the_other_in_the_order_asked_for(queue, runner):
    jobs = [ask(queue) for _ in range(3)]
    for job in jobs:
        until(queue, job, "done")
    states = [now(queue, job).state for job in jobs]
    for before, after in pairwise(states):
        assert before.ended <= after.began


def test_a_failure_says_why_in_one_line_and_the_next_goes_on(queue, runner):
    broken, fine = ask(queue, "quick", "broken"), ask(queue)
    until(queue, fine, "done")
    failed = now(queue, broken)
    assert failed.status == "failed" and failed.state.step == 1
    assert "no-such-kind" in failed.state.message and "\n" not in failed.state.message
    queue.retry(broken.id)
    again = until(queue, broken, "failed")
    assert again.state.step == 1 and again.state.ended > failed.state.ended


def test_cancelled_while_it_waits_and_while_it_runs(data, queue):
    long = order(data, "long", corpus="tinyworld:0:4000", tau=0.01, max_tokens=10_000_000)
    running = ask_build(queue, data, long)
    waiting = ask(queue)
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
    job = ask_build(queue, data, order(data, "resumed", **settings))
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
    ask(queue)
    time.sleep(1)  # the first has the lock
    other = Runner(queue)
    other.start()
    job = ask(queue)
    until(queue, job, "done")
    began = {line for line in (queue.folder).glob("*/log.txt")}
    assert len(began) == 2 and all(path.read_text().count('"kind"') == 1 for path in began)
    runner.stop()
    until(queue, ask(queue), "done")  # now the other
    other.stop()

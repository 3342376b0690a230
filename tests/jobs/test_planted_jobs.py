"""What somebody else may have put into the queue's folder: nothing in it is trusted."""

import json
import logging
import time

import pytest
from jobdata import ask, now, order, until

from itda_core.files import write_own
from itda_core.jobs import runner as runner_module
from itda_core.jobs.orders import BuildOrder, to_document
from itda_core.jobs.queue import Queue
from itda_core.jobs.runner import Runner


@pytest.fixture
def victim(tmp_path):
    folder = tmp_path / "victim"
    folder.mkdir()
    (folder / "mine.txt").write_text("mine")
    yield folder
    assert (folder / "mine.txt").read_text() == "mine" and len(list(folder.iterdir())) == 1


def plant(queue, document, **files):
    folder = queue.new_folder()
    (folder / "work.json").write_text(json.dumps(document))
    for name, content in files.items():
        (folder / name).write_text(content)
    return folder


def work_off(queue):
    """Until a job asked for afterwards is done: whatever was to happen has happened."""
    runner = Runner(queue)
    runner.start()
    until(queue, ask(queue), "done")
    runner.stop()


def test_paths_and_commands_in_a_work_file_are_not_read(queue, victim):
    leftover = {
        "title": "x",
        "about": "y",
        "kind": "build",
        "dictionaries": ["x"],
        "steps": [[["evaluate", "--out", str(victim / "mine.txt")], []]],
        "leftovers": [str(victim)],
    }
    plant(queue, leftover, cancel="")
    plant(queue, {"kind": "build", "order": leftover}, cancel="")
    plant(queue, leftover | {"kind": "statistics"})
    assert queue.all() == [] and queue.passed_over == 3
    work_off(queue)


@pytest.mark.parametrize(
    "change",
    [
        {"name": "../../victim"},
        {"name": "/victim"},
        {"name": ".."},
        {"corpus": "../mine.txt"},
        {"corpus": "/etc/passwd"},
        {"corpus": ".."},
        {"statistics_corpus": "/etc/passwd"},
        {"layers": []},
        {"layers": [1.5]},
        {"layers": [-1]},
        {"layers": "12"},
        {"layers": [10**40]},
        {"tau": "0.2"},
        {"tau": float("nan")},
        {"tau": True},
        {"max_tokens": 1e300},
        {"loss": "--out=/x"},
        {"model": "a\0b"},
        {"model": ["a"]},
        {"model": "\ud800"},
        {"text_field": "x" * 5000},
        {"leftovers": ["/"]},
    ],
    ids=str,
)
def test_an_order_that_nobody_could_ask_for_is_none(queue, data, change):
    document = to_document(order(data, "x"))
    plant(queue, document)
    assert len(queue.all()) == 1
    plant(queue, document | {"order": document["order"] | change})
    assert len(queue.all()) == 1


ODD = ["", "{", "[]", "null", '"x"', "[" * 100_000, '{"kind": []}', '{"kind": "build"}', "9" * 6000]


@pytest.mark.parametrize("text", ODD, ids=range(len(ODD)))
def test_no_document_is_too_odd_to_be_passed_over(queue, text):
    job = ask(queue)
    (queue.new_folder() / "work.json").write_text(text)
    for name in ("state.json", "progress.json"):
        (job.folder / name).write_text(text)
    (found,) = queue.all()
    assert found.status == "failed" and "damaged" in found.state.message
    (job.folder / "state.json").write_text('{"status": "running"}')
    assert now(queue, job).progress == {}


@pytest.mark.parametrize(
    "state",
    [
        {"status": "gone"},
        {"status": ["done"]},
        {"status": "running", "step": 7},
        {"status": "running", "step": -1},
        {"status": "running", "step": True},
        {"status": "failed", "message": ["a"]},
        {"status": "done", "ended": "now"},
        {"status": "done", "ended": float("inf")},
        {"status": "done", "more": 1},
    ],
    ids=str,
)
def test_a_state_that_is_none_is_a_failure_that_can_be_removed(queue, state):
    job = ask(queue)
    (job.folder / "state.json").write_text(json.dumps(state))
    assert now(queue, job).status == "failed"
    queue.remove(job.id)
    assert queue.all() == []


def test_progress_is_numbers_that_can_be_shown(queue):
    job = ask(queue)
    (job.folder / "state.json").write_text('{"status": "running"}')
    good = {"n_atoms": [3], "tokens_seen": 5, "tokens_per_second": 2.5, "seconds_left": None}
    for said, shown in [
        (good | {"done": 7.0}, good | {"done": 1.0}),
        (good | {"n_atoms": "many"}, {}),
        (good | {"tokens_per_second": float("nan")}, {}),
        (good | {"seconds_left": "soon"}, {}),
        ({"doing": "a\n\ud800", "done": "half"}, {"doing": "a \\ud800"}),
    ]:
        (job.folder / "progress.json").write_text(json.dumps(said))
        assert now(queue, job).progress == shown


def test_links_in_the_queue_are_not_followed(queue, data, victim):
    outside = victim.parent / "outside"
    outside.mkdir()
    (outside / "work.json").write_text(json.dumps(to_document(order(data, "x"))))
    queue.folder.mkdir(exist_ok=True)
    (queue.folder / f"{5:020d}").symlink_to(outside)  # a job that is a link
    (queue.new_folder() / "work.json").symlink_to(outside / "work.json")
    logged = ask(queue)
    (logged.folder / "log.txt").symlink_to(victim / "mine.txt")
    linked = plant(queue, to_document(order(data, "linked")), cancel="")
    (data / "dictionaries").mkdir(exist_ok=True)
    (data / "dictionaries" / ".linked.checkpoint").symlink_to(victim)
    runner = Runner(queue)
    runner.start()
    ended = until(queue, logged, "failed")
    after = until(queue, ask(queue), "done")  # keeps no other from its turn
    runner.stop()
    assert "log.txt" in ended.state.message and not runner.problem
    queue.discard(after.folder)
    assert [job.folder for job in queue.all()] == [logged.folder, linked]
    assert [path.name for path in outside.iterdir()] == ["work.json"]
    (data / "dictionaries" / ".linked.checkpoint").unlink()


def test_the_checkpoint_removed_is_that_of_the_name(queue, data, victim):
    (data / "dictionaries" / ".begun.checkpoint").mkdir(parents=True)
    plant(queue, to_document(order(data, "begun")), cancel="")
    work_off(queue)
    assert not (data / "dictionaries" / ".begun.checkpoint").exists()


def test_a_lasting_trouble_is_said_once_and_gone_with_its_cause(queue, monkeypatch, caplog):
    """A full disk in the middle of a job: it goes on once there is room."""
    monkeypatch.setattr(runner_module, "TROUBLE_SECONDS", 0.05)
    full = OSError(28, "No space left on device", "state.json")
    is_full = [True]

    def write(path, text):
        if is_full[0]:
            raise full
        write_own(path, text)

    job = ask(queue)
    monkeypatch.setattr("itda_core.jobs.queue.write_own", write)
    runner = Runner(queue)
    with caplog.at_level(logging.ERROR):
        runner.start()
        end = time.monotonic() + 30
        while not runner.problem and time.monotonic() < end:
            time.sleep(0.05)
        time.sleep(1.5)  # it is tried again and again
        assert runner.problem == "the disk is full; free some space and try again"
        is_full[0] = False
        until(queue, job, "done")
        runner.stop()
    assert runner.problem == ""
    (said,) = caplog.records
    assert said.message == "jobs wait: the disk is full; free some space and try again"
    assert said.exc_info is None or said.exc_info[0] is None


def test_without_locks_jobs_do_not_wait_for_ever(queue, monkeypatch):
    import fcntl

    def no_locks(*_):
        raise OSError(37, "No locks available")

    monkeypatch.setattr(fcntl, "flock", no_locks)
    job = ask(queue)
    first, second = Runner(queue), Runner(queue)
    lock = first._lock()
    assert lock is not None and second._lock() is None  # one at a time, all the same
    lock.release()
    second.start()
    until(queue, job, "done")
    second.stop()


def test_a_folder_with_no_work_is_not_written_to(queue):
    queue.folder.mkdir(exist_ok=True)
    assert Runner(queue)._lock() is None and not any(queue.folder.iterdir())


def test_an_order_comes_back_from_its_document(data):
    from itda_core.jobs.orders import from_document

    asked = order(data, "same", layers=(1, 2), statistics_corpus="tinyworld:7:20")
    document = json.loads(json.dumps(to_document(asked)))
    assert isinstance(asked, BuildOrder) and from_document(document) == asked


def test_a_queue_that_cannot_be_made_is_no_endless_try(tmp_path):
    (tmp_path / "jobs").symlink_to(tmp_path / "gone" / "place")
    with pytest.raises(OSError):
        Queue(tmp_path / "jobs").new_folder()
    (tmp_path / "file").touch()
    with pytest.raises(OSError):
        Queue(tmp_path / "file" / "jobs").new_folder()
    assert Queue(tmp_path / "file").all() == []

"""Every page answers whatever the data folder is like, and says what could not be done."""

import json
from pathlib import Path

import pytest
from appdata import make_data
from openpage import captions, lines, open_page
from stranger import run_as_stranger
from troubled import fill, small_disk, trouble

from itda_core.jobs.runner import Runner
from pages.shell import resources

_VISIT = """
import json, sys, tempfile
from pathlib import Path
sys.path[:0] = [".", "tests"]
from openpage import captions, lines, open_page
from pages.shell import resources
import time

said = {}
for name in ("explore", "atoms", "atlas", "add"):
    app = open_page(name)
    said[name] = [lines(app), captions(app)]
for name in ("tiny-l2", "far", "long"):
    said[name] = [lines(open_page("explore", dictionary=name)), ""]
pasted = "The old dog follows the cat near the sea. " * 40
app = open_page("add", add_source="pasted", add_pasted=pasted)
tempfile.tempdir = DATA  # it was somewhere else while there was room
app.button(key="add_preview").click().run()
said["preview"] = [lines(app), str(app.button(key="add_build").disabled)]
app.button(key="add_build").click().run()
said["build"] = [lines(app), ""]
(job,) = resources.jobs().all()
app.button(key=f"cancel_{job.id}").click().run()
said["cancel"] = [lines(app), ""]
app = open_page("atoms", dictionary="tiny-l1")
app.button(key="cancel_statistics").click().run()
said["statistics"] = [lines(app), ""]
print(json.dumps(said))
"""


@pytest.fixture(scope="module")
def said(tmp_path_factory, tiny_causal) -> dict:
    """What every page and button says, in a process to which permissions apply."""
    data, elsewhere = tmp_path_factory.mktemp("data"), tmp_path_factory.mktemp("elsewhere")
    with small_disk(data, 24) as is_small:
        make_data(data, tiny_causal)
        (data / "tmp").mkdir()
        trouble(data, elsewhere)
        if is_small:
            data.chmod(0o755)
            fill(data)
            data.chmod(0o555)
        code = _VISIT.replace("DATA", repr(str(data / "tmp")))
        visit = run_as_stranger(code, ITDA_DATA=str(data), PYTHONIOENCODING="utf-8")
    assert visit.returncode == 0, visit.stderr[-3000:]
    return {"is_small": is_small, "log": visit.stderr, **json.loads(visit.stdout.splitlines()[-1])}


@pytest.mark.parametrize("page", ["explore", "atlas", "atoms", "add"])
def test_every_page_answers(said, page):
    found, shown = said[page]
    assert not any("Traceback" in line for line in found)
    if page != "add":
        assert "the folder's name is not UTF-8" in shown and "a link to no folder" in shown
        assert "shut (Permission denied)" in shown


def test_a_linked_dictionary_finds_the_model_beside_the_link(said):
    assert said["tiny-l2"][0] == []


def test_a_model_that_cannot_be_reached_is_one_line(said):
    for name in ("far", "long"):
        (line,) = said[name][0]
        assert line.startswith("The model of this dictionary cannot be used") and name in line


def test_buttons_say_what_the_disk_refuses(said):
    refused = ("Read-only file system", "Permission denied", "disk is full")
    for button in ("preview", "build", "cancel", "statistics"):
        if button == "preview" and not said["is_small"]:
            continue
        assert any(sign in line for sign in refused for line in said[button][0]), said[button]
    assert said["preview"][1] == "False"  # one may still build
    assert said["log"].count("jobs wait") == 1 and "Traceback" not in said["log"]


@pytest.fixture
def data(tmp_path, tiny_causal, monkeypatch) -> Path:
    """A model and a dictionary; nothing works off the queue."""
    folder = make_data(tmp_path / "data", tiny_causal, layers=(1,))
    monkeypatch.setenv("ITDA_DATA", str(folder))
    monkeypatch.setattr(Runner, "start", lambda self: None)
    monkeypatch.setattr(Runner, "stop", lambda self: None)
    return folder


def full(*_, **__):
    raise OSError(28, "No space left on device")


def test_a_disk_that_is_full_behind_each_button(data, monkeypatch):
    """The same without a disk of one's own."""
    app = open_page("add", add_source="pasted", add_pasted="The old dog follows the cat. " * 40)
    with monkeypatch.context() as patch:
        patch.setattr(Path, "write_bytes", full)
        app.button(key="add_preview").click().run()
        assert lines(app) == ["The disk is full; free some space and try again"]
        app.button(key="add_build").click().run()
        assert set(lines(app)) == {"The disk is full; free some space and try again"}
    assert not any((data / "jobs").iterdir())
    app.button(key="add_build").click().run()
    assert lines(app) == []
    (job,) = resources.jobs().all()
    with monkeypatch.context() as patch:
        patch.setattr("itda_core.jobs.queue.write_own", full)
        app.button(key=f"cancel_{job.id}").click().run()
        assert lines(app) == ["The disk is full; free some space and try again"]
    app.button(key=f"cancel_{job.id}").click().run()
    assert lines(app) == [] and "Cancelled." in captions(app)
    with monkeypatch.context() as patch:
        patch.setattr("itda_core.jobs.queue.shutil.rmtree", full)
        app.button(key=f"remove_{job.id}").click().run()
        assert lines(app) == ["The disk is full; free some space and try again"]

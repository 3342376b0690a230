"""Statistics asked for on the pages that lack them, without a browser."""

import json
from pathlib import Path

import pytest
from appdata import make_data
from openpage import captions, lines, open_page

from itda_core.jobs.queue import Queue
from itda_core.jobs.runner import Runner


@pytest.fixture
def data(tmp_path, tiny_causal, monkeypatch) -> Path:
    """A model and one dictionary without statistics; nothing works off the queue."""
    folder = make_data(tmp_path / "data", tiny_causal, layers=(1,))
    monkeypatch.setenv("ITDA_DATA", str(folder))
    monkeypatch.setattr(Runner, "start", lambda self: None)
    monkeypatch.setattr(Runner, "stop", lambda self: None)
    return folder


def queue(data: Path) -> Queue:
    return Queue(data / "jobs")


@pytest.mark.parametrize("page", ["atoms", "atlas"])
def test_statistics_are_asked_for_where_they_are_missing(data, page):
    app = open_page(page, dictionary="tiny-l1")
    assert any("needs statistics" in line for line in lines(app))
    app.button(key="compute_statistics").click().run()
    (job,) = queue(data).all()
    assert job.order.kind == "statistics" and job.order.dictionaries == ("tiny-l1",)
    assert "Waits until" in captions(app)
    app.button(key="cancel_statistics").click().run()
    assert app.button(key="compute_statistics")


def test_a_failure_is_told_and_what_is_asked_for_again_replaces_it(data):
    app = open_page("atoms", dictionary="tiny-l1")
    app.button(key="compute_statistics").click().run()
    (job,) = queue(data).all()
    state = {"status": "failed", "step": 0, "message": "the disk is full; free some space"}
    (job.folder / "state.json").write_text(json.dumps(state))
    app.run()
    assert "The disk is full; free some space" in lines(app)
    app.button(key="compute_statistics").click().run()
    (again,) = queue(data).all()
    assert again.status == "waiting" and again.id != job.id


def test_on_a_text_pasted(data):
    app = open_page("atoms", dictionary="tiny-l1")
    app.segmented_control(key="held_out_source").set_value("pasted").run()
    assert app.button(key="compute_statistics").disabled
    app.text_area(key="held_out_pasted").set_value("The old dog follows the cat.").run()
    assert not {"held_out_source", "held_out_pasted"} & set(app.query_params)
    app.button(key="compute_statistics").click().run()
    (job,) = queue(data).all()
    assert (job.folder / "pasted.txt").read_text() == "The old dog follows the cat."


def test_a_server_that_only_shows_computes_none(data, monkeypatch):
    monkeypatch.setenv("ITDA_BUILD", "off")
    atoms = open_page("atoms", dictionary="tiny-l1")
    assert not [b for b in atoms.button if b.key == "compute_statistics"]


def test_the_limit_of_pasted_text_is_told(data, monkeypatch):
    monkeypatch.setenv("ITDA_PASTED_CHARACTERS", "20")
    app = open_page("atoms", dictionary="tiny-l1")
    app.segmented_control(key="held_out_source").set_value("pasted").run()
    app.text_area(key="held_out_pasted").set_value("The old dog follows.").run()
    assert not app.button(key="compute_statistics").disabled
    app.text_area(key="held_out_pasted").set_value("The old dog follows the cat.").run()
    assert any("28 characters; at most 20" in line for line in lines(app))

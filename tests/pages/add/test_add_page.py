"""The page *Add a dictionary*, and statistics asked for on other pages, without a browser."""

import json
import shutil
import time
from pathlib import Path

import pytest
from appdata import make_data
from openpage import captions, lines, open_page
from small import sentences

from itda_core.jobs.queue import Queue
from itda_core.jobs.runner import Runner
from itda_core.jobs.states import State

PASTED = "The old dog follows the cat.\n\nThe river finds the small bird near the sea.\n" * 12


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


def test_the_first_view_has_a_model_a_text_and_settings(data):
    app = open_page("add")
    assert lines(app) == []
    assert app.selectbox(key="add_model").value == "tiny-causal"
    assert app.session_state["add_layers"] == [1]
    assert "tiny-causal-tinyworld-tau0.2-layer1" in app.text_input(key="add_name").placeholder
    assert "3 layers, 32 wide" in captions(app) and "A dictionary is made of" in captions(app)
    assert not app.button(key="add_build").disabled and queue(data).all() == []


def test_it_needs_no_dictionary_and_without_a_model_says_what_to_do(tmp_path, monkeypatch):
    monkeypatch.setenv("ITDA_DATA", str(tmp_path))
    app = open_page("add")  # the encoder in the installed package is always there
    assert lines(app) == []
    app = open_page("add", add_model="no-such/model")
    (line,) = lines(app)
    assert "no-such/model" in line and "give a model folder" in line
    assert "Choose a model" in captions(app)


def test_a_link_brings_everything_back(data):
    app = open_page(
        "add",
        add_model="tiny-causal",
        add_layers="0,2",
        add_source="pasted",
        add_pasted=PASTED,
        add_tau="0.35",
        add_l0="7",
        add_tokens="5000",
    )
    assert lines(app) == []
    assert app.session_state["add_layers"] == [0, 2]
    assert app.text_area(key="add_pasted").value == PASTED
    assert [app.number_input(key=f"add_{k}").value for k in ("tau", "l0", "tokens")] == [
        0.35,
        7,
        5000,
    ]


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ({"add_tau": "2"}, "tau '2' is no number from 0.001 to 1"),
        ({"add_tau": "x"}, "tau"),
        ({"add_l0": "0"}, "L0"),
        ({"add_layers": "1;2"}, "Layers"),
        ({"add_source": "?"}, "source"),
        ({"add_tokens": "1"}, "number of tokens"),
    ],
)
def test_what_an_address_gets_wrong_is_said_in_a_line(data, address, words):
    (line,) = lines(open_page("add", **address))
    assert words in line and "\n" not in line


def test_layers_that_the_model_lacks_are_left_out(data):
    app = open_page("add", add_model="tiny-causal", add_layers="1,9")
    assert lines(app) == ["Of layers 9 there are none: this model has layers 0 to 2."]
    assert app.session_state["add_layers"] == [1]


def test_the_limits_of_a_server_hold(data, monkeypatch):
    monkeypatch.setenv("ITDA_L0", "7")
    monkeypatch.setenv("ITDA_BUILD_TOKENS", "5000")
    app = open_page("add", add_tokens="6000")
    (line,) = lines(app)
    assert "number of tokens '6000' is not a whole number from 1000 to 5000" in line
    assert [app.number_input(key=f"add_{k}").value for k in ("l0", "tokens")] == [7, 5000]


def test_a_limit_that_cannot_be_read_is_said_in_a_line(data, monkeypatch):
    monkeypatch.setenv("ITDA_L0", "many")
    (line,) = lines(open_page("add"))
    assert "ITDA_L0 is 'many'" in line


def test_a_preview_answers_and_follows_tau(data):
    app = open_page("add", add_source="pasted", add_pasted=PASTED, add_layers="2", add_tau="0.1")
    app.button(key="add_preview").click().run()
    assert lines(app) == []
    table = app.dataframe[0].value
    assert "fvu" in table and "fvu_without_sinks" not in table and "sinks" not in captions(app)
    assert table["tau"].tolist() == [0.05, 0.1, 0.2] and table["atoms"].is_monotonic_decreasing
    assert (table["expected"] >= table["atoms"]).all() and "The whole text has only" in captions(
        app
    )
    app.number_input(key="add_tau").set_value(0.4).run()
    assert app.dataframe[0].value["tau"].tolist() == [0.2, 0.4, 0.8]
    app.session_state["add_layers"] = [0, 1]
    app.run()
    assert not app.dataframe  # of other layers nothing is known yet
    app.button(key="add_preview").click().run()
    assert app.dataframe[0].value["layer"].tolist() == [0, 1]


def test_where_there_are_sinks_a_preview_tells_both_and_they_can_be_left_out(
    tmp_path, sink_path, monkeypatch
):
    shutil.copytree(sink_path, tmp_path / "models" / sink_path.name)
    monkeypatch.setenv("ITDA_DATA", str(tmp_path))
    monkeypatch.setattr(Runner, "start", lambda self: None)
    pasted = "\n\n".join(sentences(60))
    app = open_page("add", add_source="pasted", add_pasted=pasted, add_layers="1", add_tau="0.2")
    app.button(key="add_preview").click().run()
    assert lines(app) == []
    kept = app.dataframe[0].value
    assert (10 * kept["fvu"] < kept["fvu_without_sinks"]).all()
    assert "attention sinks, of more than 10 times the median norm" in captions(app)
    assert "they can be left out" in captions(app) and "add_skip_sinks" not in app.query_params
    app.checkbox(key="add_skip_sinks").check().run()
    skipped = app.dataframe[0].value
    assert (skipped["fvu"] > 10 * kept["fvu"]).all() and "they stay out" in captions(app)
    app.button(key="add_build").click().run()
    assert lines(app) == []
    (job,) = queue(tmp_path).all()
    assert "--skip-sinks" in job.work.steps[0].command
    assert dict(app.query_params)["add_skip_sinks"] == "True"
    assert open_page("add", add_skip_sinks="True").checkbox(key="add_skip_sinks").value


def test_build_queues_a_job_that_holds_its_own_text(data):
    app = open_page("add", add_source="pasted", add_pasted=PASTED, add_tau="0.3", add_layers="1,2")
    app.text_input(key="add_name").set_value("my words").run()
    app.button(key="add_build").click().run()
    (line,) = lines(app)
    assert "'my words' cannot be used" in line and queue(data).all() == []
    assert not list((data / "jobs").glob("[0-9]*"))
    app.text_input(key="add_name").set_value("mine").run()
    app.button(key="add_build").click().run()
    assert lines(app) == []
    (job,) = queue(data).all()
    assert job.status == "waiting" and job.order.dictionaries == ("mine-layer1", "mine-layer2")
    assert (job.folder / "pasted.txt").read_text() == PASTED
    assert [step.command[0] for step in job.work.steps] == ["build", "statistics"]
    assert app.text_input(key="add_name").value == ""
    assert "next in line" in captions(app)
    app.number_input(key="add_tau").set_value(0.4).run()
    app.button(key="add_build").click().run()
    assert lines(app) == []
    assert [len(j.order.dictionaries) for j in queue(data).all()] == [2, 2]
    assert "second in line" in captions(app)
    app.button(key=f"cancel_{job.id}").click().run()
    assert "Cancelled." in captions(app)
    app.button(key=f"remove_{job.id}").click().run()
    assert len(queue(data).all()) == 1


def test_the_same_is_not_queued_twice_but_said_where_it_is(data):
    view = {"add_source": "pasted", "add_pasted": PASTED, "add_tau": "0.3", "add_layers": "1,2"}
    app, other = open_page("add", **view), open_page("add", **view)
    app.text_input(key="add_name").set_value("mine").run()
    app.button(key="add_build").click().run()
    for tab in (app, other):  # a second click, and a second tab
        tab.button(key="add_build").click().run()
        assert lines(tab) == ["This was asked for before: mine waits, next in line."]
    (job,) = queue(data).all()
    assert not [folder for folder in (data / "jobs").glob("[0-9]*") if folder != job.folder]
    queue(data).write(job, State("running"))
    other.button(key="add_build").click().run()
    assert lines(other) == ["This was asked for before: mine is under way."]
    for change in ({"add_pasted": PASTED + " More."}, {"add_l0": "7"}, {"add_layers": "1"}):
        asked = open_page("add", **(view | change))
        asked.button(key="add_build").click().run()
        assert lines(asked) == []
    assert len(queue(data).all()) == 4
    queue(data).write(job, State("failed"))
    other.button(key="add_build").click().run()
    assert len(queue(data).all()) == 5


def test_progress_failure_and_what_came_of_it(data):
    app = open_page("add", add_source="pasted", add_pasted=PASTED)
    app.checkbox(key="add_statistics").uncheck().run()
    app.button(key="add_build").click().run()
    (job,) = queue(data).all()
    (step,) = job.work.steps
    assert step.command[0] == "build"
    state = {"status": "running", "step": 0, "began": time.time()}
    (job.folder / "state.json").write_text(json.dumps(state))
    progress = {
        "doing": "building",
        "tokens_seen": 1234,
        "done": 0.5,
        "n_atoms": [56],
        "tokens_per_second": 789.0,
        "seconds_left": None,
        "share_accepted": 0.9,
    }
    (job.folder / "progress.json").write_text(json.dumps(progress))
    app.run()
    (bar,) = app.get("progress")
    assert "56 atoms · 1,234 tokens · 789 tokens/s" in bar.proto.text and bar.proto.value == 50
    state |= {"status": "failed", "message": "the disk is full; free some space"}
    (job.folder / "state.json").write_text(json.dumps(state))
    app.run()
    assert lines(app) == ["The disk is full; free some space"]
    app.button(key=f"retry_{job.id}").click().run()
    assert queue(data).all()[0].status == "waiting"


def test_on_a_server_that_only_shows_nobody_touches_jobs(data, monkeypatch):
    app = open_page("add", add_source="pasted", add_pasted=PASTED)
    app.button(key="add_build").click().run()
    (job,) = queue(data).all()
    for status in ("waiting", "failed"):
        state = {"status": status, "message": "no"}
        (job.folder / "state.json").write_text(json.dumps(state))
        monkeypatch.setenv("ITDA_BUILD", "off")
        public = open_page("add")
        assert public.button(key="add_build").disabled and "turned off" in captions(public)
        ours = [b.key for b in public.button if b.key and job.id in b.key]
        assert ours == [] and not public.code
        monkeypatch.setenv("ITDA_BUILD", "on")
        app = open_page("add")
        # A page opened before it was turned off: its buttons are there, and refuse.
        (button,) = [b for b in app.button if b.key in (f"cancel_{job.id}", f"retry_{job.id}")]
        monkeypatch.setenv("ITDA_BUILD", "off")
        button.click().run()
        assert any("turned off on this server" in line for line in lines(app))
        assert queue(data).all()[0].status == status


def test_a_server_that_only_shows_tells_of_no_path(data, monkeypatch):
    """In the same words of a model, a file, a folder, and nothing; and the hub is not asked."""
    asked = []
    monkeypatch.setattr("itda_core.hub.offline_reason", lambda: asked.append(1) or "it is off")
    (data / "secret").mkdir()
    (data / "secret" / "file").touch()
    shutil.copytree(data / "models" / "tiny-causal", data / "secret" / "model")
    paths = [data / "secret", data / "secret" / "file", data / "secret" / "model", data / "none"]
    monkeypatch.setenv("ITDA_BUILD", "off")
    said = set()
    for name in [
        *map(str, paths),
        "../secret/model",
        "~/x",
        "owner/name",
        "tiny-causal/",
        "x" * 390,
    ]:
        app = open_page("add", add_model=name)
        (line,) = lines(app)
        said.add(line.replace(repr(name[:80]), "X"))
        assert app.selectbox(key="add_model").value == "tiny-causal"
    assert said == {"The model X is none of this server's; showing another."} and not asked
    assert lines(open_page("add", add_model="tiny-causal")) == []


ODD = ["~nobody-of-this-name/x", "~\0", "a/" * 190, "x" * 390, "con\nfig", "-h", "../..", "."]


@pytest.mark.parametrize("name", ODD, ids=range(len(ODD)))
def test_an_odd_model_is_a_line(data, name):
    app = open_page("add", add_model=name)
    assert len(lines(app)) == 1 and "\n" not in lines(app)[0]


def test_at_home_a_model_is_found_or_said_to_be_missing(data, monkeypatch):
    monkeypatch.setenv("HOME", str(data))
    app = open_page("add", add_model="~/models/tiny-causal")
    assert lines(app) == [] and "3 layers, 32 wide" in captions(app)
    (data / "file").touch()
    assert "a file: expected a model folder" in lines(open_page("add", add_model="~/file"))[0]

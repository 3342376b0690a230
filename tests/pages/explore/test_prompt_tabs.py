"""The tabs below a prompt: what each shows, that only the open one computes, and its address."""

import json
import shutil
from io import BytesIO

import pandas as pd
import pytest
import streamlit as st
from appdata import PROMPT, make_data
from damage import edit_head
from explorepage import address, charts, picked_of
from openpage import decomposition_of, lines, open_page, strip

from itda_core import load_model
from itda_core.atoms.excerpts import excerpts
from itda_core.construction.job import BuildJob, BuildPlan
from itda_core.prompt.intervention import parse_edits
from itda_core.pursuit import METHODS
from itda_core.text.corpus import corpus_from_texts
from pages.explore import results
from pages.explore.tabs.tabs import TABS
from pages.kit.charts import clicked

VIEW = {"dictionary": "tiny-l1", "l0": "6", "prompt": PROMPT, "token": "3"}


def titled(app, start: str) -> dict:
    found = charts(app)
    (title,) = [title for title in found if title.startswith(start)]
    return found[title]


def test_nothing_is_computed_before_it_is_asked_for(data, monkeypatch):
    def refuse(*_):
        raise AssertionError("computed without being asked for")

    names = ("steps", "reconstructed", "effect", "continuations", "atoms", "layers")
    for name in names:
        monkeypatch.setattr(results, name, refuse)
    app = open_page(**VIEW)
    assert lines(app) == []
    (title,) = charts(app)
    assert title.startswith("What is left of")
    assert [tab.label for tab in app.tabs] == [tab.label for tab in TABS.values()]


@pytest.mark.parametrize("tab", TABS)
def test_every_tab_opens_by_its_address(data, tab):
    app = open_page(**VIEW, tab=tab)
    assert lines(app) == []
    assert address(app).get("tab", "steps") == tab
    assert strip(app)["picked"] == 3
    again = open_page(**address(app))
    assert address(again) == address(app) and charts(again) == charts(app)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"tab": "secret"}, "tab 'secret' is none of steps, model"),
        ({"step": "x"}, "step 'x' is not a whole number"),
        ({"patch": "x"}, "patch 'x' is none of"),
        ({"layers": "x"}, "layers 'x' is none of"),
        ({"edit": "12"}, "'12' is not of the form"),
        ({"edit": "99999999:0"}, "no atom 99999999"),
        ({"edit": "1:0," * 30}, "at most 20"),
        ({"edit": "1:1e99"}, "out of range"),
        ({"edit": "<script>:1"}, "not of the form"),
        ({"where": "everywhere"}, "where 'everywhere' is none of"),
        ({"error": "x"}, "error 'x' is none of"),
        ({"continue_how": "x"}, "continuation 'x' is none of greedy, sampled"),
        ({"continue_n": "99"}, "number of tokens '99' is not a whole number from 1 to 40"),
        ({"continue_temperature": "nan"}, "temperature 'nan' is no number from 0.1 to 5"),
        ({"continue_seed": "-1"}, "seed '-1' is not a whole number"),
    ],
)
def test_what_an_address_gets_wrong_is_said_in_a_line(data, wrong, words):
    app = open_page(**VIEW, **wrong)
    (line,) = lines(app)
    assert words in line and "\n" not in line
    assert strip(app)["tokens"] and lines(app.run()) == []


def test_the_stepper(data):
    view = VIEW | {"prompt": "zzzz qqqq the cat 12345", "token": "6"}
    app = open_page(**view)
    assert "step" not in address(app)
    slider = app.slider(key="explore_step_slider")
    assert slider.value == slider.max
    slider.set_value(1).run()
    assert lines(app) == [] and address(app)["step"] == "1"
    assert any(m.value.startswith("**Step 1** ·") and "loss now" in m.value for m in app.markdown)
    losses = titled(app, "Loss of the next token")
    assert len(losses["data"][0]["x"]) == slider.max + 1  # zeros before the first step
    bars = titled(app, "What comes after")["data"]
    assert [bar["name"] for bar in bars] == ["original", "after step 1"]
    app.slider(key="explore_step_slider").set_value(0).run()
    assert any("nothing coded yet" in m.value for m in app.markdown)
    far = open_page(**view, step="999")  # as far as it goes
    assert lines(far) == [] and far.slider(key="explore_step_slider").value == slider.max


def test_a_method_whose_codes_tell_no_steps(data, monkeypatch):
    monkeypatch.setitem(METHODS, "mp", METHODS["mp"]._replace(after_steps=None))
    app = open_page(**VIEW, step="2")
    assert lines(app) == [
        "Nothing to show here: codes of Matching tell no steps; choose another pursuit on the left."
    ]
    assert not charts(app) and strip(app)["tokens"]
    assert lines(open_page(**VIEW, tab="model")) == []  # the other tabs go on
    assert lines(open_page(**VIEW, method="omp")) == []


def test_what_the_model_predicts(data):
    app = open_page(**VIEW, tab="model")
    figure = titled(app, "What comes after")
    assert [bar["name"] for bar in figure["data"]] == ["original", "reconstruction"]
    assert "probability" in figure["layout"]["xaxis"]["title"]["text"]
    assert [m.label for m in app.metric] == [
        "Original",
        "Reconstruction in place",
        "Zeros in place",
    ]
    app.segmented_control(key="explore_patch").set_value("all").run()
    assert lines(app) == [] and address(app)["patch"] == "all"
    last = open_page(**VIEW | {"token": str(len(strip(app)["tokens"]) - 1)}, tab="model")
    assert lines(last) == [] and not last.metric
    assert any("last token" in c.value for c in last.caption)


def test_an_intervention_from_start_to_link(data):
    app = open_page(**VIEW, tab="intervene")
    assert not charts(app)
    app.button(key="explore_edit_start").click().run()
    assert lines(app) == []
    (edit,) = parse_edits(address(app)["edit"], 10**6)
    assert edit.value == 0 and not edit.is_added
    assert set(charts(app)) >= {"Change of the loss along the prompt"}
    assert any(m.value.startswith("1 token edited") for m in app.markdown)
    app.radio(key="explore_where").set_value("holding").run()
    app.checkbox(key="explore_edit_keeps").uncheck().run()
    assert address(app)["where"] == "holding" and address(app)["error"] == "dropped"
    again = open_page(**address(app))
    assert charts(again) == charts(app) and address(again) == address(app)
    assert not again.checkbox(key="explore_edit_keeps").value
    again.button(key="explore_edit_undo_0").click().run()
    assert "edit" not in address(again) and not charts(again)


def test_an_atom_is_found_and_added(data):
    app = open_page(**VIEW, tab="intervene")
    app.text_input(key="explore_edit_find").set_value("cat").run()
    options = app.selectbox(key="explore_edit_atom").options
    assert options and all("cat" in option for option in options)
    app.segmented_control(key="explore_edit_how").set_value("add").run()
    app.number_input(key="explore_edit_amount").set_value(2.5).run()
    app.button(key="explore_edit_make").click().run()
    assert address(app)["edit"].endswith(":+2.5")
    app.segmented_control(key="explore_edit_how").set_value("scale").run()
    app.number_input(key="explore_edit_factor").set_value(3.0).run()
    app.button(key="explore_edit_make").click().run()
    assert address(app)["edit"].endswith(":3") and lines(app) == []
    app.text_input(key="explore_edit_find").set_value("no such token <b>").run()
    assert any("No atom is called that" in c.value for c in app.caption)


def test_an_edit_of_no_tokens_code_is_said(data):
    app = open_page(**VIEW)
    code = decomposition_of(app).code.indices
    absent = next(atom for atom in range(10**6) if not (code == atom).any())
    app = open_page(**VIEW, tab="intervene", edit=f"{absent}:0", where="all")
    assert lines(app) == [] and "No token changes" in app.warning[0].value
    assert any("no code there holds it" in m.value for m in app.markdown)


def test_the_model_writes_on_when_asked(data):
    app = open_page(**VIEW, tab="intervene", edit="1: 9", where="all")  # a + typed by hand
    assert address(app)["edit"] == "1:+9" and not app.code[1:]
    app.number_input(key="explore_continue_n").set_value(6).run()
    app.button(key="explore_continue").click().run()
    assert lines(app) == []
    without, edited = [code.value for code in app.code if "▸" in code.value]
    assert without.startswith(PROMPT) and edited.startswith(PROMPT) and without != edited
    app.segmented_control(key="explore_continue_how").set_value("sampled").run()
    assert not [code for code in app.code if "▸" in code.value]  # another question: ask again
    app.number_input(key="explore_continue_seed").set_value(3).run()
    app.button(key="explore_continue").click().run()
    drawn = [code.value for code in app.code if "▸" in code.value]
    app.run()
    assert [code.value for code in app.code if "▸" in code.value] == drawn


def test_a_link_has_the_continuation_too(data):
    app = open_page(**VIEW, tab="intervene", edit="1:+9", where="all")
    assert not [name for name in address(app) if name.startswith("continue")]
    app.segmented_control(key="explore_continue_how").set_value("sampled").run()
    app.number_input(key="explore_continue_n").set_value(6).run()
    app.number_input(key="explore_continue_temperature").set_value(0.7).run()
    app.number_input(key="explore_continue_seed").set_value(3).run()
    assert "continued" not in address(app)
    app.button(key="explore_continue").click().run()
    written = [code.value for code in app.code if "▸" in code.value]
    said = {name: value for name, value in address(app).items() if name.startswith("continue")}
    assert said == {
        "continue_how": "sampled",
        "continue_n": "6",
        "continue_temperature": "0.7",
        "continue_seed": "3",
        "continued": "yes",
    }
    again = open_page(**address(app))
    assert lines(again) == [] and len(written) == 2
    assert [code.value for code in again.code if "▸" in code.value] == written
    again.number_input(key="explore_continue_seed").set_value(0).run()
    assert not [code for code in again.code if "▸" in code.value]
    assert not {"continued", "continue_seed"} & set(address(again))


def test_edits_go_with_their_dictionary(data):
    app = open_page(**VIEW, tab="intervene", edit="1:0")
    app.segmented_control(key="layer").set_value(2).run()
    assert lines(app) == [] and "edit" not in address(app)
    assert any("edits were of another dictionary" in t.value for t in app.toast)
    assert "edit" in address(open_page(**VIEW | {"dictionary": "tiny-l2"}, edit="1:0"))


def test_the_prompt_as_a_whole(data):
    app = open_page(**VIEW, tab="prompt")
    figure = titled(app, "The ")
    heat, cells = figure["data"]
    assert heat["type"] == "heatmap" and -heat["zmin"] == heat["zmax"] > 0
    assert figure["layout"]["yaxis"]["title"]["text"].startswith("atom")
    assert len(figure["layout"]["yaxis"]["ticktext"]) <= 25
    used = {(atom, token) for atom, token in cells["customdata"]}
    code = decomposition_of(app).code.indices
    assert used and all(atom in code[token].tolist() for atom, token in used)


def test_a_dictionary_of_a_layer_that_is_not_there_is_left_out_of_all_layers(data):
    folder = data / "dictionaries" / "tiny-odd"
    shutil.copytree(data / "dictionaries" / "tiny-l1", folder)
    try:
        edit_head(folder, layer=99)
        app = open_page(dictionary="tiny-l1", prompt=PROMPT, tab="layers")
        (line,) = lines(app)
        assert "Left out" in line and "tiny-odd" in line and charts(app)
    finally:
        shutil.rmtree(folder)


def test_all_layers_and_a_click_that_goes_there(data):
    app = open_page(**VIEW, tab="layers")
    figure = titled(app, "How well 2 layers")
    heat, cells = figure["data"]
    assert len(cells["customdata"]) == 2 * len(strip(app)["tokens"])
    assert heat["type"] == "heatmap"
    app.segmented_control(key="explore_layers").set_value("novelty").run()
    assert address(app)["layers"] == "novelty" and lines(app) == []

    # What the browser sends for a click on a cell of layer 2, token 5.
    click = {"selection": {"points": [{"x": 5}, {"x": 5, "y": 1, "customdata": [2, 5]}]}}
    assert clicked(click) == [click["selection"]["points"][1]]
    assert clicked(None) == []


def test_numbers_as_files(data):
    from pages.explore.tabs import whole_prompt as prompt_atoms
    from pages.kit.downloads import FORMATS

    picked = picked_of(open_page(**VIEW, tab="prompt"))
    found = results.atoms(picked)
    labels = excerpts(picked.dictionary, found.atoms)
    table = prompt_atoms.numbers(picked, found, labels)
    made = {name: format.write(table, {}) for name, format in FORMATS.items()}
    assert len(pd.read_csv(BytesIO(made["CSV"]))) == len(table)
    assert len(json.loads(made["JSON"])["rows"]) == len(table)
    assert pd.read_parquet(BytesIO(made["Parquet"])).equals(table)
    assert list(table["atom"].unique()) == found.atoms


@pytest.mark.parametrize(
    "prompt",
    [
        "a",
        "<script>alert(1)</script>",
        "a\0b\x1b[31m",
        "مرحبا 🪁",
        "before <|endoftext|> after",
        "kite " * 300,
    ],
    ids=["one", "html", "controls", "rtl", "special", "long"],
)
def test_any_prompt_in_every_tab(data, prompt):
    app = open_page(dictionary="tiny-l1", prompt=prompt, edit="1:+1", where="all", step="2")
    for tab in TABS:
        app.session_state["explore_tab"] = tab
        app.run()
        assert lines(app) == [], tab
        assert charts(app) and "<script>" not in json.dumps(charts(app))


def test_a_dictionary_of_one_atom(tmp_path, monkeypatch, tiny_causal):
    folder = make_data(tmp_path / "data", tiny_causal, layers=())
    job = BuildJob(
        load_model(folder / "models" / "tiny-causal"),
        corpus_from_texts(["the cat"], "t"),
        BuildPlan(layers=(1,), tau=0.9, l0=6, max_atoms=1),
    )
    job.run()[1].save(folder / "dictionaries" / "one")
    monkeypatch.setenv("ITDA_DATA", str(folder))
    for tab in TABS:
        app = open_page(prompt=PROMPT, tab=tab, edit="0:0", step="1")
        assert lines(app) == [], tab


def test_an_encoder_shows_what_applies(tmp_path, monkeypatch, minilm_path):
    st.cache_resource.clear()
    folder = tmp_path / "data"
    (folder / "models").mkdir(parents=True)
    shutil.copytree(minilm_path, folder / "models" / minilm_path.name)
    model = load_model(folder / "models" / minilm_path.name)
    job = BuildJob(model, corpus_from_texts([PROMPT] * 2, "t"), BuildPlan((2,), tau=0.2, l0=6))
    job.run()[2].save(folder / "dictionaries" / "encoder")
    monkeypatch.setenv("ITDA_DATA", str(folder))
    for tab in ("model", "intervene"):
        (line,) = lines(open_page(prompt=PROMPT, tab=tab, edit="0:0"))
        assert "depends on the tokens that follow" in line and "no next-token predictions" in line
    for tab in ("prompt", "layers"):
        app = open_page(prompt=PROMPT, tab=tab)
        assert lines(app) == [] and charts(app)
    app = open_page(prompt=PROMPT, step="1")
    assert lines(app) == [] and charts(app)
    assert any("No predictions" in caption.value for caption in app.caption)
    assert any(m.value.startswith("**Step 1**") for m in app.markdown)

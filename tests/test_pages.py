"""Pages run without a browser: what is shown, and that nothing that is typed breaks them."""

import json
import shutil
from io import BytesIO

import pandas as pd
import pytest
import streamlit as st
import torch
from appdata import PROMPT, add_dictionary, make_data
from openpage import decomposition_of, dictionary_of, lines, open_page, shown, strip
from streamlit.testing.v1 import AppTest

from itda_core import build_dictionary
from pages.shell import resources


@pytest.fixture(scope="module")
def made(tmp_path_factory, tiny_causal):
    return make_data(tmp_path_factory.mktemp("data"), tiny_causal)


@pytest.fixture
def data(made, monkeypatch):
    monkeypatch.setenv("ITDA_DATA", str(made))
    return made


@pytest.fixture
def own_data(made, monkeypatch, tmp_path):
    """A copy that a test may change."""
    folder = tmp_path / "data"
    shutil.copytree(made, folder, ignore=shutil.ignore_patterns("index.duckdb*"))
    monkeypatch.setenv("ITDA_DATA", str(folder))
    return folder


def test_what_somebody_adds_does_not_become_the_first_view(own_data):
    add_dictionary(own_data, "tiny-few", 2, tau=0.5)
    add_dictionary(own_data, "tiny-many", 2, tau=0.02)
    assert open_page().session_state["dictionary"] == "tiny-l2"
    # The bundled model comes first, whatever others are called.
    model = own_data / "models" / "tiny-causal"
    shutil.copytree(model, own_data / "models" / resources.FIRST_MODEL)
    for layer in (1, 2):
        folder = own_data / "dictionaries" / f"tiny-l{layer}"
        copy = own_data / "dictionaries" / f"zz-l{layer}"
        shutil.copytree(folder, copy)
        head = json.loads((copy / "dictionary.json").read_text())
        head |= {"model_id": resources.FIRST_MODEL, "model_path": None}
        (copy / "dictionary.json").write_text(json.dumps(head))
    assert open_page().session_state["dictionary"] == "zz-l2"


def citations(app: AppTest) -> dict:
    return shown(app, "itda_citations")


def test_no_dictionaries_says_how_to_make_one(tmp_path, monkeypatch):
    monkeypatch.setenv("ITDA_DATA", str(tmp_path))
    app = open_page()
    assert not app.exception and not app.error
    assert "No dictionary yet" in app.subheader[0].value
    assert "python -m itda_core build --model" in app.code[0].value
    assert str(tmp_path / "dictionaries") in app.code[0].value


def test_the_first_view_is_already_taken_apart(data):
    app = open_page()
    assert lines(app) == []
    shown, cited = strip(app), citations(app)
    text = "".join(t["gap"] + t["text"] for t in shown["tokens"])
    assert text == app.text_area(key="prompt").value
    assert shown["tokens"][shown["picked"]]["text"] == cited["token"]
    assert 1 <= len(cited["rows"]) <= 6
    sizes = [abs(row["coefficient"]) for row in cited["rows"]]
    assert sizes == sorted(sizes, reverse=True)
    assert app.get("plotly_chart") and len(app.dataframe[0].value)
    assert app.session_state["dictionary"] == "tiny-l2"  # of two layers the one past the middle


def test_the_address_shows_the_view_and_gives_it_back(data):
    asked = {
        "dictionary": "tiny-l1",
        "l0": "3",
        "method": "omp",
        "colour": "novelty",
        "token": "4",
        "prompt": PROMPT,
    }
    app = open_page(**asked)
    assert lines(app) == []
    assert {k: "".join(v) for k, v in dict(app.query_params).items()} == asked
    assert strip(app)["picked"] == 4 and len(citations(app)["rows"]) <= 3
    again = open_page(**asked)
    assert strip(again) == strip(app) and citations(again) == citations(app)


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ({"dictionary": "nobody's"}, "no dictionary"),
        ({"dictionary": "../../etc"}, "no dictionary"),
        ({"l0": "9999"}, "L0 '9999' is not a whole number from 1 to 100"),
        ({"l0": "-1"}, "L0"),
        ({"l0": "²"}, "L0"),
        ({"l0": "3; DROP TABLE labels"}, "L0"),
        ({"method": "magic"}, "method 'magic' is none of mp, omp"),
        ({"colour": "<b>red</b>"}, "colour"),
        ({"token": "77", "prompt": PROMPT}, "Token 77 is out of range"),
        ({"token": "x"}, "token 'x' is not a whole number"),
        ({"token": "9" * 30}, "token"),
    ],
)
def test_what_an_address_gets_wrong_is_said_in_a_line(data, address, words):
    app = open_page(**address)
    (line,) = lines(app)
    assert words in line and "\n" not in line
    assert strip(app)["tokens"] and citations(app)["rows"]
    assert lines(app.run()) == []  # said once


def test_several_wrong_things_make_one_line(data):
    app = open_page(dictionary="x", l0="0", method="", colour="z", token="-3")
    assert len(lines(app)) == 1 and strip(app)["tokens"]


HOSTILE = {
    "one character": "a",
    "html": "<script>window.hacked = 1</script><img src=x onerror='window.hacked = 1'>",
    "markdown": "# **bold** [a](javascript:alert(1)) ![i](http://127.0.0.1:9/x.png) $x^2$ :smile:",
    "emoji": "🪁👩‍🚀🏳️‍🌈 kites",
    "right to left": "مرحبا بالعالم hello שלום",
    "NUL and controls": "a\0b\x07c\x1b[31m",
    "line ends and tabs": "one\n\n\ttwo\r\nthree",
    "combining": "Z̸̡̛̙͈͌͝a̶͝l̷̓g̵o",
    "the model's own special token": "before <|endoftext|> after",
    "long": "kite " * 2000,
}


@pytest.mark.parametrize("prompt", HOSTILE.values(), ids=HOSTILE.keys())
def test_any_prompt_is_taken_apart(data, prompt):
    app = open_page(dictionary="tiny-l1")
    app.text_area(key="prompt").set_value(prompt).run()
    assert lines(app) == []
    shown = strip(app)
    written = "".join(t["gap"] + ("" if t["piece"] else t["text"]) for t in shown["tokens"])
    assert written == prompt[: len(written)] and written
    assert citations(app)["rows"]
    for name, how in formats():
        assert how(decomposition_of(app), dictionary_of(app), 6, "mp"), name


@pytest.mark.parametrize(
    ("prompt", "words"),
    [
        ("", "empty"),
        (" \n\t ", "empty"),
        ("x" * 100_000, "100,000 characters"),
        ("<|endoftext|>", "special tokens"),
    ],
)
def test_a_prompt_that_cannot_be_answered_gets_one_line(data, prompt, words):
    app = open_page()
    app.text_area(key="prompt").set_value(prompt).run()
    (line,) = lines(app)
    assert words in line and "\n" not in line
    app.text_area(key="prompt").set_value(PROMPT).run()  # and the page goes on
    assert lines(app) == [] and strip(app)["tokens"]


def test_a_hostile_prompt_in_the_address(data):
    app = open_page(prompt=HOSTILE["html"])
    assert lines(app) == [] and "<script>" in app.text_area(key="prompt").value


def test_a_prompt_too_long_for_a_link_leaves_the_address(data):
    app = open_page()
    app.text_area(key="prompt").set_value("kite " * 2000).run()
    assert "prompt" not in app.query_params and "l0" in app.query_params


def test_a_new_prompt_moves_to_its_own_token(data):
    app = open_page(token="1", prompt=PROMPT)
    assert strip(app)["picked"] == 1
    app.text_area(key="prompt").set_value("A small bird visits my grandmother today.").run()
    picked = strip(app)["picked"]
    longest = max(strip(app)["tokens"], key=lambda t: sum(map(str.isalpha, t["text"])))["text"]
    assert strip(app)["tokens"][picked]["text"] == longest


def test_l0_method_and_colour(data):
    app = open_page(prompt=PROMPT, token="3")
    app.slider(key="l0").set_value(2).run()
    assert len(citations(app)["rows"]) <= 2
    assert "".join(app.query_params["l0"]) == "2"
    seen = {}
    for colour in ("explained", "novelty", "strongest", "shared"):
        app.session_state["colour"] = colour
        app.run()
        assert not app.exception
        tokens = strip(app)["tokens"]
        seen[colour] = [t["shade"] for t in tokens]
        assert all(0 <= shade <= 1 for shade in seen[colour])
    assert seen["shared"][3] == max(seen["shared"]) == 1
    assert {t["hue"] for t in strip(app)["tokens"]} == {"accent"}


def test_orange_only_above_tau(data):
    app = open_page(prompt="zzzz qqqq the cat 12345", colour="novelty")
    tokens = strip(app)["tokens"]
    for token in tokens:
        novel = any(fact.endswith(": novel") for fact in token["facts"])
        assert (token["shade"] > 0) == novel
    assert any(token["shade"] > 0 for token in tokens)


def test_layer_and_dictionary_move_together(own_data):
    add_dictionary(own_data, "tiny-l1-fine", 1, tau=0.02)
    app = open_page(dictionary="tiny-l2")
    app.segmented_control(key="layer").set_value(1).run()
    assert lines(app) == []
    assert app.session_state["dictionary"] == "tiny-l1"  # of the two the one with the same tau
    options = app.selectbox(key="dictionary").options
    assert [option.partition(" ·")[0] for option in options] == ["tau 0.05", "tau 0.02"]
    app.selectbox(key="dictionary").select(options[1]).run()
    assert app.session_state["dictionary"] == "tiny-l1-fine" and strip(app)["tokens"]


def test_dictionaries_that_come_and_go(own_data):
    app = open_page(dictionary="tiny-l1", prompt=PROMPT)
    shutil.rmtree(own_data / "dictionaries" / "tiny-l1")
    app.run()
    assert not app.exception and app.session_state["dictionary"] == "tiny-l2"
    assert "tiny-l1 is gone" in app.toast[0].value.replace("\\", "")
    add_dictionary(own_data, "tiny-l0", 0)
    app.run()
    app.segmented_control(key="layer").set_value(0).run()
    assert strip(app)["tokens"] and app.session_state["dictionary"] == "tiny-l0"


def test_a_broken_dictionary_is_named_and_the_rest_works(own_data):
    file = own_data / "dictionaries" / "tiny-l2" / "labels.parquet"
    file.write_bytes(file.read_bytes()[:-20])
    app = open_page()
    (line,) = lines(app)
    assert "labels.parquet is not what was written" in line
    app.run()  # pages do so by themselves once a dictionary is found broken
    assert lines(app) == [] and strip(app)["tokens"]
    assert app.session_state["dictionary"] == "tiny-l1"
    assert any("labels" in c.value and "not what was written" in c.value for c in app.caption)


@pytest.mark.parametrize("page", ["atoms", "atlas"])
def test_damage_that_a_page_meets_is_said_there_once(own_data, page):
    file = own_data / "dictionaries" / "tiny-l2" / "labels.parquet"
    file.write_bytes(file.read_bytes()[:-20])
    app = open_page(page, dictionary="tiny-l2")
    (line,) = lines(app)
    assert "labels.parquet is not what was written" in line
    app.run()
    assert not app.exception and app.session_state["dictionary"] == "tiny-l1"


def test_a_model_that_cannot_be_had(own_data):
    shutil.rmtree(own_data / "models" / "tiny-causal")
    head = own_data / "dictionaries" / "tiny-l1" / "dictionary.json"
    described = json.loads(head.read_text())
    head.write_text(json.dumps(described | {"model_id": "no one/has this"}))
    app = open_page(dictionary="tiny-l1")
    (line,) = lines(app)
    assert "model of this dictionary cannot be used" in line and "models" in line
    assert app.text_area(key="prompt").value and app.sidebar.slider


def test_another_model_of_the_same_name_is_refused(own_data):
    head = own_data / "dictionaries" / "tiny-l1" / "dictionary.json"
    described = json.loads(head.read_text())
    head.write_text(json.dumps(described | {"weights_hash": "0" * 64}))
    (line,) = lines(open_page(dictionary="tiny-l1"))
    assert "built from other weights" in line


def test_many_layers(own_data):
    source = own_data / "dictionaries" / "tiny-l1"
    for layer in range(3, 9):
        copy = source.with_name(f"tiny-l{layer}")
        shutil.copytree(source, copy)
        head = json.loads((copy / "dictionary.json").read_text())
        (copy / "dictionary.json").write_text(json.dumps(head | {"layer": layer}))
    app = open_page(dictionary="tiny-l1")
    assert strip(app)["tokens"]
    app.select_slider(key="layer").set_value(2).run()
    assert app.session_state["dictionary"] == "tiny-l2" and strip(app)["tokens"]
    app.select_slider(key="layer").set_value(8).run()
    (line,) = lines(app)
    assert "layer 8" in line and "has 3 layers" in line


def test_a_dictionary_of_bare_tensors(tmp_path, monkeypatch):
    """Built with `build_dictionary` and saved: no model, no layer, no labels."""
    x = torch.randn(20, 4, generator=torch.Generator().manual_seed(0))
    build_dictionary(x, tau=0.3, l0=2).save(tmp_path / "dictionaries" / "bare")
    monkeypatch.setenv("ITDA_DATA", str(tmp_path))
    (line,) = lines(open_page())
    assert "does not say which model" in line


def test_downloads_hold_the_codes(data):
    app = open_page(dictionary="tiny-l1", prompt=PROMPT)
    made = {
        name: how(decomposition_of(app), dictionary_of(app), 6, "mp") for name, how in formats()
    }
    csv = pd.read_csv(BytesIO(made["CSV"]), keep_default_na=False)
    parquet = pd.read_parquet(BytesIO(made["Parquet"]))
    document = json.loads(made["JSON"])
    assert len(csv) == len(parquet) == len(document["codes"]) > 10
    assert document["prompt"] == PROMPT and document["layer"] == 1
    first = parquet.iloc[0]
    assert first["atom"] == csv["atom"][0] == document["codes"][0]["atom"]
    of_token = parquet[parquet["token_index"] == 3]
    assert of_token["coefficient"].abs().is_monotonic_decreasing
    # Matching pursuit: the energy explained is the sum of the shares.
    assert of_token["share"].sum() == pytest.approx(of_token["explained"].iloc[0], abs=1e-4)


def formats():
    from pages.explore.downloads import FORMATS

    return [(name, how) for name, (_, how) in FORMATS.items()]


def test_sessions_share_what_is_loaded(data):
    st.cache_resource.clear()
    app = open_page(dictionary="tiny-l1", prompt=PROMPT)
    other = open_page(dictionary="tiny-l1", prompt=PROMPT)
    assert dictionary_of(app) is dictionary_of(other)
    assert decomposition_of(app) is decomposition_of(other)


def test_numbers_and_texts():
    from pages.shell.formats import number, percent, plain, short_name

    assert [number(x) for x in (0.069312, 12.345, 1234.4, 0, -0.5)] == [
        "0.0693",
        "12.3",
        "1,234",
        "0",
        "-0.500",
    ]
    assert number(float("nan")) == "–"
    assert [percent(x) for x in (0.931, 0.9999999, 0.998, 0.0, 0.001)] == [
        "93%",
        "100%",
        "> 99%",
        "0%",
        "< 1%",
    ]
    assert plain("a\nb [x](y) <b>") == r"a b \[x\]\(y\) \<b\>"
    assert short_name("EleutherAI/pythia-70m") == "pythia-70m"

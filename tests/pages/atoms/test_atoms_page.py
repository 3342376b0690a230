"""The page *Atoms* without a browser."""

import shutil

import pandas as pd
import pytest
import torch
from appdata import add_statistics, make_data
from openpage import component, lines, open_page
from streamlit.testing.v1 import AppTest

from itda_core import Dictionary, build_dictionary
from pages.atoms.view import SECTIONS
from pages.shell.formats import signed


@pytest.fixture(scope="module")
def made(tmp_path_factory, tiny_causal):
    """Two dictionaries, that of layer 1 with statistics."""
    folder = make_data(tmp_path_factory.mktemp("data"), tiny_causal)
    add_statistics(folder, "tiny-l1")
    return folder


@pytest.fixture
def data(made, monkeypatch):
    monkeypatch.setenv("ITDA_DATA", str(made))
    return made


def written(passage: dict) -> str:
    return "".join(run["text"] for run in passage["runs"])


def table_of(app: AppTest) -> pd.DataFrame:
    return app.dataframe[0].value


def test_no_dictionaries(tmp_path, monkeypatch):
    monkeypatch.setenv("ITDA_DATA", str(tmp_path))
    app = open_page("atoms")
    assert lines(app) == [] and "No dictionary yet" in app.subheader[0].value


def test_the_first_view_explains_an_atom(data):
    app = open_page("atoms", dictionary="tiny-l1")
    assert lines(app) == []
    table = table_of(app)
    assert (
        table["of use, tag"].is_monotonic_decreasing
        and table["in its source text"].str.contains("[", regex=False).all()
    )
    source = component(app, "atoms_source")["passages"][0]
    (focus,) = [run for run in source["runs"] if run.get("focus")]
    assert focus["label"] and focus["text"] in app.subheader[0].value
    assert any("of its use falls" in m.value for m in app.markdown)
    assert app.get("plotly_chart")
    contexts = component(app, "atoms_contexts")["passages"]
    assert contexts[0]["group"] == "Largest coefficients"
    for context in contexts:
        (focus,) = [run for run in context["runs"] if run.get("focus")]
        assert focus["facts"][0] == f"coefficient {context['lead']}"
        assert (focus["shade"] < 0) == context["lead"].startswith("−")


def test_filters_and_order(data):
    app = open_page("atoms", dictionary="tiny-l1", search="garden", order="entry")
    all_rows = len(open_page("atoms", dictionary="tiny-l1").dataframe[0].value)
    assert 0 < len(table_of(app)) < all_rows
    assert table_of(app)["atom"].is_monotonic_increasing
    app.text_input(key="atoms_word").set_value("THE").run()
    folded = [table_of(app)[name].str.strip().str.lower() for name in ("token", "main token")]
    assert ((folded[0] == "the") | (folded[1] == "the")).all()
    app.text_input(key="atoms_search").set_value("<nowhere>").run()
    (line,) = lines(app)
    assert "No atom fits" in line and "<nowhere>" in line
    app.button(key="atoms_clear_filters").click().run()
    assert lines(app) == [] and len(table_of(app)) == all_rows


def test_the_address_gives_the_view_back(data):
    asked = {
        "dictionary": "tiny-l1",
        "atom": "7",
        "search": "the",
        "density": "0.1-100",
        "order": "token",
        "section": "near",
        "measure": "cosine",
    }
    app = open_page("atoms", **asked)
    assert lines(app) == []
    assert {k: "".join(v) for k, v in dict(app.query_params).items()} == asked
    assert "atom 7" in app.subheader[0].value
    near = component(app, "atoms_nearest")["rows"]
    assert len(near) == 10 and near[0]["bar"] >= near[-1]["bar"]
    assert near[0]["link"] == f"atoms?dictionary=tiny-l1&atom={near[0]['atom']}"
    assert component(app, "atoms_partners")["rows"]


def test_an_address_does_not_mention_defaults(data):
    usual = {"density": "0-100", "order": "tag", "section": "uses", "measure": "coefficient"}
    app = open_page("atoms", dictionary="tiny-l1", atom="7", **usual)
    assert lines(app) == [] and set(app.query_params) == {"dictionary", "atom"}
    app.select_slider(key="atoms_density").set_range(1, 10).run()
    app.segmented_control(key="atoms_section").set_value("text").run()
    said = {"density": "1-10", "section": "text"}
    assert {k: "".join(v) for k, v in dict(app.query_params).items()}.items() >= said.items()
    assert table_of(app)["density"].between(1, 10).all()
    app.select_slider(key="atoms_density").set_range(0, 100).run()
    assert "density" not in app.query_params


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ({"dictionary": "nobody's"}, "no dictionary"),
        ({"atom": "99999"}, "atom '99999' is not a whole number from 0 to"),
        ({"atom": "-1"}, "atom"),
        ({"order": "<b>"}, "order"),
        ({"tag": "pos:nothing"}, "No atom here has the tag 'pos:nothing'"),
        ({"density": "5-1"}, "density"),
        ({"density": "x"}, "density"),
        ({"section": "?"}, "section"),
        ({"measure": "1"}, "measure"),
    ],
)
def test_what_an_address_gets_wrong_is_said_in_a_line(data, address, words):
    app = open_page("atoms", **({"dictionary": "tiny-l1"} | address))
    (line,) = [one for one in lines(app) if "needs statistics" not in one]
    assert words in line and "\n" not in line
    assert len(table_of(app)) and component(app, "atoms_source")


def test_next_and_previous_follow_the_table(data):
    app = open_page("atoms", dictionary="tiny-l1", order="used")
    order = table_of(app)["atom"].tolist()
    app.session_state["atoms_atom"] = order[0]
    app.run()
    assert app.button(key="atoms_previous").disabled
    app.button(key="atoms_next").click().run()
    assert app.session_state["atoms_atom"] == order[1]
    app.button(key="atoms_previous").click().run()
    assert app.session_state["atoms_atom"] == order[0]


def test_asking_for_others_opens_one_of_them(data):
    app = open_page("atoms", dictionary="tiny-l1", atom="0")
    rows = table_of(app).set_index("atom")
    word = next(t for t in rows["token"] if t not in (rows["token"][0], rows["main token"][0]))
    app.text_input(key="atoms_word").set_value(word).run()
    found = table_of(app)["atom"].tolist()
    assert found and 0 not in found and app.session_state["atoms_atom"] == found[0]
    # One that a click elsewhere or a link opens stays open; from it the table's first is next.
    app.session_state["atoms_atom"] = 0
    app.run()
    assert app.session_state["atoms_atom"] == 0 and app.button(key="atoms_previous").disabled
    app.button(key="atoms_next").click().run()
    assert app.session_state["atoms_atom"] == found[0]
    linked = open_page("atoms", dictionary="tiny-l1", atom="0", word=word)
    assert linked.session_state["atoms_atom"] == 0
    unnamed = open_page("atoms", dictionary="tiny-l1", word=word)
    assert unnamed.session_state["atoms_atom"] == found[0]


def test_without_statistics_the_rest_works(data):
    app = open_page("atoms", dictionary="tiny-l2")
    (line,) = lines(app)
    assert "needs statistics" in line
    assert any("python -m itda_core statistics --dictionary" in code.value for code in app.code)
    assert "density" not in table_of(app) and component(app, "atoms_source")
    near = open_page("atoms", dictionary="tiny-l2", section="near", order="used")
    assert component(near, "atoms_nearest")["rows"]
    assert any("order needs statistics" in line for line in lines(near))


@pytest.mark.parametrize("section", SECTIONS)
def test_statistics_are_offered_in_the_sections_that_need_them(data, section):
    needed = SECTIONS[section].needs_statistics
    assert lines(open_page("atoms", dictionary="tiny-l1", section=section)) == []
    without = open_page("atoms", dictionary="tiny-l2", section=section)
    assert any("needs statistics" in line for line in lines(without)) == needed
    assert len(lines(without)) == needed and component(without, "atoms_source")


def test_the_order_is_the_tables_until_somebody_chooses_another(data):
    app = open_page("atoms", dictionary="tiny-l1")
    assert app.selectbox(key="atoms_order_shown").value == "tag"
    app.segmented_control(key="layer").set_value(2).run()
    assert app.selectbox(key="atoms_order_shown").value == "entry"
    assert lines(app)[1:] == [] and "order" not in app.query_params
    app.segmented_control(key="layer").set_value(1).run()
    assert app.selectbox(key="atoms_order_shown").value == "tag"
    app.selectbox(key="atoms_order_shown").set_value("loss").run()
    assert "".join(app.query_params["order"]) == "loss"
    app.segmented_control(key="layer").set_value(2).run()
    assert app.selectbox(key="atoms_order_shown").value == "loss"
    assert "".join(app.query_params["order"]) == "loss"
    app.selectbox(key="atoms_order_shown").set_value("entry").run()
    assert "order" not in app.query_params
    app.segmented_control(key="layer").set_value(1).run()
    assert app.selectbox(key="atoms_order_shown").value == "tag"


def test_what_cannot_be_coded_is_said_below_the_section_and_the_rest_stays(data):
    app = open_page("atoms", dictionary="tiny-l1", section="text", text="x" * 30_000)
    (line,) = lines(app)
    assert "30,000 characters" in line
    assert len(table_of(app)) and component(app, "atoms_source")


def test_own_text_by_code_and_by_cosine(data):
    text = "the river <i>sees</i> the garden 🪁"
    app = open_page("atoms", dictionary="tiny-l1", atom="3", section="text", text=text)
    assert lines(app) == []
    (passage,) = component(app, "atoms_own_text")["passages"]
    assert written(passage) == text and all(
        len(r["facts"]) == 2 for r in passage["runs"] if "shade" in r
    )
    app.session_state["atoms_measure"] = "cosine"
    app.run()
    (passage,) = component(app, "atoms_own_text")["passages"]
    assert written(passage) == text
    shaded = [run["shade"] for run in passage["runs"] if "shade" in run]
    assert max(map(abs, shaded)) == 1 and len(shaded) > 5
    app.text_area(key="atoms_text").set_value("").run()  # its own source text
    (passage,) = component(app, "atoms_own_text")["passages"]
    assert written(passage) == written(component(app, "atoms_source")["passages"][0])
    app.text_area(key="atoms_text").set_value("x" * 30_000).run()
    assert any("30,000 characters" in line for line in lines(app))


def test_predictions(data):
    app = open_page("atoms", dictionary="tiny-l1", section="predicts")
    assert lines(app) == [] and app.get("plotly_chart")


def test_the_token_in_other_layers(data):
    app = open_page("atoms", dictionary="tiny-l1", section="elsewhere", atom="0")
    (row,) = component(app, "atoms_other_dictionaries")["rows"]
    assert row["dictionary"] == "tiny-l2" and row["before"] == "is atom 0 there"
    lacking = next(atom for atom in range(200) if is_only_in_l1(app, atom))
    app = open_page("atoms", dictionary="tiny-l1", section="elsewhere", atom=str(lacking))
    assert component(app, "atoms_other_dictionaries")["rows"][0]["before"] == "not an atom there"
    app.toggle(key="atoms_losses").set_value(True).run()
    assert lines(app) == []
    (row,) = component(app, "atoms_other_dictionaries")["rows"]
    assert "not an atom: loss" in row["before"] and "tau 0.05" in row["before"]


def is_only_in_l1(app: AppTest, atom: int) -> bool:
    from pages.shell import resources

    return resources.store().same_label("tiny-l1", atom) == {}


def test_another_layer_shows_the_same_label(data):
    from pages.shell import resources

    app = open_page("atoms", dictionary="tiny-l1")
    same = {}
    for atom in range(5, 100):
        same = resources.store().same_label("tiny-l1", atom)
        if same and same["tiny-l2"] != atom:
            break
    app.session_state["atoms_atom"] = atom
    app.run()
    app.segmented_control(key="layer").set_value(2).run()
    assert app.session_state["atoms_atom"] == same["tiny-l2"]


@pytest.fixture
def own_data(tmp_path, monkeypatch):
    monkeypatch.setenv("ITDA_DATA", str(tmp_path))
    return tmp_path


def test_a_dictionary_without_labels(own_data):
    x = torch.randn(20, 4, generator=torch.Generator().manual_seed(0))
    build_dictionary(x, tau=0.3, l0=2).save(own_data / "dictionaries" / "bare")
    app = open_page("atoms")
    assert lines(app) == [] and "no labels" in app.subheader[0].value
    assert "python -m itda_core build" in app.code[0].value


def test_a_dictionary_with_one_atom(own_data, made):
    shutil.copytree(made / "models", own_data / "models")
    one = Dictionary.load(made / "dictionaries" / "tiny-l1").crop(1)
    one.save(own_data / "dictionaries" / "one")
    add_statistics(own_data, "one")
    app = open_page("atoms")
    assert lines(app) == [] and len(table_of(app)) == 1
    assert app.button(key="atoms_next").disabled and app.button(key="atoms_previous").disabled
    for section in ("near", "predicts", "text"):
        app.session_state["atoms_section"] = section
        app.run()
        assert lines(app) == []
    assert any(
        "no other dictionary" in line for line in lines(open_page("atoms", section="elsewhere"))
    )


def test_damaged_statistics_are_one_line(own_data, made):
    shutil.copytree(made, own_data, dirs_exist_ok=True, ignore=shutil.ignore_patterns("index*"))
    file = own_data / "dictionaries" / "tiny-l1" / "statistics" / "contexts.parquet"
    file.write_bytes(file.read_bytes()[:-9])
    app = open_page("atoms", dictionary="tiny-l1")
    assert any("not what was written" in line for line in lines(app))
    assert len(table_of(app)) and component(app, "atoms_source")


def test_coefficients_in_words():
    assert [signed(value) for value in (34.44, -0.5167, 0, -12345)] == [
        "+34.4",
        "−0.517",
        "0",
        "−12,345",
    ]
    assert signed(float("nan")) == "–"


def test_purity_in_words():
    from pages.atoms.sentences import purity, use

    atom = {
        "count": 450,
        "density": 0.0075,
        "positive": 0.8,
        "mean_coefficient": 14.1,
        "largest_coefficient": 30.8,
        "tag": "pos:name",
        "tag_share": 0.82,
        "tag_base": 0.05,
        "main_token": " Nils",
        "token_share": 0.06,
    }
    assert purity(atom) == (
        "82% of its use falls on names (pos:name; 5% of all tokens are), 6% on the token “Nils”."
    )
    assert use(atom, 60_000).startswith("In the codes of 0.75% of tokens (450 of 60,000)")
    untagged = atom | {"tag": None, "main_token": "\n"}
    assert purity(untagged) == "6% of its use falls on “↵”."
    kind = purity(atom | {"tag": "kind:word_problem"})
    assert "falls in texts of the kind “word problem” (kind:word_problem; 5%" in kind
    assert purity(atom | {"count": 0}) == "No token of the text that the statistics are of uses it."
    assert "negative" in purity(atom | {"tag": "", "main_token": ""})

"""The page Atlas without a browser."""

import base64
import shutil

import numpy as np
import pytest
from appdata import add_statistics, make_data
from openpage import open_page, shown, written
from streamlit.testing.v1 import AppTest

from itda_core import Dictionary, build_dictionary


@pytest.fixture(scope="module")
def folder(tmp_path_factory, tiny_causal):
    data = make_data(tmp_path_factory.mktemp("data"), tiny_causal)
    add_statistics(data, "tiny-l1", "tiny-l2")
    one = Dictionary.load(data / "dictionaries" / "tiny-l1").crop(1)
    one.save(data / "dictionaries" / "tiny-one")
    add_statistics(data, "tiny-one")
    return data


@pytest.fixture
def data(folder, monkeypatch):
    monkeypatch.setenv("ITDA_DATA", str(folder))
    return folder


def atlas(app: AppTest) -> dict:
    return shown(app, "itda_atlas_map")


def unpacked(text: str, kind: str) -> np.ndarray:
    return np.frombuffer(base64.b64decode(text), kind)


def test_no_dictionaries(tmp_path, monkeypatch):
    monkeypatch.setenv("ITDA_DATA", str(tmp_path))
    app = open_page("atlas")
    assert not app.exception and "No dictionary yet" in app.subheader[0].value


def test_without_statistics_the_command_is_said(data, monkeypatch, tmp_path):
    shutil.copytree(data, tmp_path / "data", ignore=shutil.ignore_patterns("index.*", "statistics"))
    monkeypatch.setenv("ITDA_DATA", str(tmp_path / "data"))
    app = open_page("atlas", dictionary="tiny-l1")
    assert not app.exception
    assert "python -m itda_core statistics --dictionary" in app.code[0].value
    assert "tiny-l1" in app.code[0].value


def test_without_labels_there_is_nothing_to_read(data, monkeypatch, tmp_path):
    import torch

    torch.manual_seed(0)
    bare = tmp_path / "data"
    build_dictionary(torch.randn(40, 8), tau=0.3, l0=4).save(bare / "dictionaries" / "bare")
    monkeypatch.setenv("ITDA_DATA", str(bare))
    app = open_page("atlas")
    assert not app.exception and "no labels" in app.subheader[0].value


def test_the_map_holds_every_atom(data):
    app = open_page("atlas", dictionary="tiny-l2")
    map_ = atlas(app)
    labels = Dictionary.load(data / "dictionaries" / "tiny-l2").labels
    n = len(labels)
    assert map_["title"].startswith(f"{n} atoms of layer 2")
    for part, kind in (("x", "<f4"), ("y", "<f4"), ("density", "<f4"), ("tag", "<u2")):
        assert len(unpacked(map_[part], kind)) == n
    assert unpacked(map_["entered"], "<u4").tolist() == labels["entered_at"].tolist()
    lines = map_["excerpts"].split("\n")
    assert len(lines) == n and max(map(len, lines)) <= 60
    assert map_["growth"]["atoms"][-1] == n and map_["seen"] is None
    assert any("Nothing is selected" in c.value for c in app.caption)


def test_one_atom(data):
    app = open_page("atlas", dictionary="tiny-one")
    map_ = atlas(app)
    assert map_["title"].startswith("1 atom of") and "\n" not in map_["excerpts"]
    app.session_state.atlas_selected = (0,)
    app.run()
    assert "1 atom selected" in written(app) and not app.exception


@pytest.mark.parametrize("colour", ["density", "tag", "norm", "entered", "layer"])
def test_colours(data, colour):
    app = open_page("atlas", dictionary="tiny-l2", map_colour=colour)
    map_ = atlas(app)
    found = map_["colour"]
    codes = unpacked(found["codes"], "u1")
    assert len(codes) == len(unpacked(map_["x"], "<f4"))
    assert codes[codes != 255].max() < len(found["colours"])
    if colour in ("tag", "layer"):
        assert sum(found["counts"]) == (codes != 255).sum() and found["ends"] is None
    else:
        assert len(found["ends"]) == 2 and "log scale" in found["title"]


def test_a_colour_that_is_not_known_here_falls_back(data):
    app = open_page("atlas", dictionary="tiny-l1", map_colour="layer")  # the lowest layer there is
    assert atlas(app)["colour"]["title"].startswith("density")
    assert "".join(app.query_params["map_colour"]) == "density"


def test_search_counts_and_selects(data):
    app = open_page("atlas", dictionary="tiny-l2", map_search="GARDEN")
    mask = unpacked(atlas(app)["matches"], "u1")
    assert mask.any() and f"**{mask.sum():,}** of {len(mask):,} atoms" in written(app)
    before = atlas(app)["turn"]
    app.button(key="atlas_select_these").click().run()
    assert unpacked(atlas(app)["selected"], "u1").tolist() == mask.tolist()
    assert atlas(app)["turn"] > before
    assert f"{mask.sum()} atoms selected" in written(app) and "Mean density" in written(app)
    listed = app.dataframe[0].value
    assert len(listed) == mask.sum()
    assert listed["open"].iloc[0] == f"atoms?dictionary=tiny-l2&atom={int(mask.argmax())}"
    next(b for b in app.button if b.label == "Clear selection").click().run()
    assert atlas(app)["selected"] is None and not app.dataframe


def test_a_search_that_finds_nothing(data):
    app = open_page("atlas", dictionary="tiny-l2", map_search="<b>zzz</b>")
    assert not unpacked(atlas(app)["matches"], "u1").any()
    assert "**0** of" in written(app) and not [
        b for b in app.button if b.key == "atlas_select_these"
    ]


def test_the_address_gives_the_view_back(data):
    asked = {"dictionary": "tiny-l1", "map_colour": "tag", "map_search": "dog", "seen": "50"}
    app = open_page("atlas", **asked)
    assert atlas(app)["seen"] == 50 and atlas(app)["matches"]
    assert {k: "".join(v) for k, v in dict(app.query_params).items()} == asked


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ({"dictionary": "nobody's"}, "no dictionary"),
        ({"map_colour": "<b>"}, "colour '<b>' is none of density"),
        ({"seen": "-4"}, "number of tokens seen '-4'"),
        ({"seen": "99999999"}, "number of tokens seen"),
    ],
)
def test_a_bad_address_is_said_in_a_line(data, address, words):
    app = open_page("atlas", **address)
    atlas(app)
    (line,) = [e.value.replace("\\", "") for e in [*app.info, *app.error]]
    assert words in line and "\n" not in line


def test_another_dictionary_begins_without_a_selection(data):
    app = open_page("atlas", dictionary="tiny-l2", seen="40")
    app.session_state.atlas_selected = (0, 1)
    app.run()
    assert atlas(app)["selected"] and atlas(app)["seen"] == 40
    app.segmented_control(key="layer").set_value(1).run()
    assert atlas(app)["selected"] is None and atlas(app)["seen"] is None

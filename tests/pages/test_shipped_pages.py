"""Every page without a browser, on the data that ships."""

import base64
from pathlib import Path

import numpy as np
import pytest
from openpage import component, decomposition_of, lines, open_page, row_of, shown, strip, written

SHIPPED = Path(__file__).parents[2] / "data"
NAMES = [
    "all-minilm-l6-v2-layer4",
    "tinyworld-medium-seed0-layer7",
    "tinyworld-small-flattery-layer0",
    "tinyworld-small-seed0-layer3-tau0.5",
    "tinyworld-small-seed1-layer5",
]
"""One of each model."""
SEED0 = "tinyworld-small-seed0-layer3"


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """The data that ships; the index lies elsewhere, so that tests leave it alone."""
    data = tmp_path_factory.mktemp("shipped") / "data"
    data.mkdir()
    for part in ("models", "dictionaries"):
        (data / part).symlink_to(SHIPPED / part)
    return data


@pytest.fixture(autouse=True)
def data(folder, monkeypatch, minilm_path) -> Path:
    monkeypatch.setenv("ITDA_DATA", str(folder))
    return folder


def test_the_first_view_is_a_prompt_taken_apart():
    app = open_page()
    assert lines(app) == [] and app.session_state["dictionary"] == SEED0
    assert [int(o) for o in app.segmented_control(key="layer").options] == list(range(6))
    tokens = strip(app)["tokens"]
    assert len(tokens) > 5 and strip(app)["picked"] is not None
    assert shown(app, "itda_citations")["rows"]


def test_a_model_that_cuts_the_prompt_otherwise_keeps_the_place_of_the_token():
    prompt = "Sven said: the lighthouse keeper's daughter lives in the north."
    app = open_page("explore", dictionary=SEED0, prompt=prompt)
    spans = decomposition_of(app).tokens
    places = {i: end for i, end in enumerate(spans.char_end) if prompt[:end].endswith("daughter")}
    (token, end), *_ = places.items()
    app.session_state["explore_token"] = token
    app.run()
    app.selectbox(key="model").select("all-MiniLM-L6-v2").run()
    tokens, picked = decomposition_of(app).tokens, strip(app)["picked"]
    assert lines(app) == [] and picked != token
    assert tokens.char_start[picked] < end <= tokens.char_end[picked]
    app.selectbox(key="model").select("tinyworld-small-seed0").run()
    assert strip(app)["picked"] == token


@pytest.mark.parametrize("name", NAMES)
def test_dictionaries_of_every_model_open_on_every_page(name):
    explore = open_page("explore", dictionary=name, prompt="Sven said: I live in the north.")
    assert lines(explore) == [] and explore.session_state["dictionary"] == name
    assert strip(explore)["tokens"] and shown(explore, "itda_citations")["rows"]
    n = row_of(explore).recipe.n_atoms
    atoms = open_page("atoms", dictionary=name)
    assert lines(atoms) == [] and component(atoms, "atoms_contexts")["passages"]
    assert "of its use falls" in written(atoms)
    assert len(atoms.dataframe[0].value) == min(n, 1000)
    atlas = open_page("atlas", dictionary=name)
    assert lines(atlas) == []
    places = base64.b64decode(shown(atlas, "itda_atlas_map")["x"])
    assert np.isfinite(np.frombuffer(places, np.float32)).sum() == n


def test_the_bundled_models_are_there_to_build_from():
    app = open_page("add")
    assert lines(app) == [] and app.selectbox(key="add_model").value == "tinyworld-small-seed0"
    names = app.selectbox(key="add_model").options
    assert {"tinyworld-small-seed1", "tinyworld-medium-seed0", "all-MiniLM-L6-v2"} <= set(names)

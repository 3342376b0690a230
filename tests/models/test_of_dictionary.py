"""Where the model of a dictionary is looked for."""

from pathlib import Path

import pytest

from itda_core.dictionary import Recipe
from itda_core.models.of_dictionary import find_model


def recipe(**said: str) -> Recipe:
    return Recipe(d_model=4, tau=0.2, l0=2, loss="relative", n_atoms=1, tokens_seen=1, **said)


@pytest.fixture
def data(tmp_path) -> Path:
    """A model beside the folder of dictionaries, and a dictionary that lies elsewhere."""
    (tmp_path / "data" / "models" / "small").mkdir(parents=True)
    (tmp_path / "data" / "models" / "small" / "config.json").touch()
    (tmp_path / "data" / "dictionaries").mkdir()
    (tmp_path / "else" / "where" / "one").mkdir(parents=True)
    return tmp_path / "data"


@pytest.mark.parametrize(
    "said", [{}, {"model_path": "../../models/small"}], ids=["by name", "by path"]
)
def test_that_of_a_link_is_found_beside_the_link(data, said):
    link = data / "dictionaries" / "one"
    link.symlink_to(data.parent / "else" / "where" / "one")
    found = find_model(recipe(model_id="small", **said), link)
    assert Path(found).resolve() == data / "models" / "small"


def test_that_of_a_linked_folder_of_dictionaries_is_found_at_either_end(data, tmp_path):
    shared = tmp_path / "shared"
    shared.mkdir()
    (shared / "dictionaries").symlink_to(data / "dictionaries")
    (data / "dictionaries" / "one").mkdir()
    found = find_model(recipe(model_id="small"), shared / "dictionaries" / "one")
    assert Path(found).resolve() == data / "models" / "small"
    (shared / "models" / "small").mkdir(parents=True)
    (shared / "models" / "small" / "config.json").touch()
    found = find_model(recipe(model_id="small"), shared / "dictionaries" / "one")
    assert Path(found) == shared / "models" / "small"


@pytest.mark.parametrize("path", ["x" * 5000, "\0", "a/" * 3000, "/proc/1/root", "~none/x", ""])
def test_no_noted_path_is_too_odd(data, path):
    found = find_model(recipe(model_id="small", model_path=path), data / "dictionaries" / "one")
    assert Path(found) == data / "models" / "small"
    assert (
        find_model(recipe(model_id="gone", model_path=path), data / "dictionaries" / "x") == "gone"
    )

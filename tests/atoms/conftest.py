"""A data folder with a tiny model and two dictionaries of it."""

from pathlib import Path

import pytest
from appdata import make_data

from itda_core import Dictionary
from itda_core.models import load_model


@pytest.fixture(scope="module")
def data(tmp_path_factory, tiny_causal) -> Path:
    return make_data(tmp_path_factory.mktemp("atoms"), tiny_causal)


@pytest.fixture(scope="module")
def model(data):
    return load_model(data / "models" / "tiny-causal", device="cpu", dtype="float32")


@pytest.fixture(scope="module")
def dictionaries(data):
    return [Dictionary.load(data / "dictionaries" / f"tiny-l{layer}") for layer in (1, 2)]

"""Data that tests of pages share."""

import shutil

import pytest
from appdata import make_data


@pytest.fixture(scope="session")
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

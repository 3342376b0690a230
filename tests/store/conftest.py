"""A data folder with one dictionary, and an index of it on disk and in memory."""

import pytest
from storedata import make

from itda_core import Store


@pytest.fixture
def data(tmp_path):
    make(tmp_path / "dictionaries" / "one")
    return tmp_path


@pytest.fixture(params=["file", "memory"])
def store(request, data):
    opened = Store(data, ":memory:" if request.param == "memory" else None)
    yield opened
    opened.close()

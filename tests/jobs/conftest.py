"""An empty queue, a runner of it, and a data folder to build in."""

import pytest
from appdata import make_data
from jobdata import QuickOrder
from small import sentences

from itda_core.jobs.orders import ORDERS
from itda_core.jobs.queue import Queue
from itda_core.jobs.runner import Runner


@pytest.fixture
def queue(tmp_path, data, monkeypatch):
    """Empty, of the data folder, and it takes orders that are quickly done."""
    monkeypatch.setitem(ORDERS, QuickOrder.kind, QuickOrder)
    return Queue(tmp_path / "jobs", data)


@pytest.fixture
def runner(queue):
    working = Runner(queue)
    working.start()
    yield working
    working.stop()


@pytest.fixture(scope="module")
def data(tmp_path_factory, tiny_causal):
    """A data folder with a model, and a text of one's own beside it."""
    folder = make_data(tmp_path_factory.mktemp("data"), tiny_causal, layers=())
    (folder / "notes.txt").write_text("\n\n".join(sentences(300)), encoding="utf-8")
    return folder

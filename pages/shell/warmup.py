"""Importing PyTorch takes seconds: it begins with the server, while the browser still connects.

Streamlit runs app.py only once a browser has connected, so the server starts a thread before. No
page depends on that thread: whatever fails in it is tried again where a page asks for it, and
reported there.
"""

import atexit
import gc
import logging
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib import import_module
from typing import Any

import streamlit as st

_HEAVY = ("pandas", "plotly.graph_objects", "pyarrow.parquet", "pages.shell.resources")
_LATER = 10.0
"""Seconds after warming up to the rest of the index: the first visit has the processor first."""
imported = threading.Event()
"""Set once `import_all` has succeeded."""
_importing = threading.Lock()


@asynccontextmanager
async def lifespan(app: st.App) -> AsyncIterator[dict[str, Any]]:
    """For st.App: warm up from the start of the server on."""
    # A daemon: whoever stops the server in these seconds is not to wait for them.
    stopping = threading.Event()
    thread = threading.Thread(target=_prepare, args=[stopping], name="warm-up", daemon=True)
    thread.start()
    yield {}
    stopping.set()
    if imported.is_set():  # DuckDB complains where Python ends in the middle of one of its calls
        thread.join(5)


def _prepare(stopping: threading.Event) -> None:
    warm_up()
    if not stopping.wait(_LATER):
        index_the_rest(stopping)


def warm_up() -> None:
    """Have ready what a first visit shows: the libraries, the index, a model and its dictionary."""
    try:
        import_all()
        try:
            first_decomposition()
        finally:
            take_up_jobs()
    except Exception:
        logging.getLogger(__name__).debug("warming up failed", exc_info=True)


def import_all() -> None:
    """Import all that a page needs and takes long; a call during another's waits for its end.

    One thread at a time: two that import a library at once can meet in half-made modules.
    """
    with _importing:
        # The collector would go through a million new objects again and again, and through all of
        # them after every run of a page; none of them is garbage before the end.
        gc.disable()
        try:
            for name in _HEAVY:
                import_module(name)
        finally:
            gc.freeze()
            gc.enable()
            atexit.register(gc.unfreeze)
        imported.set()


def take_up_jobs() -> None:
    """Go on with what was being built when the server last stopped."""
    from pages.shell import resources

    resources.jobs()


@st.cache_resource(show_spinner=False)  # within a cached function others draw no spinner either
def first_decomposition() -> None:
    """Code a word with the dictionary of a first visit: what that loads, pages find loaded."""
    from itda_core.pursuit import DEFAULT_METHOD
    from pages.shell import resources

    store = resources.store()
    store.sync(with_tables=False)
    rows = store.dictionaries()
    if rows:
        row = resources.default(rows)
        resources.decomposition(row, "word", row.recipe.l0, DEFAULT_METHOD)
        store.labels(row.name)


def index_the_rest(stopping: threading.Event) -> None:
    """Read what no page has asked for yet: the labels of all dictionaries, and damage in them."""
    from pages.shell import resources

    store = resources.store()
    for row in store.dictionaries():
        if stopping.is_set():
            return
        try:
            store.fill([row.name])
        except Exception:
            logging.getLogger(__name__).debug("indexing %s failed", row.name, exc_info=True)

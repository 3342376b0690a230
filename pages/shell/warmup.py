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

_SLOW_IMPORTS = ("pandas", "plotly.graph_objects", "pyarrow.parquet", "pages.shell.resources")
_SECONDS_TO_THE_REST = 10.0
"""From the end of warming up to reading the rest of the index: the first visit has the processor
first."""
imports_are_done = threading.Event()
"""Set once ``import_all`` has succeeded."""
_importing = threading.Lock()


@asynccontextmanager
async def lifespan(app: st.App) -> AsyncIterator[dict[str, Any]]:
    """What st.App runs while the server does: the warm-up, in a thread of its own."""
    # A daemon, so that whoever stops the server in these seconds does not wait for it.
    stopping = threading.Event()
    thread = threading.Thread(target=_prepare, args=[stopping], name="warm-up", daemon=True)
    thread.start()
    yield {}
    stopping.set()
    # DuckDB complains where Python ends in the middle of one of its calls; before the imports are
    # done there are none.
    if imports_are_done.is_set():
        thread.join(5)


def _prepare(stopping: threading.Event) -> None:
    """Warm up, then read the rest of the index unless the server stops before."""
    warm_up()
    if not stopping.wait(_SECONDS_TO_THE_REST):
        index_the_rest(stopping)


def warm_up() -> None:
    """Load what a first visit shows: the libraries, the index, a model and its dictionary."""
    try:
        import_all()
        try:
            first_decomposition()
        finally:
            resume_jobs()
    except Exception:
        logging.getLogger(__name__).debug("warming up failed", exc_info=True)


def import_all() -> None:
    """Import what pages need and takes long; a call while another is at it waits for its end.

    One thread at a time: two that import a library at once can meet in half-made modules.
    """
    with _importing:
        # The garbage collector would go through a million new objects again and again, and through
        # all of them after every run of a page; none of them is garbage before the server ends.
        gc.disable()
        try:
            for name in _SLOW_IMPORTS:
                import_module(name)
        finally:
            gc.freeze()
            gc.enable()
            atexit.register(gc.unfreeze)
        imports_are_done.set()


def resume_jobs() -> None:
    """Go on with what was being built when the server last stopped."""
    from pages.shell import resources

    resources.jobs()


# Cached only because within a cached function others draw no spinner: there is no page to draw on.
@st.cache_resource(show_spinner=False)
def first_decomposition() -> None:
    """Code a word with the dictionary of a first visit; pages find loaded what that loads."""
    from itda_core.pursuit import DEFAULT_METHOD
    from pages.shell import resources

    store = resources.store()
    store.sync(with_tables=False)
    heads = store.dictionaries()
    if heads:
        head = resources.default(heads)
        resources.decomposition(head, "word", head.recipe.l0, DEFAULT_METHOD)
        store.labels(head.name)


def index_the_rest(stopping: threading.Event) -> None:
    """Read what no page has asked for yet: the labels of all dictionaries, and damage in them."""
    from pages.shell import resources

    store = resources.store()
    for head in store.dictionaries():
        if stopping.is_set():
            return
        try:
            store.fill([head.name])
        except Exception:
            logging.getLogger(__name__).debug("indexing %s failed", head.name, exc_info=True)

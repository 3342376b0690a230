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

_HEAVY = ("pandas", "plotly.graph_objects", "pyarrow.parquet", "pages.components.handles")
imported = threading.Event()
"""Set once `import_all` has succeeded."""
_importing = threading.Lock()


@asynccontextmanager
async def lifespan(app: st.App) -> AsyncIterator[dict[str, Any]]:
    """For st.App: warm up from the start of the server on."""
    # A daemon: whoever stops the server in these seconds is not to wait for them.
    threading.Thread(target=warm_up, name="warm-up", daemon=True).start()
    yield {}


def warm_up() -> None:
    """Have ready what a first visit shows: the libraries, the index, a model and its dictionary."""
    try:
        import_all()
        first_decomposition()
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
    from pages.components import handles

    handles.jobs()


@st.cache_resource(show_spinner=False)  # within a cached function others draw no spinner either
def first_decomposition() -> None:
    """Code a word with the dictionary of a first visit: what that loads, pages find loaded."""
    from pages.components import handles

    store = handles.store()
    store.sync()
    rows = store.dictionaries()
    if rows:
        row = handles.default(rows)
        handles.decomposition(row, "word", row.recipe.l0, "mp")

"""Components of our own: one way to register them, and what their scripts share (dom.js)."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import streamlit as st

_DOM = Path(__file__).parent / "web" / "dom.js"


def component(name: str, folder: Path, stem: str, *scripts: str) -> Callable[..., Any]:
    """Register a component once a process; the result draws it.

    Args:
        name: of the component, unique in the app.
        folder: holds ``stem.html``, ``stem.css`` and ``stem.js``, whose default export draws.
        stem: see ``folder``.
        scripts: stems of further scripts of the folder, read before ``stem.js``.

    A component is one module: dom.js and the scripts are put before its own, so none of these may
    export anything.
    """
    files = [_DOM, *(folder / f"{script}.js" for script in (*scripts, stem))]
    return st.components.v2.component(
        name,
        html=(folder / f"{stem}.html").read_text(encoding="utf-8"),
        css=(folder / f"{stem}.css").read_text(encoding="utf-8"),
        js="\n".join(file.read_text(encoding="utf-8") for file in files),
    )

"""Before anything heavy is imported: page settings, style, and a word while Python loads.

Importing PyTorch takes seconds. app.py imports nothing but this, so that the browser shows
what is going on instead of an empty page.
"""

import os
import sys
from pathlib import Path

import streamlit as st

# Read once, when PyTorch is imported. Its threads else wait for one another by spinning, and where
# sessions or other programs share the cores a prompt takes 30 times as long (3 s, not 0.1 s).
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

_ICON = Path(__file__).with_name("icon.svg")
_STYLE = """
<style>
[data-testid="stMainBlockContainer"] {
  padding: 2.6rem clamp(1.2rem, 4.5vw, 5rem) 2rem; max-width: 90rem; }
[data-testid="stSidebarUserContent"] { padding-top: 0.4rem; }
[data-testid="stSidebar"] { width: 17.5rem; }
.st-key-layer button { padding: 0 0.5rem; min-width: 0; }
.st-key-title h1 { font-size: 1.45rem; padding: 0; }
[data-testid="stTextArea"] textarea {
  font-family: "Source Code Pro", ui-monospace, monospace; font-size: 0.95rem; }
</style>
"""  # a constant: nothing that a user or a corpus wrote may ever enter here


def configure() -> None:
    """Page settings and style. Called by app.py and, for a first visit by deep link, by pages."""
    st.set_page_config(
        page_title="ITDA explorer", page_icon=str(_ICON), layout="wide",
        initial_sidebar_state="auto",
    )  # fmt: skip
    st.html(_STYLE)


def wake() -> None:
    """Import what takes seconds; only the first visit after a start waits for it."""
    if "itda_core.models" in sys.modules:
        return
    with st.spinner("Starting: loading PyTorch. Only the first visit waits for this."):
        import transformers  # noqa: F401

        import itda_core.decomposition
        import itda_core.models  # noqa: F401

"""What a visit begins with: page settings, style, and a line while PyTorch is imported.

Importing PyTorch takes seconds. app.py imports only this, the warm-up and the list of pages, none
of which imports anything heavy, so that the browser shows what is going on instead of an empty
page.
"""

import os
from pathlib import Path

import streamlit as st

from pages.shell import warmup

# PyTorch reads this once, when it is imported. Without it its threads wait for one another by
# spinning, and where sessions or other programs share the cores a prompt takes 30 times as long
# (3 s, not 0.1 s).
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

_NAME = "ITDA explorer"
_ICON = Path(__file__).with_name("icon.svg")
_STYLE = """
<style>
[data-testid="stMainBlockContainer"] {
  padding: 2.6rem clamp(1.2rem, 4.5vw, 5rem) 2rem; max-width: 90rem; }
/* A table's own way out names neither dictionary nor unit, and is run by spreadsheets: the menu
   "Download" of each table is the way. */
[data-testid="stElementToolbar"] button[aria-label="Download as CSV"] { display: none; }
[data-testid="stSidebarUserContent"] { padding-top: 0.4rem; }
[data-testid="stSidebar"] { width: 17.5rem; }
/* With the sidebar shut, the button that opens it lies where the title would be. */
[data-testid="stApp"]:has([data-testid="stExpandSidebarButton"])
  [data-testid="stMainBlockContainer"] { padding-top: 4.2rem; }
/* Streamlit's own are too faint: white on the dark theme's accent, and the accent made darker
   below a pointer; grey axes, coloured code. */
button[kind="tertiary"]:is(:hover, :focus, :active, [aria-expanded="true"]):not(:disabled) {
  color: light-dark(#4c5bd4, #8e9bff); }
[data-testid="stBaseButton-primary"]:not(:disabled) { color: light-dark(#ffffff, #11131a); }
[data-testid="stBaseButton-primary"]:hover:not(:disabled, :active) {
  background: light-dark(#2938a8, #aab4ff); }
[data-testid="stCode"] .token { color: inherit !important; }
.js-plotly-plot svg text:not(.hoverlayer *) { fill: currentColor !important; fill-opacity: 0.75; }
.st-key-layer button { padding: 0 0.5rem; min-width: 0; }
.st-key-title h1 { font-size: 1.45rem; padding: 0; }
[data-testid="stTextArea"] textarea {
  font-family: "Source Code Pro", ui-monospace, monospace; font-size: 0.95rem; }
</style>
"""  # a constant: nothing that a user or a corpus wrote may ever enter here


def own_navigation() -> None:
    """Tell Streamlit, before anybody visits, that app.py alone says which pages there are.

    Otherwise it learns so from the first visit, and where that one asks for another page than the
    first, its menu lists all files of pages/.
    """
    from streamlit.runtime.pages_manager import PagesManager

    PagesManager.uses_pages_directory = False


def configure(title: str = "") -> None:
    """Page settings and style. Called by app.py, and by each page, whose ``title`` a tab says."""
    st.set_page_config(
        page_title=f"{title} · {_NAME}" if title else _NAME,
        page_icon=str(_ICON),
        layout="wide",
        initial_sidebar_state="auto",
    )
    st.html(_STYLE)


def wait_for_imports() -> None:
    """Wait for what takes seconds to import; only visits right after a start do."""
    if warmup.imports_are_done.is_set():
        return
    place = st.empty()
    with place.container(), st.spinner("Starting: loading PyTorch. Only the first visit waits."):
        # An empty component, so that the browser loads now what the token strip needs too: later
        # that waits behind the charts.
        st.components.v2.component("itda_waiting", html="<span></span>")(key="waiting")
        warmup.import_all()
    place.empty()

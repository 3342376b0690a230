"""What every page has around it: title, messages, and an eye on new dictionaries."""

import shlex
from collections.abc import Sequence

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from itda_core import InputError
from itda_core.dictionary import DictionaryHead
from pages.shell import pages, resources, start
from pages.shell.formats import plain, sentence

BUILD = "python -m itda_core build --model sentence-transformers/all-MiniLM-L6-v2 --layer 4 \\\n"
BUILD += "  --corpus your_text.txt --tau 0.2 --l0 20 --out {folder}"


def begin(title: str, question: str) -> None:
    """Title and the one question the page answers."""
    start.configure()
    with st.container(key="title", horizontal=True, vertical_alignment="bottom", gap="small"):
        st.title(title, anchor=False, width="content")
        st.caption(question, width="content")


def begin_with_dictionaries(
    title: str, question: str
) -> tuple[list[DictionaryHead], dict[str, str]]:
    """``begin``, then every usable dictionary, and why others cannot be used.

    Where there is none the page ends here, with what to do.
    """
    begin(title, question)
    store = resources.store()
    reasons = store.sync(with_tables=False).broken or {}
    rows = store.dictionaries()
    watch(_shown(rows))
    if not rows:
        no_dictionaries()
        broken(reasons)
        st.stop()
    return rows, reasons


_NARROW = """
<style>
@media (max-width: 1100px) {
  .st-key-KEY > [data-testid="stHorizontalBlock"] > [data-testid="stColumn"],
  .st-key-KEY > [data-testid="stLayoutWrapper"] > [data-testid="stHorizontalBlock"]
    > [data-testid="stColumn"] { min-width: 100%; } }
</style>
"""


def side_by_side(key: str, widths: Sequence[int]) -> Sequence[DeltaGenerator]:
    """The main columns of a page: below each other in a narrow window."""
    st.html(_NARROW.replace("KEY", key))
    with st.container(key=key):
        return st.columns(widths, gap="medium")


def refuse(error: InputError) -> None:
    """One line that says what is wrong and what to do."""
    st.error(plain(sentence(str(error))), icon=":material/error:")


def note(lines: list[str]) -> None:
    """What was not as asked for, and what is shown instead."""
    if lines:
        st.info(plain(" ".join(lines)), icon=":material/info:")


def no_dictionaries() -> None:
    """The empty state: what is missing and the command that makes it."""
    folder = resources.data_dir() / "dictionaries"
    st.subheader("No dictionary yet", anchor=False)
    st.write(
        "This page takes a prompt apart into *labelled activations*. They come from a dictionary, "
        "built once for a layer of a model from any text."
    )
    pages.link("add", "Build one here")
    st.write("or in a terminal:")
    st.code(BUILD.format(folder=shlex.quote(str(folder / "my-first"))), language="bash")
    st.caption(
        "Any Hugging Face model, as a folder or a hub id, and any text file will do. "
        "This page notices the new dictionary by itself."
    )


def broken(reasons: dict[str, str]) -> None:
    """Folders that hold no usable dictionary, in a corner of the sidebar."""
    if reasons:
        n = len(reasons)
        with st.expander(f"{n} unusable dictionar{'y' if n == 1 else 'ies'}"):
            for reason in reasons.values():
                st.caption(plain(reason))


Shown = list[tuple[str, str, bool, str]]


def _shown(rows: list[DictionaryHead]) -> Shown:
    """What a page depends on: every dictionary, and the statistics beside it."""
    return [(row.name, row.version, row.has_statistics, row.note) for row in rows]


@st.fragment(run_every=4)
def watch(shown: Shown) -> None:
    """Run the page again once the dictionaries on disk are not those it ``shown``."""
    store = resources.store()
    store.sync(with_tables=False)
    if _shown(store.dictionaries()) != shown:
        st.rerun()

"""What every page has around it: title, messages, the dictionary shown, and its address."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from itda_core import InputError
from itda_core.dictionary import DictionaryHead
from itda_core.errors import line_of
from pages.shell import address, empty, pickers, resources, start
from pages.shell.formats import plain, sentence
from pages.shell.pages import PAGES
from pages.shell.parameters import Parameter


@dataclass(frozen=True)
class View:
    """What a page about a dictionary begins with."""

    heads: list[DictionaryHead]
    """Every usable dictionary."""
    head: DictionaryHead
    """The one shown."""
    notes: list[str]
    """What is not as asked for, and what is shown instead; lines added are shown too."""
    sidebar: DeltaGenerator
    """A place below the pickers for what belongs to the page."""


@contextmanager
def page(name: str, parameters: Callable[[], Sequence[Parameter]]) -> Iterator[None]:
    """The frame of a page: its title before, its errors and its address after."""
    _begin(name)
    with _errors_that_end():
        notes = address.read(name, parameters())
    note(notes)
    with errors():
        yield
    address.write()


@contextmanager
def dictionary_page(
    name: str, parameters: Callable[[DictionaryHead], Sequence[Parameter]]
) -> Iterator[View]:
    """The frame of a page about a dictionary: pickers in the sidebar, and what to do without one.

    Where there is no dictionary, or none can be chosen, the page ends here.
    """
    _begin(name)
    with _errors_that_end():
        store = resources.store()
        reasons = resources.sync(fresh=True).broken or {}
        heads = store.dictionaries()
    rerun_when_dictionaries_change(_versions(heads))
    if not heads:
        empty.no_dictionaries()
        empty.unusable(reasons)
        st.stop()
    place = st.container()
    with _errors_that_end():
        notes = address.read_dictionary(name, heads, resources.default, parameters)
        with st.sidebar:
            head = pickers.dictionary(heads)
            own = st.container()
            if store.note:
                st.caption(plain(store.note))
            empty.unusable(reasons)
    with errors():
        yield View(heads, head, notes, own)
    with place:
        note(notes)
    address.write()


def _begin(name: str) -> None:
    """Title and the one question the page answers."""
    start.configure(PAGES[name].title)
    with st.container(key="title", horizontal=True, vertical_alignment="bottom", gap="small"):
        st.title(PAGES[name].title, anchor=False, width="content")
        st.caption(PAGES[name].question, width="content")


@contextmanager
def errors() -> Iterator[None]:
    """Show in its place what we or the disk refused in the block; what comes after goes on."""
    try:
        yield
    except (InputError, OSError) as error:
        refuse(error)


@contextmanager
def _errors_that_end() -> Iterator[None]:
    try:
        yield
    except (InputError, OSError) as error:
        refuse(error)
        st.stop()


def refuse(error: InputError | OSError) -> None:
    """One line that says what is wrong and what to do."""
    st.error(plain(sentence(resources.public(line_of(error)))), icon=":material/error:")


def note(lines: list[str]) -> None:
    """What was not as asked for, and what is shown instead."""
    if lines:
        st.info(plain(" ".join(lines)), icon=":material/info:")


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


Versions = list[tuple[str, str, bool, str]]


def _versions(heads: list[DictionaryHead]) -> Versions:
    """What a page depends on: every dictionary, and the statistics beside it."""
    return [(head.name, head.version, head.has_statistics, head.note) for head in heads]


@st.fragment(run_every=4)
def rerun_when_dictionaries_change(shown: Versions) -> None:
    """Run the page again once the dictionaries on disk are not those it has ``shown``."""
    resources.sync()
    if _versions(resources.store().dictionaries()) != shown:
        st.rerun()

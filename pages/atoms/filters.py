"""Which atoms the table shows: by text, token, tag and density; and in what order."""

import streamlit as st

from itda_core.atoms.table import ORDERS, AtomQuery, AtomTable
from itda_core.dictionary import DictionaryHead
from pages.shell import address, parameters, widgets
from pages.shell.formats import plain

MARKS = (0, 0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 1, 2, 5, 10, 100)
"""Percent of tokens; densities differ by orders of magnitude."""
_ALL = (MARKS[0], MARKS[-1])
_STYLE = """
<style>
.st-key-atom_filters [data-testid="stColumn"] { min-width: 8.5rem; }
</style>
"""


def parts(row: DictionaryHead) -> dict[str, parameters.Reader]:
    """What a link says of the filters.

    The first atoms are the first tokens of a text, one by one, and the most used ones are mostly
    punctuation: the purest tell more.
    """
    usual = "tag" if row.has_statistics else "entry"
    return {
        "search": parameters.words(longest=200),
        "word": parameters.words(longest=100),
        "tag": parameters.words(longest=100),
        "density": parameters.unsaid(parameters.between(MARKS, "density, in percent,"), _ALL),
        "order": parameters.unsaid(parameters.choice(usual, tuple(ORDERS), "order"), usual),
    }


def settle(table: AtomTable) -> list[str]:
    """Undo what this table cannot be asked for; a line for it if the address said so."""
    state, notes = st.session_state, []
    if state.get("tag") and state.tag not in table.tags:
        if address.asked("tag"):
            notes.append(f"No atom here has the tag {state.tag[:60]!r}; showing all tags.")
        state.tag = ""
    if state.get("order") and state.order not in table.orders():
        if address.asked("order"):
            instead = ORDERS[_usual(table)].title.lower()
            notes.append(f"That order needs statistics; showing: {instead}.")
        state.order = None
    return notes


def _usual(table: AtomTable) -> str:
    """The order of a table that nobody has put into another."""
    return "tag" if table.tags else "token" if table.has_statistics else "entry"


def show(table: AtomTable) -> AtomQuery:
    """The row of filters, and what they say."""
    state = st.session_state
    density = state.get("density") or _ALL
    st.html(_STYLE)
    with st.container(key="atom_filters"):
        places = iter(st.columns([3, 2, 3, 3, 3] if table.has_statistics else [3, 2, 3, 6]))
        with next(places):
            search = st.text_input(
                "Text in the source",
                key="search",
                persist_state="session",
                placeholder="any text",
                help="Atoms whose source text holds this; case is ignored.",
            )
        with next(places):
            word = st.text_input(
                "Token",
                key="word",
                persist_state="session",
                placeholder="any token",
                help="Atoms labelled with exactly this token, or used on it most; case and spaces "
                "around it are ignored.",
            )
        if table.tags:
            with next(places):
                st.selectbox(
                    "Tag",
                    ["", *table.tags],
                    key="tag",
                    persist_state="session",
                    format_func=lambda t: f"{t} · {table.tags[t]:,}" if t else "any tag",
                    help="What each atom's use falls on most, compared with how common that is; "
                    "with the number of atoms.",
                )
        if table.has_statistics:
            with next(places):
                density = st.select_slider(  # a range, because its value here is one
                    "Density, % of tokens",
                    MARKS,
                    _ALL,
                    **widgets.widget("density", _ALL),
                    help="The share of held-out tokens whose code holds the atom.",
                )
        with next(places):
            order = st.selectbox(
                "Order",
                table.orders(),
                format_func=lambda o: ORDERS[o].title,
                **widgets.widget("order", _usual(table)),
            )
    least, most = density
    return AtomQuery(
        search or "", word or "", state.get("tag") or "", (least / 100, most / 100), order
    )


def clear() -> None:
    """Ask for all atoms again; for callbacks."""
    st.session_state.update(search="", word="", tag="", density=None)


def nothing_fits(wanted: AtomQuery) -> None:
    """The empty table: what was asked, and the way out."""
    asked = [plain(f"{what} “{said}”") for what, said in _said(wanted) if said]
    st.info(f"No atom fits: {', '.join(asked) or 'that density'}.", icon=":material/search_off:")
    st.button("Show all atoms", on_click=clear, key="clear_filters")


def _said(wanted: AtomQuery) -> list[tuple[str, str]]:
    return [("text", wanted.search), ("token", wanted.token), ("tag", wanted.tag)]

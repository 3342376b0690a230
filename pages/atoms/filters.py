"""Which atoms the table shows: by text, token, tag and density; and in what order."""

from dataclasses import replace

import streamlit as st

from itda_core.atoms.table import ORDERS, AtomQuery, AtomTable
from itda_core.dictionary import DictionaryHead
from pages.shell import address, parameters
from pages.shell.formats import plain
from pages.shell.limits import limits
from pages.shell.parameters import Parameter

MARKS = (0, 0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 1, 2, 5, 10, 100)
"""Percent of tokens; densities differ by orders of magnitude."""
TAG = parameters.text("atoms", "tag", longest=100)
DENSITY = parameters.between(
    "atoms", "density", MARKS, what="density, in percent,", omit_default=True
)
_STYLE = """
<style>
.st-key-atoms_filters [data-testid="stColumn"] { min-width: 8.5rem; }
</style>
"""


def parameters_of(head: DictionaryHead) -> list[Parameter]:
    """What a link says of the filters.

    Of the order only one that somebody chose: None is that of the table, see ``default_order``.
    """
    longest = limits().search_characters
    expected = "tag" if head.has_statistics else "entry"
    order = parameters.choice("atoms", "order", expected, tuple(ORDERS), what="order")
    return [
        parameters.text("atoms", "search", longest=longest),
        parameters.text("atoms", "word", longest=longest),
        TAG,
        DENSITY,
        replace(order, default=None),
    ]


def undo_unavailable(table: AtomTable) -> list[str]:
    """Undo what this table cannot be asked for; a line for it if the address said so."""
    state, notes = st.session_state, []
    if state.atoms_tag and state.atoms_tag not in table.tags:
        if address.was_given("tag"):
            notes.append(f"No atom here has the tag {state.atoms_tag[:60]!r}; showing all tags.")
        state.atoms_tag = ""
    default = default_order(table)
    if state.atoms_order and state.atoms_order not in table.orders():
        if address.was_given("order"):
            lacking = "tags" if table.has_statistics else "statistics"
            instead = ORDERS[default].title.lower()
            notes.append(f"That order needs {lacking}; showing: {instead}.")
        state.atoms_order = None
    if state.atoms_order == default:
        state.atoms_order = None
    return notes


def default_order(table: AtomTable) -> str:
    """The order of a table that nobody has put into another.

    The first atoms are the first tokens of a text, one by one, and the most used ones are mostly
    punctuation: the purest tell more.
    """
    return "tag" if table.tags else "token" if table.has_statistics else "entry"


def show(table: AtomTable) -> AtomQuery:
    """The row of filters, and what they say."""
    st.html(_STYLE)
    with st.container(key="atoms_filters"):
        columns = iter(st.columns([3, 2, 3, 3, 3] if table.has_statistics else [3, 2, 3, 6]))
        with next(columns):
            search = st.text_input(
                "Text in the source",
                key="atoms_search",
                persist_state="session",
                max_chars=limits().search_characters,
                placeholder="any text",
                help="Atoms whose source text holds this; case is ignored.",
            )
        with next(columns):
            token = st.text_input(
                "Token",
                key="atoms_word",
                persist_state="session",
                max_chars=limits().search_characters,
                placeholder="any token",
                help="Atoms labelled with exactly this token, or used on it most; case and spaces "
                "around it are ignored.",
            )
        if table.tags:
            with next(columns):
                _tag(table)
        if table.has_statistics:
            with next(columns):
                _density()
        with next(columns):
            order = _order(table)
    least, most = DENSITY.value
    return AtomQuery(search or "", token or "", TAG.value or "", (least / 100, most / 100), order)


def _tag(table: AtomTable) -> None:
    st.selectbox(
        "Tag",
        ["", *table.tags],
        format_func=lambda tag: f"{tag} · {table.tags[tag]:,}" if tag else "any tag",
        help="What each atom's use falls on most, compared with how common that is; with the "
        "number of atoms.",
        **TAG.widget(),
    )


def _density() -> None:
    st.select_slider(
        "Density, % of tokens",
        MARKS,
        DENSITY.default,  # a range, because its value here is one
        help="The share of tokens whose code holds the atom.",
        **DENSITY.widget(),
    )


def _order(table: AtomTable) -> str:
    """The order chosen. The widget has a key of its own: None, the table's, is no option of it."""
    state, default = st.session_state, default_order(table)
    state.atoms_order_shown = state.atoms_order or default

    def choose() -> None:
        order = state.atoms_order_shown
        state.atoms_order = None if order == default else order

    return st.selectbox(
        "Order",
        table.orders(),
        format_func=lambda order: ORDERS[order].title,
        key="atoms_order_shown",
        on_change=choose,
    )


def clear() -> None:
    """Ask for all atoms again; for callbacks."""
    st.session_state.update(
        atoms_search="", atoms_word="", atoms_tag="", atoms_density=DENSITY.default
    )


def nothing_fits(query: AtomQuery) -> None:
    """The empty table: what was asked, and the way out."""
    filters = {"text": query.search, "token": query.token, "tag": query.tag}
    words = [plain(f"{name} “{value}”") for name, value in filters.items() if value]
    st.info(f"No atom fits: {', '.join(words) or 'that density'}.", icon=":material/search_off:")
    st.button("Show all atoms", on_click=clear, key="atoms_clear_filters")

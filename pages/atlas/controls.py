"""What the map's colours say, and the search on it."""

import numpy as np
import streamlit as st

from itda_core.atoms.table import AtomQuery, AtomTable
from itda_core.dictionary import DictionaryHead
from pages.atlas import colours, map_view
from pages.atlas.atlas import Atlas
from pages.atlas.colours import COLOURS
from pages.shell import parameters
from pages.shell.formats import plain
from pages.shell.limits import limits
from pages.shell.parameters import Parameter

COLOUR = parameters.choice(
    "atlas", "map_colour", next(iter(COLOURS)), tuple(COLOURS), what="colour"
)


def parameters_of(head: DictionaryHead) -> list[Parameter]:
    """What a link to this page says beside the dictionary."""
    return [COLOUR, _search(), map_view.seen_parameter(head)]


def _search() -> Parameter:
    return parameters.text("atlas", "map_search", longest=limits().search_characters)


def colour(atlas: Atlas) -> str:
    """What to colour by, among what is known of this dictionary."""
    options = colours.options(atlas)
    if COLOUR.value not in options:
        st.session_state[COLOUR.key] = options[0]
    chosen = st.segmented_control(
        "Colour atoms by",
        options,
        format_func=lambda key: COLOURS[key].title,
        required=True,
        label_visibility="collapsed",
        **COLOUR.widget(),
    )
    return str(chosen)


def search() -> str:
    """Text to look for."""
    text = st.text_input(
        "Find atoms",
        placeholder="Find atoms: a word of token or source text",
        label_visibility="collapsed",
        max_chars=limits().search_characters,
        icon=":material/search:",
        **_search().widget(),
    )
    return str(text or "")


def matches(table: AtomTable, text: str) -> np.ndarray | None:
    """The atoms whose source text holds ``text``, and a line that counts them; None without one."""
    # There without a search too: else the map would move in the page, and be made anew.
    place = st.container(horizontal=True, vertical_alignment="center", gap="small")
    if not text.strip():
        return None
    atoms = table.find(AtomQuery(search=text))
    tokens = table.frame["token"].iloc[atoms].str.casefold()
    in_token = tokens.str.contains(text.casefold().strip(), regex=False)
    with place:
        st.markdown(
            f"**{len(atoms):,}** of {len(table):,} atoms have “{plain(text)}” in their source "
            f"text, **{int(in_token.sum()):,}** of them in the token itself.",
            width="content",
        )
        if len(atoms):
            st.button(
                "Select these",
                on_click=map_view.select,
                args=(atoms,),
                key="atlas_select_these",
                type="tertiary",
            )
    return atoms

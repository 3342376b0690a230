"""What the map's colours say, and the search on it."""

from collections.abc import Sequence

import numpy as np
import streamlit as st

from itda_core.atoms import selection
from itda_core.atoms.table import AtomQuery, AtomTable
from itda_core.comparison.alike import comparable
from itda_core.dictionary import DictionaryHead
from itda_core.figures import map_colours
from itda_core.figures.map_colours import Colouring
from pages.atlas import map as atlas_map
from pages.shell import resources
from pages.shell.formats import plain

COLOURS = {
    "density": "Density",
    "tag": "Tag",
    "kind": "Kind of text",
    "norm": "Norm",
    "entered": "Entry",
    "layer": "Layer of entry",
}
"""What the colours can say; the keys are used in the address."""
_MOST_KINDS = 0.5
"""Kinds of text per atom above which sources are names of documents, not kinds."""


def colour(rows: Sequence[DictionaryHead], row: DictionaryHead, table: AtomTable) -> str:
    """What to colour by, among what is known of this dictionary."""
    there = {
        "tag": bool(table.tags),
        "kind": 2 <= _n_kinds(row.version, table) <= max(2, _MOST_KINDS * len(table)),
        "layer": len(comparable(rows, row)) > 1,
    }
    options = [key for key in COLOURS if there.get(key, True)]
    if st.session_state.get("map_colour") not in options:
        st.session_state.map_colour = options[0]
    chosen = st.segmented_control(
        "Colour atoms by",
        options,
        format_func=COLOURS.__getitem__,
        key="map_colour",
        required=True,
        label_visibility="collapsed",
        persist_state="session",
    )
    return str(chosen)


@st.cache_resource(max_entries=16, show_spinner=False)
def _n_kinds(version: str, _table: AtomTable) -> int:
    return len(set(selection.kinds(_table.frame)))


def search() -> str:
    """Text to look for."""
    text = st.text_input(
        "Find atoms",
        key="map_search",
        placeholder="Find atoms: a word of token or source text",
        label_visibility="collapsed",
        persist_state="session",
        max_chars=200,
        icon=":material/search:",
    )
    return str(text or "")


def found(table: AtomTable, text: str) -> np.ndarray | None:
    """The rows whose source text holds ``text``, and a line that counts them; None without one."""
    # There without a search too: else the map would move in the page, and be made anew.
    place = st.container(horizontal=True, vertical_alignment="center", gap="small")
    if not text.strip():
        return None
    rows = table.find(AtomQuery(search=text))
    tokens = (
        table.frame["token"]
        .iloc[rows]
        .str.casefold()
        .str.contains(text.casefold().strip(), regex=False)
    )
    with place:
        st.markdown(
            f"**{len(rows):,}** of {len(table):,} atoms have “{plain(text)}” in their source text, "
            f"**{int(tokens.sum()):,}** of them in the token itself.",
            width="content",
        )
        if len(rows):
            st.button(
                "Select these",
                on_click=atlas_map.select,
                args=(rows,),
                key="select_found",
                type="tertiary",
            )
    return rows


def colouring(
    rows: Sequence[DictionaryHead], row: DictionaryHead, table: AtomTable, name: str
) -> Colouring:
    """The colours of all atoms."""
    among = comparable(rows, row)
    layers = tuple((other.name, other.recipe.layer or 0, other.version) for other in among)
    norms = resources.dictionary(row).norms.numpy() if name == "norm" else None
    return _colouring(row.version, name, row.name, layers, table, norms)


@st.cache_resource(max_entries=16, show_spinner=False)
def _colouring(
    version: str,
    name: str,
    dictionary: str,
    layers: tuple[tuple[str, int, str], ...],
    _table: AtomTable,
    _norms: np.ndarray | None,
) -> Colouring:
    frame = _table.frame
    if name == "tag":
        return map_colours.groups("tag, commonest first", selection.tags(frame), "no tag")
    if name == "kind":
        return map_colours.groups("kind of document", selection.kinds(frame), "unknown")
    if name == "layer":
        lowest = resources.store().lowest_layers(dictionary, [other for other, _, _ in layers])
        title = "lowest layer in which the label is an atom"
        return map_colours.layers(title, lowest, [layer for _, layer, _ in layers])
    if name == "norm":
        assert _norms is not None
        title = "norm |x| of the raw activation, log scale"
        return map_colours.scale(title, _norms, "zero")
    if name == "entered":
        title = "tokens seen when the atom entered, log scale"
        return map_colours.scale(title, frame["entered_at"].to_numpy(float), "initial atom")
    title = "density, share of held-out tokens whose code holds the atom, log scale"
    return map_colours.scale(title, frame["density"].to_numpy(float), "never used")

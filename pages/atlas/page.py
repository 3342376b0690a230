"""Atlas: a dictionary as a map; what its parts hold, and how it grew."""

import streamlit as st

from pages.atlas import controls, map_view, selection
from pages.atlas import map as atlas_map
from pages.atlas.atlas import Atlas
from pages.kit import statistics_offer
from pages.shell import address, empty, frame, resources


def show(atlas: Atlas, is_first_visit: bool) -> None:
    """The map, what is beside it, and the atoms selected on it."""
    map_view.begin(atlas.head, is_first_visit)
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        colour = controls.colour(atlas)
        text = controls.search()
        atlas_map.how_computed(atlas.head)
    matches = controls.matches(atlas.table, text)
    atlas_map.show(atlas, colour, matches)
    st.caption(
        "Draw around atoms (with a finger, press Lasso first) to see what they have in common; "
        "click one to open it; Ctrl + wheel zooms. The slider shows the "
        "dictionary as it was after so many tokens."
    )
    selection.show(atlas)


# Asked before the frame reads the address.
is_first_visit = address.is_first_visit("atlas")
with frame.dictionary_page("atlas", controls.parameters_of) as view:
    table = resources.atom_table(view.head)
    if not len(table):
        empty.no_labels(view.head)
    elif not table.has_statistics:
        statistics_offer.show(view.head)
    else:
        show(Atlas(view.head, table, view.heads), is_first_visit)

"""Atlas: a dictionary as a map; what its parts hold, and how it grew."""

import streamlit as st

from itda_core import InputError
from itda_core.dictionary import DictionaryHead
from pages.atlas import controls as atlas_controls
from pages.atlas import explanation as atlas_explanation
from pages.atlas import map as atlas_map
from pages.atlas import selection as atlas_selection
from pages.atoms import view as atom_view
from pages.kit import statistics_offer
from pages.shell import address, frame, parameters, pickers, resources


def _parts(row: DictionaryHead) -> dict[str, parameters.Reader]:
    """What a link to this page says beside the dictionary."""
    return {
        "map_colour": parameters.choice("density", tuple(atlas_controls.COLOURS), "colour"),
        "map_search": parameters.words(longest=200),
        "seen": parameters.integer(None, 0, row.recipe.tokens_seen, "number of tokens seen"),
    }


rows, broken = frame.begin_with_dictionaries(
    "Atlas", "Which kinds of activations does a dictionary hold, and when did they enter?"
)

came = address.comes("atlas")
notes = address.read("atlas", rows, resources.default, _parts)
with st.sidebar:
    row = pickers.dictionary(rows)
    frame.broken(broken)
frame.note(notes)
try:
    table = resources.atom_table(row)
    if not len(table):
        atom_view.no_labels(row)
    elif not table.has_statistics:
        statistics_offer.show(row)
    else:
        atlas_map.begin(row, came)
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            name = atlas_controls.colour(rows, row, table)
            text = atlas_controls.search()
            atlas_explanation.show(row)
        found = atlas_controls.found(table, text)
        atlas_map.show(row, table, name, atlas_controls.colouring(rows, row, table, name), found)
        st.caption(
            "Draw around atoms to see what they have in common; click one to open it; Ctrl + wheel "
            "zooms. The slider shows the dictionary as it was after so many tokens."
        )
        atlas_selection.show(row, table)
except InputError as error:
    frame.refuse(error)
address.write()

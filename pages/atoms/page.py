"""Atoms: what a dictionary holds, and one atom from every side."""

import streamlit as st

from itda_core import InputError
from itda_core.atoms.table import AtomTable
from itda_core.dictionary import DictionaryHead
from pages.atoms import filters as atom_filters
from pages.atoms import own_text as atom_text
from pages.atoms import table as atom_list
from pages.atoms import view as atom_view
from pages.kit import downloads
from pages.shell import address, frame, parameters, pickers, resources


def _parts(row: DictionaryHead) -> dict[str, parameters.Reader]:
    """What a link to this page says beside the dictionary."""
    return {
        "atom": parameters.integer(None, 0, max(row.recipe.n_atoms - 1, 0), "atom"),
        **atom_filters.parts(row),
        "section": parameters.unsaid(
            parameters.choice("uses", tuple(atom_view.SECTIONS), "section"), "uses"
        ),
        "text": parameters.words(longest=20_000),
        "measure": parameters.unsaid(
            parameters.choice("coefficient", tuple(atom_text.MEASURES), "measure"), "coefficient"
        ),
    }


def _chosen(row: DictionaryHead, table: AtomTable) -> int:
    """The atom to show. From another dictionary, the one of the same label if it is there too."""
    state = st.session_state
    before, atom = state.get("atom_of"), state.get("atom")
    if atom is not None and before not in (None, row.name) and not address.asked("atom"):
        try:
            atom = resources.store().same_label(str(before), atom, [row.name]).get(row.name)
        except InputError:  # that dictionary is gone
            atom = None
    if atom is None or atom >= len(table):
        atom = table.example()
    state.atom, state.atom_of = atom, row.name
    return int(atom)


rows, broken = frame.begin_with_dictionaries(
    "Atoms", "What does a dictionary hold, and what is each atom used for?"
)

notes = address.read("atoms", rows, resources.default, _parts)
with st.sidebar:
    row = pickers.dictionary(rows)
    buttons = st.container()
    frame.broken(broken)
try:
    table = resources.atom_table(row)
    if not len(table):
        frame.note(notes)
        atom_view.no_labels(row)
        address.write()
        st.stop()
    notes += atom_filters.settle(table)
    atom = _chosen(row, table)
    frame.note(notes)
    wanted = atom_filters.show(table)
    found = table.find(wanted)
    left, right = atom_view.columns()
    with left:
        if len(found):
            atom_list.show(table, found, row.name, atom, wanted.order)
        else:
            atom_filters.nothing_fits(wanted)
    with buttons:
        downloads.show(
            "atoms",
            "atoms",
            "The atoms found: one row an atom, all columns, whole texts.",
            lambda: table.frame.iloc[found],
            dictionary=row.name,
            fingerprint=row.fingerprint,
        )
    with right:
        atom_view.show(row, table, atom, found)
except InputError as error:
    frame.refuse(error)
address.write()

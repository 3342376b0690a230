"""The atom that the page shows: named by a link, clicked, or an example to begin with."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from itda_core import InputError
from itda_core.atoms.statistics.files import Statistics
from itda_core.atoms.table import AtomQuery, AtomTable
from itda_core.dictionary import DictionaryHead
from pages.shell import address, parameters, resources
from pages.shell.address import DICTIONARY
from pages.shell.parameters import Parameter


@dataclass(frozen=True)
class PickedAtom:
    """What the page is about: one atom of a dictionary."""

    head: DictionaryHead
    table: AtomTable
    atom: int
    label: dict[str, Any]
    """Its row of the table."""
    statistics: Statistics | None
    """What the atoms do on held-out text; None where nobody has computed it."""

    @property
    def known_statistics(self) -> Statistics:
        """The statistics, for what is only shown where there are some."""
        assert self.statistics is not None
        return self.statistics

    @property
    def use(self) -> pd.Series:
        """Its row of the statistics."""
        return self.known_statistics.atoms.iloc[self.atom]


def parameters_of(head: DictionaryHead) -> list[Parameter]:
    """What a link says of it."""
    last = max(head.recipe.n_atoms - 1, 0)
    return [parameters.integer("atoms", "atom", None, 0, last, what="atom")]


def choose(head: DictionaryHead, table: AtomTable, wanted: AtomQuery, rows: np.ndarray) -> int:
    """The atom to show. From another dictionary, the one of the same label if it is there too.

    Whoever asks for other atoms sees the first of ``rows``, those found, unless the atom shown is
    one of them; an atom opened by a link or a click is shown whatever the filters say.
    """
    state = st.session_state
    is_asked = state.get("atoms_query", wanted) != wanted
    state.atoms_query = wanted
    before, atom = state.get("atoms_atom_of"), state.get("atoms_atom")
    if atom is not None and before not in (None, head.name) and not address.was_given("atom"):
        try:
            atom = resources.store().same_label(str(before), atom, [head.name]).get(head.name)
        except InputError:  # that dictionary is gone
            atom = None
    if atom is None or atom >= len(table):
        atom, is_asked = table.example(), True
    if is_asked and len(rows) and atom not in rows and not address.was_given("atom"):
        atom = rows[0]
    state.atoms_atom, state.atoms_atom_of = int(atom), head.name
    return int(atom)


def open_atom(dictionary: str, atom: int) -> None:
    """Show another atom; for callbacks, as it may be of another dictionary."""
    st.session_state.update(
        {DICTIONARY: dictionary, "atoms_atom": atom, "atoms_atom_of": dictionary}
    )

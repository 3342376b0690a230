"""Slider and selection of the map, which live in the browser.

It answers at once and tells the page afterwards; the page tells it what an address or a button
says. ``turn`` counts the changes: of two views the one with the higher turn is the newer.
"""

from typing import Any, NamedTuple

import numpy as np
import streamlit as st

from itda_core.dictionary import DictionaryHead
from pages.shell import address, pages, parameters
from pages.shell.parameters import Parameter

_SEEN = "seen"
_SEEN_KEY = parameters.key_of("atlas", _SEEN)


class MapView(NamedTuple):
    """Slider and selection at one turn."""

    version: str
    """Of the dictionary."""
    turn: int
    seen: int | None
    """Tokens seen; None for all."""
    atoms: tuple[int, ...]
    """Those selected."""


def seen_parameter(head: DictionaryHead) -> Parameter:
    """What a link says of the slider."""
    most = head.recipe.tokens_seen
    return parameters.integer("atlas", _SEEN, None, 0, most, what="number of tokens seen")


def begin(head: DictionaryHead, is_first_visit: bool) -> None:
    """Fit the view kept to the dictionary; to be called before anything reads the selection.

    Args:
        head: the dictionary shown.
        is_first_visit: whether the browser knows nothing of the view yet.
    """
    state = st.session_state
    atom = state.pop("atlas_atom_to_open", None)
    if atom is not None:
        pages.switch("atoms", dictionary=head.name, atom=str(atom))
    last: MapView | None = state.get("atlas_view")
    is_other = last is None or last.version != head.version
    if is_other:
        if last is not None and not address.was_given(_SEEN):
            state[_SEEN_KEY] = None
        select()
    now = MapView(head.version, last.turn if last else 0, state[_SEEN_KEY], selected())
    if is_first_visit or now != last:
        state.atlas_view = state.atlas_view_sent = now._replace(turn=now.turn + 1)


def to_send() -> MapView:
    """What the browser is to be told: the same until the page changes it, whatever it tells us."""
    view: MapView = st.session_state.atlas_view_sent
    return view


def selected() -> tuple[int, ...]:
    """The atoms selected."""
    atoms: tuple[int, ...] = st.session_state.atlas_selected
    return atoms


def select(atoms: np.ndarray | None = None) -> None:
    """Select these atoms, or none; for callbacks of buttons beside the map."""
    st.session_state.atlas_selected = () if atoms is None else tuple(atoms.tolist())


def take(report: Any) -> None:
    """Take over what the browser reports, unless it is of a dictionary no longer shown."""
    state = st.session_state
    last: MapView = state.atlas_view
    if isinstance(report, dict) and report.get("of") == last.version:
        seen, atoms = report["seen"], tuple(report["atoms"])
        state[_SEEN_KEY], state.atlas_selected = seen, atoms
        state.atlas_view = MapView(last.version, max(last.turn, report["turn"]), seen, atoms)


def open_atom(atom: Any) -> None:
    """Go to the page of an atom with the next run; for the callback of a click on the map."""
    if isinstance(atom, int):
        st.session_state.atlas_atom_to_open = atom

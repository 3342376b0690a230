"""The map of a dictionary: every atom a point; select, search, replay. A component (atlas_map.js).

The slider and the selection live in the browser, which answers at once, and are told to the page
afterwards. ``turn`` counts their changes: of two views the one with the higher turn is the newer.
"""

from base64 import b64encode
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import streamlit as st

from itda_core.atoms import selection
from itda_core.atoms.table import AtomTable
from itda_core.dictionary import DictionaryHead
from itda_core.figures.map_colours import Colouring
from pages.kit.component import component
from pages.shell import address, pages, resources
from pages.shell.formats import number

_component = component("itda_atlas_map", Path(__file__).parent / "web", "map")


class Sent(NamedTuple):
    """The view that the server last told the browser."""

    turn: int
    seen: int | None
    selected: tuple[int, ...]


def begin(row: DictionaryHead, came: bool) -> None:
    """Fit the kept view to the dictionary; to be called before anything reads the selection.

    Args:
        row: the dictionary shown.
        came: whether the page was just come to, so that the browser knows nothing of its view.
    """
    state = st.session_state
    opened = state.pop("atlas_opened", None)
    if opened is not None:
        pages.switch("atoms", dictionary=row.name, atom=str(opened))
    version = row.version
    changed = state.get("atlas_of") != version
    if changed:
        if "atlas_of" in state and not address.asked("seen"):
            state.seen = None
        state.atlas_of, state.atlas_selected = version, ()
    kept = (state.seen, state.atlas_selected)
    if came or changed or state.atlas_kept != kept:
        state.atlas_turn = state.get("atlas_turn", 0) + 1
        state.atlas_sent, state.atlas_kept = Sent(state.atlas_turn, *kept), kept


def show(
    row: DictionaryHead, table: AtomTable, name: str, colouring: Colouring, found: np.ndarray | None
) -> None:
    """Draw the map.

    Args:
        row: the dictionary; ``table`` its atoms, of which there is at least one.
        name: the key of the colouring.
        colouring: a colour for every atom.
        found: rows that the search found, the others dimmed; None without a search.
    """
    sent: Sent = st.session_state.atlas_sent
    growth = resources.store().growth(row.name)
    data = _points(row.version, table) | {
        "title": f"{len(table):,} atom{'s' * (len(table) != 1)} of layer {row.recipe.layer}; "
        "like atoms lie close together",
        "total": row.recipe.tokens_seen,
        "growth": {"seen": growth["tokens_seen"].tolist(), "atoms": growth["n_atoms"].tolist()},
        "colour": _colour(name, colouring),
        "matches": None if found is None else _mask(found, len(table)),
        "turn": sent.turn,
        "seen": sent.seen,
        "selected": _mask(np.array(sent.selected, int), len(table)) if sent.selected else None,
    }
    _component(
        key="atlas_map", data=data, width="stretch", on_view_change=_moved, on_opened_change=_opened
    )


def select(rows: np.ndarray) -> None:
    """Select these atoms, or none; for callbacks of buttons beside the map."""
    st.session_state.atlas_selected = tuple(rows.tolist())


def _moved() -> None:
    state = st.session_state
    view = state.atlas_map.get("view")
    if isinstance(view, dict) and view.get("of") == state.atlas_of:
        state.seen, state.atlas_selected = view["seen"], tuple(view["atoms"])
        state.atlas_turn = max(state.atlas_turn, view["turn"])
        state.atlas_kept = (state.seen, state.atlas_selected)


def _opened() -> None:
    atom = st.session_state.atlas_map.get("opened")
    if isinstance(atom, int):
        st.session_state.atlas_opened = atom


@st.cache_resource(max_entries=4, show_spinner=False)
def _points(version: str, _table: AtomTable) -> dict[str, Any]:
    """What the map needs of the atoms whatever is asked of it, fit for JSON."""
    frame = _table.frame
    tags = selection.tags(frame)
    names = sorted(set(tags))
    place = {tag: i for i, tag in enumerate(names)}
    return {
        "id": version,
        **{c: _packed(frame[c].to_numpy(np.float32)) for c in ("x", "y", "density")},
        "entered": _packed(frame["entered_at"].to_numpy(np.uint32)),
        "tags": names,
        "tag": _packed(np.array([place[tag] for tag in tags], np.uint16)),
        # One text, taken apart at the first hover: 20,000 cost more on their way than all numbers.
        "excerpts": "\n".join(selection.excerpts(frame)),
    }


def _colour(name: str, colouring: Colouring) -> dict[str, Any]:
    unit, factor = ("%", 100) if name == "density" else ("", 1)
    return {
        "title": colouring.title,
        # What the hover says beside density and tag, which it always does.
        "label": {
            "norm": "norm |x|",
            "entered": "entered at token",
            "kind": "text",
            "layer": "first an atom in",
        }.get(name),
        "codes": _packed(colouring.codes),
        "colours": colouring.colours,
        "values": None if colouring.values is None else _packed(colouring.values),
        "ends": colouring.ends and [number(factor * end) + unit for end in colouring.ends],
        "names": list(colouring.names),
        "counts": list(colouring.counts),
        "shapes": list(colouring.shapes),
        "nothing": colouring.nothing,
    }


def _mask(rows: np.ndarray, n: int) -> str:
    mask = np.zeros(n, np.uint8)
    mask[rows] = 1
    return _packed(mask)


def _packed(values: np.ndarray) -> str:
    """Bytes, little-endian, in base64."""
    return b64encode(np.ascontiguousarray(values).tobytes()).decode("ascii")

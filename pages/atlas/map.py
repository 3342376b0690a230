"""The map of a dictionary: every atom a point; select, search, replay. A component (map.js)."""

from base64 import b64encode
from pathlib import Path
from typing import Any

import numpy as np
import streamlit as st

from itda_core.atoms import selection
from itda_core.atoms.table import AtomTable
from itda_core.dictionary import DictionaryHead
from pages.atlas import colours, map_view
from pages.atlas.atlas import Atlas
from pages.atlas.colours import COLOURS
from pages.kit import how_computed as popover
from pages.kit.component import component
from pages.shell import resources
from pages.shell.formats import number

_KEY = "atlas_map"
_component = component(
    "itda_atlas_map",
    Path(__file__).parent / "web",
    "map",
    "viewport",
    "draw",
    "legend",
    "growth",
    "pointer",
)


def how_computed(head: DictionaryHead) -> None:
    """Definition and command of the map and of everything that its colours can say."""
    definitions = (f"- **{c.title.lower()}**: {c.definition}\n" for c in COLOURS.values())
    popover.show(
        "atlas",
        "**Map:** UMAP of the atoms by cosine (15 neighbours, exact; seed 0), computed once with "
        "the statistics. Atoms with close directions lie close; distances between far groups, and "
        f"the axes, mean nothing.\n\n{''.join(definitions)}"
        "- **lift**: share in the selection ÷ share in the whole dictionary",
        popover.statistics_command(head),
        source=". McInnes, Healy, Melville: UMAP "
        "([arXiv 1802.03426](https://arxiv.org/abs/1802.03426)).",
    )


def show(atlas: Atlas, colour: str, matches: np.ndarray | None) -> None:
    """Draw the map.

    Args:
        atlas: the dictionary.
        colour: the key of one of COLOURS.
        matches: atoms that the search found, the others dimmed; None without a search.
    """
    head, table = atlas.head, atlas.table
    n = len(table)
    view = map_view.to_send()
    growth = resources.store().growth(head.name)
    data = _points(head.version, table) | {
        "title": f"{n:,} atom{'s' * (n != 1)} of layer {head.recipe.layer}; "
        "like atoms lie close together",
        "total": head.recipe.tokens_seen,
        "growth": {"seen": growth["tokens_seen"].tolist(), "atoms": growth["n_atoms"].tolist()},
        "colour": _colour(colour, atlas),
        "matches": None if matches is None else _mask(matches, n),
        "turn": view.turn,
        "seen": view.seen,
        "selected": _mask(np.array(view.atoms, int), n) if view.atoms else None,
    }
    _component(
        key=_KEY,
        data=data,
        width="stretch",
        on_view_change=lambda: map_view.take(st.session_state[_KEY].get("view")),
        on_opened_change=lambda: map_view.open_atom(st.session_state[_KEY].get("opened")),
    )


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


def _colour(key: str, atlas: Atlas) -> dict[str, Any]:
    colour, colouring = COLOURS[key], colours.colouring(key, atlas)
    unit, factor = ("%", 100) if colour.is_share else ("", 1)
    return {
        "title": colouring.title,
        "label": colour.hover or None,
        "codes": _packed(colouring.codes),
        "colours": colouring.colours,
        "values": None if colouring.values is None else _packed(colouring.values),
        "ends": colouring.ends and [number(factor * end) + unit for end in colouring.ends],
        "names": list(colouring.names),
        "counts": list(colouring.counts),
        "shapes": list(colouring.shapes),
        "nothing": colouring.nothing,
    }


def _mask(atoms: np.ndarray, n: int) -> str:
    mask = np.zeros(n, np.uint8)
    mask[atoms] = 1
    return _packed(mask)


def _packed(values: np.ndarray) -> str:
    """Bytes, little-endian, in base64."""
    return b64encode(np.ascontiguousarray(values).tobytes()).decode("ascii")

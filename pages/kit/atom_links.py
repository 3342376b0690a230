"""A list of atoms, each a link that opens it. A component (atom_links.js)."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import streamlit as st

from itda_core.atoms.excerpts import LINE_END, SPACE, excerpt, word_start
from itda_core.atoms.table import AtomTable
from pages.kit.component import component
from pages.shell import address

BEFORE, AFTER = 14, 60
"""Characters around an atom's word."""

_component = component("itda_atom_links", Path(__file__).parent / "web", "atom_links")


def show(
    key: str, rows: Sequence[dict[str, Any]], on_open: Callable[[str, int], None], wide: str = ""
) -> None:
    """Draw the rows; a click opens the atom without loading the page anew.

    Args:
        key: of the component on its page.
        rows: ``name``, ``lead`` and, as wanted, ``bar`` in [0, 1], ``before``, ``word``, ``after``;
            with ``dictionary`` and ``atom`` the name is a link.
        on_open: called with the dictionary and the atom clicked.
        wide: CSS width of the names.
    """
    linked_rows = [
        row | {"link": address.link("atoms", dictionary=row["dictionary"], atom=row["atom"])}
        if "atom" in row
        else row
        for row in rows
    ]

    def open_picked() -> None:
        picked = st.session_state[key].get("picked")
        if isinstance(picked, dict) and isinstance(picked.get("atom"), int):
            on_open(str(picked.get("dictionary")), picked["atom"])

    _component(
        key=key,
        data={"rows": linked_rows, "wide": wide},
        width="stretch",
        on_picked_change=open_picked,
    )


def atom_row(table: AtomTable, dictionary: str, atom: int) -> dict[str, Any]:
    """Name and words of an atom of the dictionary shown."""
    label = table.frame.iloc[atom]
    text, end = label["text"], int(label["char_end"])
    start = word_start(text, int(label["char_start"]), end)
    words = excerpt(text, start, end, (BEFORE, AFTER)).with_line_ends(LINE_END)
    return {
        "name": f"atom {atom}",
        "dictionary": dictionary,
        "atom": int(atom),
        "word": words.word or SPACE,
        "before": words.before,
        "after": words.after,
    }

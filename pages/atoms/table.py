"""The table of atoms: one row an atom; a click opens it."""

import numpy as np
import pandas as pd
import streamlit as st

from itda_core.atoms.excerpts import excerpt_lines
from itda_core.atoms.table import AtomTable
from pages.atoms.picked import open_atom
from pages.atoms.sentences import visible

MOST = 1000
"""Rows sent to the browser: nobody reads on, and filters reach the rest."""
_HEIGHT = 600
_STYLE = """
<style>
@media (max-width: 1100px) {
  .st-key-atoms_rows, :has(> .st-key-atoms_rows) { max-height: 15.6rem; }
}
</style>
"""
"""In a narrow window the atom stands below the table, which leaves room for it."""

_Number, _Text = st.column_config.NumberColumn, st.column_config.TextColumn
_COLUMNS = {
    "atom": _Number("atom", width=50, format="%d"),
    "token": _Text("token", width=66),
    "in its source text": _Text(width=198),
    "density": _Number("density, %", width=70, format="%.2f", help="Share of tokens that use it"),
    "mean": _Number("mean |c|", width=76, format="%.2f"),
    "largest": _Number("max |c|", width=76, format="%.1f"),
    "main token": _Text(width=90, help="The token that most of its use falls on"),
    "of use": _Number(width=66, format="percent", help="The main token's share of its use"),
    "tag": _Text(width=92, help="What its use falls on most, compared with how common that is"),
    "of use, tag": _Number("of use", width=66, format="percent", help="The tag's share of its use"),
    "source": _Text(width=130),
    "position": _Number(width=70, format="%d", help="The token's index in its prompt"),
    "entered at": _Number(width=90, format="localized", help="Tokens seen when it entered"),
    "loss at entry": _Number(width=90, format="%.3f", help="Empty for initial atoms"),
}
_COLUMNS_OF_ORDER = {
    "used": ["density"],
    "unused": ["density"],
    "tag": ["tag", "of use, tag"],
    "token": ["main token", "of use"],
    "coefficient": ["largest"],
    "loss": ["loss at entry"],
}
"""The columns that an order goes by; they come first, or else one would have to scroll to them."""


def show(table: AtomTable, rows: np.ndarray, dictionary: str, atom: int, order: str) -> None:
    """Draw the first of ``rows``, which are in ``order``; that of ``atom`` is marked."""
    atoms = [int(row) for row in rows[:MOST]]
    more = f"; the table holds the first {MOST:,}, filters reach the rest" * (len(rows) > MOST)
    st.caption(
        f"{len(rows):,} of {len(table):,} atoms{more}. Click a row to open its atom; "
        "a column's name sorts what is shown."
    )
    # The mark follows the atom, also when a button or a link chose it.
    places = [atoms.index(atom)] if atom in atoms else []
    st.session_state.atoms_list = {"selection": {"rows": places, "columns": [], "cells": []}}
    frame = as_shown(table, np.array(atoms, dtype=np.int64))
    columns = [*frame.columns[:3], *_COLUMNS_OF_ORDER.get(order, []), *frame.columns[3:]]
    st.html(_STYLE)
    with st.container(key="atoms_rows", height=_HEIGHT, border=False):
        st.dataframe(
            frame,
            key="atoms_list",
            hide_index=True,
            width="stretch",
            height="stretch",
            row_height=28,
            column_config=_COLUMNS,
            column_order=list(dict.fromkeys(columns)),
            selection_mode=["single-row", "single-cell"],
            on_select=lambda: _open_picked(atoms, dictionary),
        )


def _open_picked(atoms: list[int], dictionary: str) -> None:
    """Open the atom of the row or cell clicked; ``atoms`` are those of the rows."""
    selection = st.session_state.atoms_list["selection"]
    rows, cells = selection.get("rows"), selection.get("cells")
    place = cells[0][0] if cells else rows[0] if rows else None
    if place is not None and place < len(atoms):
        open_atom(dictionary, atoms[place])


def as_shown(table: AtomTable, rows: np.ndarray) -> pd.DataFrame:
    """These rows as people read them; texts as excerpts."""
    frame = table.frame.iloc[rows]
    result = pd.DataFrame(
        {
            "atom": frame["atom"].to_numpy(),
            "token": [visible(token) for token in frame["token"]],
            "in its source text": excerpt_lines(frame),
        }
    )
    if table.has_statistics:
        result["density"] = 100 * frame["density"].to_numpy()
        result["mean"] = frame["mean_coefficient"].to_numpy()
        result["largest"] = frame["largest_coefficient"].to_numpy()
        mains = frame["main_token"].fillna("")
        result["main token"] = [visible(token) for token in mains]
        result["of use"] = frame["token_share"].to_numpy()
        if table.tags:
            result["tag"] = frame["tag"].fillna("").to_numpy()
            result["of use, tag"] = frame["tag_share"].to_numpy()
    result["source"] = frame["source"].to_numpy()
    result["position"] = frame["token_index"].to_numpy()
    result["entered at"] = frame["entered_at"].to_numpy()
    result["loss at entry"] = frame["loss_at_entry"].to_numpy()
    return result

"""The atoms selected on the map: what they have in common, each of them, and as files."""

import numpy as np
import pandas as pd
import streamlit as st

from itda_core.atoms import selection
from itda_core.atoms.table import AtomTable
from itda_core.dictionary import DictionaryHead
from pages.atlas import map as atlas_map
from pages.kit import downloads
from pages.shell import address, pages
from pages.shell.formats import number, plain

LISTED = 1000
"""Rows of the table on the page; the downloads have all."""


def show(row: DictionaryHead, table: AtomTable) -> None:
    """Summary, table and downloads; where nothing is selected, how to select."""
    rows = np.array(st.session_state.atlas_selected, int)
    if not len(rows):
        st.caption(
            "Nothing is selected. Draw around atoms with the lasso: what they have in common is "
            "said here. Hold Shift to add to a selection."
        )
        return
    summary = selection.summarise(table.frame, rows)
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(f"**{summary.n:,} atom{'s' * (summary.n != 1)} selected**", width="stretch")
        downloads.show(
            "atlas",
            "selection",
            "The atoms selected, one row an atom.",
            lambda: selection.table(table.frame, rows),
            dictionary=row.name,
            fingerprint=row.fingerprint,
        )
        st.button(
            "Clear selection",
            icon=":material/close:",
            on_click=atlas_map.select,
            args=(np.array([], int),),
        )
    _say(summary)
    _list(row, table, rows)


def _say(summary: selection.Summary) -> None:
    """What they have in common, in a line each."""
    tokens = " · ".join(f"**{plain(token)}** {n}" for token, n in summary.tokens)
    lines = [f"Tokens: {tokens}"]
    for what, found in (("Tags", summary.tags), ("Kinds of text", summary.kinds)):
        if found:
            names = (f"**{plain(c.name)}** {c.atoms} ({number(c.lift)} ×)" for c in found)
            lines.append(f"{what}: {' · '.join(names)}")
    lines.append(
        f"Mean density: **{number(100 * summary.density)}%** of held-out tokens, against "
        f"{number(100 * summary.overall_density)}% in the whole dictionary"
    )
    st.markdown("  \n".join(lines))
    if summary.tags or summary.kinds:
        st.caption(
            "× is the lift: the share in the selection divided by the share in the whole "
            "dictionary; 1 × is no more than usual."
        )


def _list(row: DictionaryHead, table: AtomTable, rows: np.ndarray) -> None:
    listed = selection.table(table.frame, rows[:LISTED])
    links = [address.link("atoms", dictionary=row.name, atom=int(a)) for a in listed["atom"]]
    shown = pd.DataFrame({"open": links, **listed.drop(columns="atom")})
    if listed["tag"].isna().all():
        shown = shown.drop(columns="tag")
    picked = st.dataframe(
        shown,
        key=f"atlas_rows_{hash(tuple(rows.tolist()))}",
        hide_index=True,
        width="stretch",
        row_height=28,
        height=min(440, 40 + 28 * len(shown)),
        on_select="rerun",
        selection_mode="single-row",
        column_config={
            "open": st.column_config.LinkColumn("atom", display_text=r"atom=(\d+)", width="small"),
            "token": st.column_config.TextColumn("token", width="small"),
            "excerpt": st.column_config.TextColumn("in its source text", width="large"),
            "density": st.column_config.NumberColumn(
                "density", format="%.3g", help="Share of held-out tokens whose code holds the atom"
            ),
            "entered_at": st.column_config.NumberColumn("entered at token", format="localized"),
        },
    )
    if len(rows) > LISTED:
        st.caption(f"The first {LISTED:,} of {len(rows):,}; the downloads have all.")
    for place in picked["selection"]["rows"][:1]:
        atom = int(listed["atom"].iloc[place])
        pages.switch("atoms", dictionary=row.name, atom=str(atom))

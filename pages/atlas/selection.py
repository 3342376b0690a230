"""The atoms selected on the map: what they have in common, each of them, and as files."""

import numpy as np
import pandas as pd
import streamlit as st

from itda_core.atoms import selection as atom_selection
from itda_core.atoms.selection import Summary
from itda_core.atoms.table import AtomTable
from itda_core.dictionary import DictionaryHead
from pages.atlas import map_view
from pages.atlas.atlas import Atlas
from pages.kit import downloads
from pages.shell import address, pages
from pages.shell.formats import number, plain

MOST_ROWS = 1000
"""Of the table on the page; the downloads have all."""


def show(atlas: Atlas) -> None:
    """Summary, table and downloads; where nothing is selected, how to select."""
    head, table = atlas.head, atlas.table
    atoms = np.array(map_view.selected(), int)
    if not len(atoms):
        st.caption(
            "Nothing is selected. Draw around atoms with the lasso: what they have in common is "
            "said here. Hold Shift to add to a selection."
        )
        return
    summary = atom_selection.summarise(table.frame, atoms)
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(f"**{summary.n:,} atom{'s' * (summary.n != 1)} selected**", width="stretch")
        downloads.show(
            "atlas",
            "selection",
            "The atoms selected, one row an atom.",
            lambda: atom_selection.table(table.frame, atoms),
            **downloads.about_dictionary(head),
        )
        st.button("Clear selection", icon=":material/close:", on_click=map_view.select)
    _summary(summary)
    _list(head, table, atoms)


def _summary(summary: Summary) -> None:
    """What they have in common, in a line each."""
    tokens = " · ".join(f"**{plain(token)}** {n}" for token, n in summary.tokens)
    lines = [f"Tokens: {tokens}"]
    for title, commonest in (("Tags", summary.tags), ("Kinds of text", summary.kinds)):
        if commonest:
            names = (f"**{plain(c.name)}** {c.atoms} ({number(c.lift)} ×)" for c in commonest)
            lines.append(f"{title}: {' · '.join(names)}")
    lines.append(
        f"Mean density: **{number(100 * summary.density)}%** of tokens, against "
        f"{number(100 * summary.overall_density)}% in the whole dictionary"
    )
    st.markdown("  \n".join(lines))
    if summary.tags or summary.kinds:
        st.caption(
            "× is the lift: the share in the selection divided by the share in the whole "
            "dictionary; 1 × is no more than usual."
        )


def _list(head: DictionaryHead, table: AtomTable, atoms: np.ndarray) -> None:
    """A row an atom; a click opens it."""
    rows = atom_selection.table(table.frame, atoms[:MOST_ROWS])
    links = [address.link("atoms", dictionary=head.name, atom=int(a)) for a in rows["atom"]]
    columns = pd.DataFrame({"open": links, **rows.drop(columns="atom")})
    if rows["tag"].isna().all():
        columns = columns.drop(columns="tag")
    event = st.dataframe(
        columns,
        key=f"atlas_rows_{hash(tuple(atoms.tolist()))}",
        hide_index=True,
        width="stretch",
        row_height=28,
        height=min(440, 40 + 28 * len(rows)),
        on_select="rerun",
        selection_mode="single-row",
        column_config={
            "open": st.column_config.LinkColumn("atom", display_text=r"atom=(\d+)", width="small"),
            "token": st.column_config.TextColumn("token", width="small"),
            "excerpt": st.column_config.TextColumn("in its source text", width="large"),
            "density": st.column_config.NumberColumn(
                "density", format="%.3g", help="Share of tokens whose code holds the atom"
            ),
            "entered_at": st.column_config.NumberColumn("entered at token", format="localized"),
        },
    )
    if len(atoms) > MOST_ROWS:
        st.caption(f"The first {MOST_ROWS:,} of {len(atoms):,}; the downloads have all.")
    for row in event["selection"]["rows"][:1]:
        pages.switch("atoms", dictionary=head.name, atom=str(int(rows["atom"].iloc[row])))

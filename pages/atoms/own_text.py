"""Somebody's own text, each token shaded by what one atom does on it."""

from typing import Any

import pandas as pd
import streamlit as st

from itda_core.dictionary import DictionaryHead
from itda_core.prompt.decomposition import Decomposition
from itda_core.prompt.elsewhere import cosines
from itda_core.pursuit import DEFAULT_METHOD
from pages.kit import how_computed, passages
from pages.shell import resources, widgets
from pages.shell.formats import number, plain

MEASURES = {"coefficient": "Coefficient in the code", "cosine": "Cosine"}
"""Keys are what an address says."""


def show(row: DictionaryHead, label: dict[str, Any], atom: int) -> None:
    """The box, the shaded text and its numbers. InputError if the text cannot be coded."""
    text = st.text_area(
        "Try your own text on this atom (Ctrl+Enter to apply)",
        key="text",
        height=76,
        persist_state="session",
        placeholder="Type a few words; until then it is shown on its own source text.",
    )
    with st.container(horizontal=True, horizontal_alignment="distribute"):
        measure = st.segmented_control(
            "Shade by",
            list(MEASURES),
            format_func=MEASURES.__getitem__,
            required=True,
            label_visibility="collapsed",
            **widgets.widget("measure", "coefficient"),
        )
        how_computed.show("text", row)
    text = text if text and text.strip() else str(label["text"])
    decomposition = resources.decomposition(row, text, row.recipe.l0, DEFAULT_METHOD)
    near = _cosines(row.fingerprint, text, atom, row)
    table = values(decomposition, near, atom)
    shown = table[table[measure] != 0]
    facts = {
        int(one["token"]): [
            f"token {one['token']} · coefficient {one['coefficient']:+.3f} |x|",
            f"cosine {one['cosine']:+.3f}",
        ]
        for one in table.to_dict("records")
    }
    amounts = dict(zip(shown["token"].tolist(), shown[measure].tolist(), strict=True))
    largest = max(map(abs, amounts.values()), default=0.0)
    tokens = decomposition.tokens
    runs = passages.runs(
        text,
        list(zip(tokens.char_start, tokens.char_end, strict=True)),
        amounts,
        largest or 1.0,
        facts,
        around=None,
    )
    unit = "coefficient, in |x|:" if measure == "coefficient" else "cosine:"
    passages.show(
        "atom_own_text",
        [{"whole": True, "runs": runs}],
        (f"−{number(largest)}", unit, f"+{number(largest)}") if largest else None,
    )
    if not largest:
        st.caption("No token's code holds this atom; its cosine tells how close it comes.")
    with st.expander("The numbers"):
        st.dataframe(
            table.sort_values(str(measure), key=abs, ascending=False),
            hide_index=True,
            height=240,
            column_config={
                "coefficient": st.column_config.NumberColumn("c / |x|", format="%+.3f"),
                "cosine": st.column_config.NumberColumn(format="%+.3f"),
            },
        )
    if decomposition.truncated:
        st.caption(
            f"Only the first {len(tokens.ids):,} tokens: {plain('the model reads no more.')}"
        )


def values(decomposition: Decomposition, near: list[float], atom: int) -> pd.DataFrame:
    """token, text, coefficient (of |x|; 0 where the code lacks the atom), cosine: coded tokens."""
    coded = decomposition.coded.nonzero().squeeze(1).tolist()
    code = decomposition.code
    mine = (code.coefficients * (code.indices == atom)).sum(1)
    share = (mine / decomposition.energy.sqrt().clamp_min(1e-30)).tolist()
    return pd.DataFrame(
        {
            "token": coded,
            "text": [decomposition.tokens.tokens[i] for i in coded],
            "coefficient": [share[i] for i in coded],
            "cosine": [near[i] for i in coded],
        }
    )


@st.cache_resource(max_entries=64, show_spinner=False)
def _cosines(fingerprint: str, text: str, atom: int, _row: DictionaryHead) -> list[float]:
    return list(cosines(resources.model(_row), resources.dictionary(_row), text, atom).tolist())

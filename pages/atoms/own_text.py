"""Somebody's own text, each token shaded by what one atom does on it."""

import pandas as pd
import streamlit as st

from itda_core.dictionary import DictionaryHead
from itda_core.prompt.decomposition import Decomposition
from itda_core.prompt.elsewhere import cosines
from itda_core.pursuit import DEFAULT_METHOD
from pages.atoms.picked import PickedAtom
from pages.kit import how_computed, passages
from pages.shell import parameters, resources
from pages.shell.formats import number, signed, signed_decimal

MEASURES = {"coefficient": "Coefficient in the code", "cosine": "Cosine"}
"""Keys are what an address says."""
_UNITS = {"coefficient": "coefficient, in |x|:", "cosine": "cosine:"}
_LONGEST = 10**6
"""Characters: longer ones are refused when they are coded, with a line that says why."""
_TEXT = parameters.text("atoms", "text", longest=_LONGEST, is_long=True)
_MEASURE = parameters.choice(
    "atoms", "measure", "coefficient", tuple(MEASURES), what="measure", omit_default=True
)
PARAMETERS = [_TEXT, _MEASURE]
_HOW = (
    "- **coefficient**: the text is decomposed as on *Explore a prompt*, with the L0 the "
    "dictionary was built with; shown is this atom's *c* / |x| in each token's code, 0 where "
    "another atom was chosen\n"
    "- **cosine** between the token's activation *x* and the atom, whatever the code says: "
    "it also shows tokens that lie close but are explained better by others"
)


def show(picked: PickedAtom) -> None:
    """The box, the shaded text and its numbers. InputError if the text cannot be coded."""
    text = st.text_area(
        "Try your own text on this atom (Ctrl+Enter to apply)",
        height=76,
        placeholder="Type a few words; until then it is shown on its own source text.",
        **_TEXT.widget(),
    )
    with st.container(horizontal=True, horizontal_alignment="distribute"):
        measure = st.segmented_control(
            "Shade by",
            list(MEASURES),
            format_func=MEASURES.__getitem__,
            required=True,
            label_visibility="collapsed",
            **_MEASURE.widget(),
        )
        how_computed.show(
            "atoms_text",
            _HOW,
            how_computed.encode_command(picked.head, "your text"),
            lead="The code of a text, from a terminal:",
        )
    text = text if text and text.strip() else str(picked.label["text"])
    head = picked.head
    decomposition = resources.decomposition(head, text, head.recipe.l0, DEFAULT_METHOD)
    near = _cosines(head.fingerprint, text, picked.atom, head)
    table = numbers(decomposition, near, picked.atom)
    _shaded(text, decomposition, table, str(measure))
    _table(table, str(measure))
    if decomposition.truncated:
        n_tokens = len(decomposition.tokens.ids)
        st.caption(f"Only the first {n_tokens:,} tokens: the model reads no more.")


def _shaded(text: str, decomposition: Decomposition, table: pd.DataFrame, measure: str) -> None:
    """The text, and what its shades say."""
    facts = {
        int(row["token"]): [
            f"token {row['token']} · coefficient {signed(row['coefficient'])} |x|",
            f"cosine {signed(row['cosine'])}",
        ]
        for row in table.to_dict("records")
    }
    marked = table[table[measure] != 0]
    values = dict(zip(marked["token"].tolist(), marked[measure].tolist(), strict=True))
    largest = max(map(abs, values.values()), default=0.0)
    tokens = decomposition.tokens
    spans = list(zip(tokens.char_start, tokens.char_end, strict=True))
    runs = passages.runs(text, spans, values, largest or 1.0, facts, around=None)
    legend = (f"−{number(largest)}", _UNITS[measure], f"+{number(largest)}") if largest else None
    passages.show("atoms_own_text", [{"whole": True, "runs": runs}], legend)
    if not largest:
        st.caption("No token's code holds this atom; its cosine tells how close it comes.")


def _table(table: pd.DataFrame, measure: str) -> None:
    with st.expander("The numbers"):
        st.dataframe(
            table.sort_values(measure, key=abs, ascending=False).style.format(
                {"coefficient": signed_decimal, "cosine": signed_decimal}
            ),
            hide_index=True,
            height=240,
            column_config={"coefficient": st.column_config.NumberColumn("c / |x|")},
        )


def numbers(decomposition: Decomposition, near: list[float], atom: int) -> pd.DataFrame:
    """token, text, coefficient (of |x|; 0 where the code lacks the atom), cosine: coded tokens."""
    coded = decomposition.coded.nonzero().squeeze(1).tolist()
    code = decomposition.code
    coefficients = (code.coefficients * (code.indices == atom)).sum(1)
    shares = (coefficients / decomposition.energy.sqrt().clamp_min(1e-30)).tolist()
    return pd.DataFrame(
        {
            "token": coded,
            "text": [decomposition.tokens.tokens[i] for i in coded],
            "coefficient": [shares[i] for i in coded],
            "cosine": [near[i] for i in coded],
        }
    )


@st.cache_resource(max_entries=64, show_spinner=False)
def _cosines(fingerprint: str, text: str, atom: int, _head: DictionaryHead) -> list[float]:
    return list(cosines(resources.model(_head), resources.dictionary(_head), text, atom).tolist())

"""Pursuit step by step: how one token's code came about."""

import pandas as pd
import streamlit as st

from itda_core import figures
from itda_core.decomposition import Decomposition
from itda_core.dictionary import Dictionary

_BEFORE, _AFTER = 16, 60  # characters; the column is narrow and must show the word itself


def show(decomposition: Decomposition, dictionary: Dictionary, token: int) -> None:
    """The curve of what is left, and the atom of every step."""
    table = steps(decomposition, dictionary, token)
    energy = max(float(decomposition.energy[token]), 1e-30)
    tau = {"relative": decomposition.tau, "squared": decomposition.tau / energy}.get(
        decomposition.loss_name
    )
    figure = figures.pursuit_steps(
        [1.0, *table["left"]],
        table["atom token"].tolist(),
        tau if tau is not None and tau <= 1 else None,
        f"What is left of “{decomposition.tokens.tokens[token].strip()}” (token {token})",
    )
    left, right = st.columns([5, 6], gap="medium")
    with left:
        st.plotly_chart(figure, width="stretch", key="pursuit_steps", config={"displaylogo": False})
        st.caption(
            "Read from left to right: each step subtracts one atom. A token is explained well "
            "where the curve ends low, and novel where it stays above the dashed line, tau."
        )
    with right:
        st.dataframe(
            table, hide_index=True, width="stretch", row_height=28,
            height=min(336, 40 + 28 * max(len(table), 1)),
            column_config={
                "coefficient": st.column_config.NumberColumn("c / |x|", format="%+.3f"),
                "left": st.column_config.NumberColumn("left, of |x|²", format="%.3f"),
                "atom token": st.column_config.TextColumn("token"),
            },
        )  # fmt: skip


def steps(decomposition: Decomposition, dictionary: Dictionary, token: int) -> pd.DataFrame:
    """step, atom, coefficient (of |x|), left (of |x|^2), and the atom's label."""
    code = decomposition.code
    atoms = [atom for atom in code.indices[token].tolist() if atom >= 0]
    n, energy = len(atoms), max(float(decomposition.energy[token]), 1e-30)
    table = pd.DataFrame(
        {
            "step": range(1, n + 1),
            "atom": atoms,
            "coefficient": [c / energy**0.5 for c in code.coefficients[token, :n].tolist()],
            "left": [e / energy for e in code.residual_energy[token, :n].tolist()],
            "atom token": [""] * n,
            "in its source text": [""] * n,
        }
    )
    if dictionary.labels is None or dictionary.prompts is None:
        return table
    labels = dictionary.labels.iloc[atoms]
    texts = dictionary.prompts[dictionary.prompts["prompt_id"].isin(set(labels["prompt_id"]))]
    by_id = dict(zip(texts["prompt_id"], texts["text"], strict=True))
    contexts = []
    for label in labels.to_dict("records"):
        text, start, end = by_id[label["prompt_id"]], label["char_start"], label["char_end"]
        word = text[start:end].lstrip() or text[start:end]
        before = text[max(0, start - _BEFORE) : end - len(word)]
        contexts.append(" ".join(f"{before}[{word}]{text[end : end + _AFTER]}".split()))
    return table.assign(
        **{"atom token": labels["token"].str.strip().tolist(), "in its source text": contexts}
    )

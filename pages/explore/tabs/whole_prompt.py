"""The prompt as a whole: which atoms explain most of it, over its tokens."""

import pandas as pd
import streamlit as st

from itda_core.atoms.excerpts import Excerpt, excerpts
from itda_core.figures.heatmaps import atom_heatmap
from itda_core.prompt.maps import AtomMap
from pages.explore import results
from pages.explore.results import Subject
from pages.kit import under_figure

_HOW = (
    "Every token's code gives each of its atoms a share of |x|²: the energy that its steps of the "
    "pursuit removed. An atom's share of the prompt is the mean of that over all coded tokens, and "
    "the atoms are ordered by it. A cell is the atom's coefficient *c* / |x| in that token's code, "
    "summed where matching pursuit chose the atom more than once."
)


def show(subject: Subject) -> None:
    """A heatmap of tokens by atoms."""
    found = results.atoms(subject)
    if not found.atoms:
        st.info("No token of this prompt uses an atom.", icon=":material/info:")
        return
    labels = excerpts(subject.dictionary, found.atoms, 12, 24)
    words = [(_flat(label.word), str(label)) for label in labels]
    title = f"The {len(found.atoms)} of {found.n_used:,} atoms that explain most of this prompt"
    figure = atom_heatmap(subject.decomposition.tokens.tokens, found, words, title)
    st.plotly_chart(figure, width="stretch", key="prompt_atoms", config={"displaylogo": False})
    under_figure.show(
        "prompt_atoms",
        f"Read a row to see where an atom is used (blue: added, orange: subtracted), a column to "
        f"see what a token is made of. These atoms remove {sum(found.shares):.0%} of |x|².",
        _HOW,
        lambda: numbers(subject, found, labels),
    )


def _flat(text: str) -> str:
    return " ".join(text.split()) or text.replace("\n", "↵")


def numbers(subject: Subject, found: AtomMap, labels: list[Excerpt]) -> pd.DataFrame:
    """One row an atom and token: the coefficient in |x|, where the code holds the atom."""
    tokens = subject.decomposition.tokens.tokens
    rows = [
        {
            "atom": atom,
            "label": str(label),
            "share": share,
            "token_index": t,
            "token": tokens[t],
            "coefficient": value,
        }
        for atom, label, share, line in zip(
            found.atoms, labels, found.shares, found.coefficients.tolist(), strict=True
        )
        for t, value in enumerate(line)
        if value == value
    ]
    return pd.DataFrame(rows)

"""The prompt as a whole: which atoms explain most of it, over its tokens."""

import math

import pandas as pd
import streamlit as st

from itda_core.atoms.excerpts import Excerpt, excerpts
from itda_core.figures.heatmaps import atom_heatmap
from itda_core.prompt.maps import AtomMap
from pages.explore import results
from pages.explore.picked_token import PickedToken, sizes
from pages.kit import charts, under_figure
from pages.shell import frame, pages

_FIGURE, _TO_OPEN = "explore_prompt_atoms", "explore_atom_to_open"
_HOW = (
    "Every token's code gives each of its atoms a share of |x|²: the energy that its steps of the "
    "pursuit removed. An atom's share of the prompt is the mean of that over all coded tokens, and "
    "the atoms are ordered by it. A cell is the atom's coefficient *c* / |x| in that token's code, "
    "summed where matching pursuit chose the atom more than once."
)


def show(picked: PickedToken) -> None:
    """A heatmap of tokens by atoms; a click opens the atom."""
    atom = st.session_state.pop(_TO_OPEN, None)
    if atom is not None:
        pages.switch("atoms", dictionary=picked.head.name, atom=str(atom))
    if why_not := picked.why_no_steps:  # an atom's share is what its steps removed
        frame.note([f"Nothing to show here: {why_not}."])
        return
    atoms = results.atoms(picked)
    if not atoms.atoms:
        st.info("No token of this prompt uses an atom.", icon=":material/info:")
        return
    labels = excerpts(picked.dictionary, atoms.atoms, 12, 24)
    words = [(_flat(label.word), str(label)) for label in labels]
    title = f"The {len(atoms.atoms)} of {atoms.n_used:,} atoms that explain most of this prompt"
    figure = atom_heatmap(picked.tokens, atoms, words, title)
    charts.show(_FIGURE, figure, on_select=_open)
    under_figure.show(
        "prompt_atoms",
        f"Read a row to see where an atom is used (blue: added, orange: subtracted), a column to "
        f"see what a token is made of; click a cell to open its atom. "
        f"These atoms remove {sum(atoms.shares):.0%} of |x|².",
        _HOW,
        lambda: numbers(picked, atoms, labels),
        about=picked.about,
    )


def _open() -> None:
    """Go to the page of the atom that was clicked, with this run: a callback cannot."""
    for cell in charts.clicked(st.session_state.get(_FIGURE))[:1]:
        st.session_state[_TO_OPEN] = int(cell["customdata"][0])


def _flat(text: str) -> str:
    return " ".join(text.split()) or text.replace("\n", "↵")


def numbers(picked: PickedToken, atoms: AtomMap, labels: list[Excerpt]) -> pd.DataFrame:
    """One row an atom and token whose code holds it: the coefficient, as it is and of |x|."""
    size = sizes(picked.decomposition)
    rows = [
        {
            "atom": atom,
            "label": str(label),
            "share": share,
            "token_index": t,
            "token": picked.tokens[t],
            "coefficient": c_over_norm * size[t],
            "c_over_norm": c_over_norm,
        }
        for atom, label, share, coefficients in zip(
            atoms.atoms, labels, atoms.shares, atoms.coefficients.tolist(), strict=True
        )
        for t, c_over_norm in enumerate(coefficients)
        if not math.isnan(c_over_norm)
    ]
    return pd.DataFrame(rows)

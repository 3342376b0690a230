"""What an atom's direction alone does to the model's predictions."""

import streamlit as st

from itda_core.figures.atoms import logit_effects
from pages.atoms.picked import PickedAtom
from pages.kit import charts, how_computed, under_figure
from pages.shell.formats import plain

_HOW = (
    "The atom alone goes through the model as if it were the output of its last block, so with "
    "the final norm and the output head; what zeros give there and the mean over all tokens are "
    "taken off. Later layers do not act on it here, so for early layers this is a hint."
)


def show(picked: PickedAtom) -> None:
    """The next tokens that it speaks for and against."""
    if "top_tokens" not in picked.known_statistics.atoms:
        st.info(
            f"{plain(picked.head.recipe.model_id or 'This model')} has no next-token "
            "predictions, so there is no effect on them to show.",
            icon=":material/info:",
        )
        return
    use = picked.use
    charts.show(
        "atoms_logits",
        logit_effects(
            use["top_tokens"].tolist(),
            use["top_logits"].tolist(),
            use["bottom_tokens"].tolist(),
            use["bottom_logits"].tolist(),
            "Which next tokens its direction speaks for and against",
        ),
    )
    under_figure.show(
        "atoms_predicts",
        "The tokens whose logits the atom's direction alone raises (blue) and lowers (orange) "
        "most.",
        _HOW,
        command=how_computed.statistics_command(picked.head),
    )

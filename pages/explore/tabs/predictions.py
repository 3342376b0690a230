"""What the model predicts at the picked token: with its activation, its reconstruction, zeros."""

import math

import pandas as pd
import streamlit as st

from itda_core.figures import prompt as prompt_figures
from itda_core.prompt.prediction import Predictions
from pages.explore import results
from pages.explore.results import Subject
from pages.kit import under_figure
from pages.shell import frame, parameters, widgets
from pages.shell.formats import number, percent, plain

_PLACES = {"token": "At this token only", "all": "At every token up to it"}
_HOW = (
    "The model runs on the prompt up to this token three times, in one batch: untouched, with the "
    "output of the layer replaced by its reconstruction x̂ from the dictionary's atoms, and with "
    "zeros in its place. What replaces it stands at this token alone or at every coded token up to "
    "it. Probabilities are the softmax of the logits; **loss** = −log p of the token that does "
    "follow in the prompt, in nats. **Kept** = (loss − loss of zeros) / (original − loss of "
    "zeros): 100% as good as untouched, 0% as bad as zeros."
)


def parts() -> dict[str, parameters.Reader]:
    """What a link says of this view."""
    return {
        "patch": parameters.unsaid(parameters.choice("token", tuple(_PLACES), "patch"), "token")
    }


def show(subject: Subject) -> None:
    """Top ten next tokens, original against reconstruction; the loss."""
    if why_not := subject.why_no_predictions:
        frame.note([f"Nothing to show here: {why_not}."])
        return
    place = st.segmented_control(
        "Put the reconstruction in place",
        list(_PLACES),
        format_func=_PLACES.__getitem__,
        required=True,
        **widgets.widget("patch", "token"),
    )
    found = results.reconstructed(subject, everywhere=place == "all")
    ids = found.top()
    left, right = st.columns([7, 4], gap="large")
    with left:
        figure = prompt_figures.predictions(
            subject.text(ids),
            {name: found.probabilities(name, ids) for name in ("original", "reconstruction")},
            ids.index(found.next_id) if found.next_id in ids else None,
            f"What comes after “{subject.word}” (token {subject.token})",
        )
        st.plotly_chart(figure, width="stretch", key="model_predictions")
    with right:
        _losses(subject, found)
    under_figure.show(
        "predictions",
        "Read it by pairs: where the filled bar is as long as the outline, the atoms hold what the "
        "model needs for this prediction.",
        _HOW,
        lambda: numbers(subject, found, ids),
    )


def _losses(subject: Subject, found: Predictions) -> None:
    if found.next_id is None:
        st.caption("This is the last token: nothing follows, so there is no loss. Pick another.")
        return
    original, patched, zero = found.losses
    follows = subject.decomposition.tokens.tokens[subject.token + 1].strip() or "·"
    st.caption(f"Loss, in nats, of the token that follows: “{plain(follows)}”")
    for label, loss in (
        ("Original", original),
        ("Reconstruction in place", patched),
        ("Zeros in place", zero),
    ):
        st.metric(
            label,
            number(loss),
            None if label == "Original" else f"{loss - original:+.3f}",
            delta_color="off",
            delta_arrow="off",
        )
    if zero - original > 0.01:
        kept = (patched - zero) / (original - zero)
        st.markdown(f"Kept: **{percent(kept) if kept >= 0 else '< 0%'}** of what zeros lose.")


def numbers(subject: Subject, found: Predictions, ids: list[int]) -> pd.DataFrame:
    """token_id, token, whether it follows, and a column of probabilities for each variant."""
    table = pd.DataFrame({"token_id": ids, "token": subject.text(ids)})
    table["follows"] = [i == found.next_id for i in ids]
    for name, loss in zip(found.names, found.losses, strict=True):
        table[f"p_{name}"] = found.probabilities(name, ids)
        table[f"loss_{name}"] = None if math.isnan(loss) else loss
    return table

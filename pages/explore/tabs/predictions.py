"""What the model predicts at the picked token: with its activation, its reconstruction, zeros."""

import math

import pandas as pd
import streamlit as st

from itda_core.dictionary import DictionaryHead
from itda_core.prompt.prediction import Predictions
from pages.explore import results
from pages.explore.picked_token import PickedToken
from pages.explore.tabs import next_tokens
from pages.kit import under_figure
from pages.shell import frame, parameters
from pages.shell.formats import number, percent, plain, signed_decimal
from pages.shell.parameters import Parameter

_PLACES = {"token": "At this token only", "all": "At every token up to it"}
_PATCH = parameters.choice(
    "explore", "patch", "token", tuple(_PLACES), what="patch", omit_default=True
)
_HOW = (
    "The model runs on the prompt up to this token three times, in one batch: untouched, with the "
    "output of the layer replaced by its reconstruction x̂ from the dictionary's atoms, and with "
    "zeros in its place. What replaces it stands at this token alone or at every coded token up to "
    "it. Probabilities are the softmax of the logits; **loss** = −log p of the token that does "
    "follow in the prompt, in nats. **Kept** = (loss − loss of zeros) / (original − loss of "
    "zeros): 100% as good as untouched, 0% as bad as zeros."
)


def parameters_of(head: DictionaryHead) -> list[Parameter]:
    """What a link says of this view."""
    return [_PATCH]


def show(picked: PickedToken) -> None:
    """Top ten next tokens, original against reconstruction; the loss."""
    if why_not := picked.why_no_predictions:
        frame.note([f"Nothing to show here: {why_not}."])
        return
    place = st.segmented_control(
        "Put the reconstruction in place",
        list(_PLACES),
        format_func=_PLACES.__getitem__,
        required=True,
        **_PATCH.widget(),
    )
    predictions = results.reconstructed(picked, everywhere=place == "all")
    left, right = st.columns([7, 4], gap="large")
    with left:
        bars = {name: name for name in ("original", "reconstruction")}
        title = f"What comes after “{picked.word}” (token {picked.token})"
        next_tokens.show("explore_predictions", picked, predictions, bars, title)
    with right:
        _losses(picked, predictions)
    under_figure.show(
        "predictions",
        "Read it by pairs: where the filled bar is as long as the outline, the atoms hold what the "
        "model needs for this prediction.",
        _HOW,
        lambda: numbers(picked, predictions),
        about=picked.about | {"token": picked.token},
    )


def _losses(picked: PickedToken, predictions: Predictions) -> None:
    if predictions.next_id is None:
        st.caption("This is the last token: nothing follows, so there is no loss. Pick another.")
        return
    original, patched, zero = predictions.losses
    follows = picked.tokens[picked.token + 1].strip() or "·"
    st.caption(f"Loss, in nats, of the token that follows: “{plain(follows)}”")
    for label, loss in (
        ("Original", original),
        ("Reconstruction in place", patched),
        ("Zeros in place", zero),
    ):
        st.metric(
            label,
            number(loss),
            None if label == "Original" else signed_decimal(loss - original),
            delta_color="off",
            delta_arrow="off",
        )
    if zero - original > 0.01:
        kept = (patched - zero) / (original - zero)
        st.markdown(f"Kept: **{percent(kept) if kept >= 0 else '< 0%'}** of what zeros lose.")


def numbers(picked: PickedToken, predictions: Predictions) -> pd.DataFrame:
    """token_id, token, whether it follows, and a column of probabilities for each variant."""
    ids = predictions.top()
    table = pd.DataFrame({"token_id": ids, "token": picked.texts_of(ids)})
    table["follows"] = [i == predictions.next_id for i in ids]
    for name, loss in zip(predictions.names, predictions.losses, strict=True):
        table[f"p_{name}"] = predictions.probabilities(name, ids)
        table[f"loss_{name}"] = None if math.isnan(loss) else loss
    return table

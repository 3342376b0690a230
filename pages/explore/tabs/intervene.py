"""Intervene: edit a code by hand, and see what the model predicts and writes then."""

import pandas as pd
import streamlit as st

from itda_core.dictionary import DictionaryHead
from itda_core.figures import prompt as figures
from itda_core.prompt.intervention import Edit, Effect, Intervention
from pages.explore import results
from pages.explore.picked_token import PickedToken
from pages.explore.tabs import continuation, edits, next_tokens
from pages.kit import charts, under_figure
from pages.shell import frame, parameters
from pages.shell.formats import number, signed_decimal
from pages.shell.parameters import Parameter

_PLACES = {
    "token": "The picked token",
    "holding": "Every token whose code holds the atom",
    "all": "Every token",
}
_WHERE = parameters.choice(
    "explore", "where", "token", tuple(_PLACES), what="where", omit_default=True
)
_ERROR = parameters.choice(
    "explore", "error", "kept", ("kept", "dropped"), what="error", omit_default=True
)
_ERROR_BOX = "explore_edit_keeps"
_HOW = (
    "An edit changes an atom's coefficient *c* in a token's code: *scaled*, c becomes f·c "
    "(removed: f = 0); *added*, c grows by a·|x|. The activation x of an edited token is replaced "
    "by x + (edited x̂ − x̂), so that what the atoms leave unexplained stays as it is; without "
    "*keep the error* by the edited x̂ itself. The model runs on the whole prompt, untouched and "
    "edited, in one batch. **Loss** = −log p of the token that does follow, in nats; a change "
    "below 0 means that the edit made it likelier. Tokens before the first edited one cannot "
    "change: the model reads from left to right."
)


def parameters_of(head: DictionaryHead) -> list[Parameter]:
    """What a link says of an intervention."""
    return [edits.parameter(head), _WHERE, _ERROR, *continuation.PARAMETERS]


def show(picked: PickedToken) -> None:
    """Edits on the left, their effect on the right, continued texts below."""
    if why_not := picked.why_no_predictions:
        frame.note([f"Nothing to intervene in: {why_not}."])
        return
    in_place = edits.edits_of(picked)
    left, right = st.columns([5, 7], gap="large")
    with left:
        edits.form(picked)
        listed = st.container()
        intervention = _settings(in_place)
    if not in_place:
        with right:
            st.caption(
                "Nothing is edited yet. Choose an atom and make an edit: here you see what the "
                "model predicts then, and below what it writes."
            )
            edits.starter(picked)
        return
    effect = results.effect(picked, intervention)
    with listed:
        edits.show(picked, in_place, effect.counts)
    with right:
        _effect(picked, intervention, effect)
    _along_the_prompt(picked, effect)
    continuation.show(picked, intervention)


def _settings(in_place: tuple[Edit, ...]) -> Intervention:
    where = st.radio("Apply at", list(_PLACES), format_func=_PLACES.__getitem__, **_WHERE.widget())
    st.session_state[_ERROR_BOX] = _ERROR.value != "dropped"
    is_kept = st.checkbox(
        "Keep the reconstruction error",
        key=_ERROR_BOX,
        on_change=_set_error,
        help="x + (edited x̂ − x̂): only the edit changes the activation. Otherwise the edited x̂ "
        "replaces it, and what the atoms do not explain is lost too.",
    )
    return Intervention(in_place, where, is_kept)


def _set_error() -> None:
    state = st.session_state
    state[_ERROR.key] = "kept" if state[_ERROR_BOX] else "dropped"


def _effect(picked: PickedToken, intervention: Intervention, effect: Effect) -> None:
    """Next-token probabilities and the loss at the picked token."""
    n = int(effect.edited.sum())
    if n == 0:
        st.warning(
            "No token changes: no code there holds the edited atom. Add the atom instead, or apply "
            "the edit elsewhere.",
            icon=":material/info:",
        )
    predictions = effect.predictions
    bars = {name: name for name in ("original", "edited")}
    title = f"What comes after “{picked.word}” (token {picked.token})"
    next_tokens.show("explore_edited_predictions", picked, predictions, bars, title)
    line = f"{n} token{'s' * (n != 1)} edited"
    if predictions.next_id is not None:
        original, reconstruction, edited = predictions.losses
        line += (
            f" · loss of the token that follows: {number(original)} → **{number(edited)}** nats "
            f"({signed_decimal(edited - original)})"
        )
        if not intervention.keeps_error:
            line += f" · reconstruction without the edit: {number(reconstruction)}"
    st.markdown(line)


def _along_the_prompt(picked: PickedToken, effect: Effect) -> None:
    """The change at every token."""
    figure = figures.loss_change(
        picked.tokens,
        effect.change.tolist(),
        effect.edited.tolist(),
        "Change of the loss along the prompt",
    )
    charts.show("explore_loss_change", figure)
    under_figure.show(
        "intervention",
        "Each bar is the change in predicting the token after this one: blue, below 0, made "
        "likelier; orange, above 0, less likely.",
        _HOW,
        lambda: numbers(picked, effect),
        about=picked.about | {"token": picked.token},
    )


def numbers(picked: PickedToken, effect: Effect) -> pd.DataFrame:
    """One row a token: whether it was edited, and the losses of the token after it."""
    table = pd.DataFrame({"token_index": range(len(picked.tokens)), "token": picked.tokens})
    table["edited"] = effect.edited.tolist()
    for name, losses in zip(effect.predictions.names, effect.losses.tolist(), strict=True):
        table[f"loss_{name}"] = [*losses, None]
    return table

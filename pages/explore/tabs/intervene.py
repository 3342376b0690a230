"""Intervene: edit a code by hand, and see what the model predicts and writes then."""

import pandas as pd
import streamlit as st

from itda_core import InputError
from itda_core.dictionary import DictionaryHead
from itda_core.figures import prompt as prompt_figures
from itda_core.prompt.intervention import Edit, Effect, Intervention, parse_edits, write_edits
from pages.explore import results
from pages.explore.results import Subject
from pages.explore.tabs import continuation, edits
from pages.kit import under_figure
from pages.shell import address, frame, parameters, widgets
from pages.shell.formats import number

WHERE = {
    "token": "The picked token",
    "holding": "Every token whose code holds the atom",
    "all": "Every token",
}
_HOW = (
    "An edit changes an atom's coefficient *c* in a token's code: *scaled*, c becomes f·c "
    "(removed: f = 0); *added*, c grows by a·|x|. The activation x of an edited token is replaced "
    "by x + (edited x̂ − x̂), so that what the atoms leave unexplained stays as it is; without "
    "*keep the error* by the edited x̂ itself. The model runs on the whole prompt, untouched and "
    "edited, in one batch. **Loss** = −log p of the token that does follow, in nats; a change "
    "below 0 means that the edit made it likelier. Tokens before the first edited one cannot "
    "change: the model reads from left to right."
)


def parts(row: DictionaryHead) -> dict[str, parameters.Reader]:
    """What a link says of an intervention."""

    def edit(text: str | None, notes: list[str]) -> str:
        try:
            return write_edits(parse_edits(text or "", row.recipe.n_atoms))
        except InputError as error:
            line = str(error)
            notes.append(f"{line[:1].upper()}{line[1:]}; nothing is edited.")
            return ""

    return {
        "edit": edit,
        "where": parameters.unsaid(parameters.choice("token", tuple(WHERE), "where"), "token"),
        "error": parameters.unsaid(parameters.choice("kept", ("kept", "dropped"), "error"), "kept"),
        **continuation.parts(),
    }


def forget_those_of_others(row: DictionaryHead) -> None:
    """Edits name atoms of one dictionary; with another they would mean something else."""
    state = st.session_state
    if state.get("edit_of", row.fingerprint) != row.fingerprint and not address.asked("edit"):
        if state.get("edit"):
            st.toast("The edits were of another dictionary's atoms; they are gone.")
        state.edit = ""
    state.edit_of = row.fingerprint


def show(subject: Subject) -> None:
    """Edits on the left, their effect on the right, continued texts below."""
    if why_not := subject.why_no_predictions:
        frame.note([f"Nothing to intervene in: {why_not}."])
        return
    made = parse_edits(st.session_state.get("edit") or "", subject.dictionary.n_atoms)
    left, right = st.columns([5, 7], gap="large")
    with left:
        edits.form(subject)
        place = st.container()
        intervention = _settings(made)
    if not made:
        with right:
            st.caption(
                "Nothing is edited yet. Choose an atom and make an edit: here you see what the "
                "model predicts then, and below what it writes."
            )
            edits.starter(subject)
        return
    found = results.effect(subject, intervention)
    with place:
        edits.listed(subject, made, found.counts)
    with right:
        _effect(subject, intervention, found)
    st.plotly_chart(
        prompt_figures.loss_change(
            subject.decomposition.tokens.tokens,
            found.change.tolist(),
            found.edited.tolist(),
            "Change of the loss along the prompt",
        ),
        width="stretch",
        key="loss_change",
        config={"displaylogo": False},
    )
    under_figure.show(
        "intervention",
        "Each bar is the change in predicting the token after this one: blue, below 0, made "
        "likelier; orange, above 0, less likely.",
        _HOW,
        lambda: numbers(subject, found),
    )
    continuation.show(subject, intervention)


def _settings(made: tuple[Edit, ...]) -> Intervention:
    state = st.session_state
    state.edit_keeps = state.get("error") != "dropped"
    where = st.radio(
        "Apply at", list(WHERE), format_func=WHERE.__getitem__, **widgets.widget("where", "token")
    )
    st.checkbox(
        "Keep the reconstruction error",
        key="edit_keeps",
        on_change=_set,
        help="x + (edited x̂ − x̂): only the edit changes the activation. Otherwise the edited x̂ "
        "replaces it, and what the atoms do not explain is lost too.",
    )
    return Intervention(made, where, state.edit_keeps)


def _set() -> None:
    st.session_state.error = None if st.session_state.edit_keeps else "dropped"


def _effect(subject: Subject, intervention: Intervention, found: Effect) -> None:
    """Next-token probabilities and the loss at the picked token."""
    n = int(found.edited.sum())
    if n == 0:
        st.warning(
            "No token changes: no code there holds the edited atom. Add the atom instead, or apply "
            "the edit elsewhere.",
            icon=":material/info:",
        )
    predictions = found.predictions
    ids = predictions.top()
    st.plotly_chart(
        prompt_figures.predictions(
            subject.text(ids),
            {name: predictions.probabilities(name, ids) for name in ("original", "edited")},
            ids.index(predictions.next_id) if predictions.next_id in ids else None,
            f"What comes after “{subject.word}” (token {subject.token})",
        ),
        width="stretch",
        key="edited_predictions",
    )
    line = f"{n} token{'s' * (n != 1)} edited"
    if predictions.next_id is not None:
        original, plain_x_hat, edited = predictions.losses
        change = f"{edited - original:+.3f}".replace("-", "−")
        line += (
            f" · loss of the token that follows: {number(original)} → **{number(edited)}** nats "
            f"({change})"
        )
        if not intervention.keeps_error:
            line += f" · reconstruction without the edit: {number(plain_x_hat)}"
    st.markdown(line)


def numbers(subject: Subject, found: Effect) -> pd.DataFrame:
    """One row a token: whether it was edited, and the losses of the token after it."""
    tokens = subject.decomposition.tokens.tokens
    table = pd.DataFrame({"token_index": range(len(tokens)), "token": tokens})
    table["edited"] = found.edited.tolist()
    for name, losses in zip(found.predictions.names, found.losses.tolist(), strict=True):
        table[f"loss_{name}"] = [*losses, None]
    return table

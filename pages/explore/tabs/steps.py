"""Pursuit step by step: how one token's code came about, and what the model makes of each step."""

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from itda_core.atoms.excerpts import excerpts
from itda_core.dictionary import LOSSES, DictionaryHead
from itda_core.figures import pursuit as pursuit_figures
from itda_core.prompt.prediction import Predictions
from pages.explore import results
from pages.explore.picked_token import PickedToken
from pages.explore.tabs import next_tokens
from pages.kit import charts, under_figure
from pages.shell import frame, parameters
from pages.shell.formats import number, percent, plain, signed_decimal
from pages.shell.parameters import Parameter

_STEP = parameters.integer("explore", "step", None, 0, 10**4, what="step")
"""None as long as nobody asked for a step: the model is not run before."""
_SLIDER = "explore_step_slider"
_HOW = (
    "Step *k* subtracts the *k*-th atom; what is left is the residual, and 1 − |residual|² / |x|² "
    "is explained. For the predictions the model runs on the prompt up to this token, with the "
    "output of the layer at **this token only** replaced by what the first *k* steps have of it: "
    "zeros at step 0, the whole reconstruction at the end. All steps are one batch. "
    "**Loss** = −log p of the token that does follow, in nats."
)


def parameters_of(head: DictionaryHead) -> list[Parameter]:
    """What a link says of this view."""
    return [_STEP]


def show(picked: PickedToken) -> None:
    """The curve of what is left, the atom of every step, and the step that the slider is at."""
    if why_not := picked.why_no_steps:
        frame.note([f"Nothing to show here: {why_not}."])
        return
    table = steps(picked)
    step = _slider(len(table))
    predictions = None
    if step is not None:
        why_not = picked.why_no_predictions
        predictions = None if why_not else results.steps(picked)
        _say(table, step, predictions)
        if why_not:
            st.caption(f"No predictions: {plain(why_not)}.")
    left, right = st.columns([5, 6], gap="medium")
    with left:
        charts.show("explore_pursuit_steps", _curve(picked, table, step))
    if step is None or predictions is None:
        with left:
            _under_figure(picked, table, None)
        with right:
            _table(table)
        return
    with left:
        _losses(predictions, step)
    with right:
        bars = {"original": "original", f"after step {step}": str(step)}
        title = f"What comes after “{picked.word}”"
        next_tokens.show("explore_step_predictions", picked, predictions, bars, title)
    _under_figure(picked, table, predictions)
    _table(table)


def _slider(n: int) -> int | None:
    """The step looked at; None as long as nobody asked for one."""
    if n == 0:
        return None
    step = None if _STEP.value is None else min(int(_STEP.value), n)
    st.session_state[_SLIDER] = n if step is None else step
    st.slider(
        "Step",
        0,
        n,
        key=_SLIDER,
        on_change=_move,
        help="Move it to see the atom of each step, and what the model would predict then.",
    )
    if step is None:
        st.caption("Move the slider: the atom of each step, and what the model would predict then.")
    return step


def _move() -> None:
    st.session_state[_STEP.key] = st.session_state[_SLIDER]


def _say(table: pd.DataFrame, step: int, predictions: Predictions | None) -> None:
    """The step in a line."""
    if step == 0:
        line = "**Step 0** · nothing coded yet: zeros stand in the activation's place"
    else:
        row = table.iloc[step - 1]
        text = row["in its source text"] or row["atom token"]
        line = (
            f"**Step {step}** · {signed_decimal(row['coefficient'])} |x| × atom {row['atom']} "
            f"{plain(str(text))} · {percent(row['left'])} of |x|² left"
        )
    if predictions is not None and predictions.next_id is not None:
        loss, original = predictions.losses[step + 1], predictions.losses[0]
        line += f" · loss now **{number(loss)}** nats (original {number(original)})"
    st.markdown(line)


def _curve(picked: PickedToken, table: pd.DataFrame, step: int | None) -> go.Figure:
    return pursuit_figures.pursuit_steps(
        [1.0, *table["left"]],
        table["atom token"].tolist(),
        _tau(picked),
        f"What is left of “{picked.word}” (token {picked.token})",
        step,
    )


def _tau(picked: PickedToken) -> float | None:
    """tau as a share of |x|^2; None where it is none, or more than all there is."""
    decomposition = picked.decomposition
    tau = LOSSES[decomposition.loss_name].tau_as_share(decomposition.tau, picked.energy)
    return tau if tau is not None and tau <= 1 else None


def _losses(predictions: Predictions, step: int) -> None:
    """The loss after each step; nothing where no token follows."""
    if predictions.next_id is None:
        return
    original, *after_steps = predictions.losses
    figure = pursuit_figures.step_losses(
        after_steps, original, step, "Loss of the next token after each step"
    )
    charts.show("explore_step_losses", figure)


def _under_figure(
    picked: PickedToken, table: pd.DataFrame, predictions: Predictions | None
) -> None:
    caption = (
        "Read from left to right: each step subtracts one atom. A token is explained well where "
        "the curve ends low."
    )
    if _tau(picked) is not None:
        caption += (
            " The dashed line is tau: a token whose curve stays above it is novel."
            if not picked.decomposition.as_built
            else " The dashed line is tau, which the build compared with another curve: "
            f"that of {picked.decomposition.as_built}."
        )
    if predictions is not None:
        caption += (
            " The model is asked after each step: the closer its loss is to that of the untouched "
            "activation, the more of what it needs here is coded."
        )
    under_figure.show(
        "pursuit_steps",
        caption,
        _HOW,
        lambda: numbers(picked, table, predictions),
        about=picked.about | {"token": picked.token},
    )


def numbers(
    picked: PickedToken, table: pd.DataFrame, predictions: Predictions | None
) -> pd.DataFrame:
    """One row a step, and where the model was asked, its loss after it and untouched."""
    table = table.rename(columns={"coefficient": "c_over_norm"})
    place = table.columns.get_loc("c_over_norm")
    table.insert(place, "coefficient", table["c_over_norm"] * picked.size)
    if predictions is None:
        return table
    return table.assign(loss=predictions.losses[2:], loss_original=predictions.losses[0])


def _table(table: pd.DataFrame) -> None:
    st.dataframe(
        table.style.format({"coefficient": signed_decimal}),
        hide_index=True,
        width="stretch",
        row_height=28,
        height=min(336, 40 + 28 * max(len(table), 1)),
        column_config={
            "coefficient": st.column_config.NumberColumn("c / |x|"),
            "left": st.column_config.NumberColumn("left, of |x|²", format="%.3f"),
            "atom token": st.column_config.TextColumn("token"),
        },
    )


def steps(picked: PickedToken) -> pd.DataFrame:
    """step, atom, coefficient (of |x|), left (of |x|^2), and the atom's label."""
    code, token = picked.decomposition.code, picked.token
    size, energy = picked.size, picked.energy
    atoms = [atom for atom in code.indices[token].tolist() if atom >= 0]
    n = len(atoms)
    labels = excerpts(picked.dictionary, atoms)
    return pd.DataFrame(
        {
            "step": range(1, n + 1),
            "atom": atoms,
            "coefficient": [c / size for c in code.coefficients[token, :n].tolist()],
            "left": [e / energy for e in code.residual_energy[token, :n].tolist()],
            "atom token": [label.word.strip() for label in labels],
            "in its source text": [str(label) for label in labels],
        }
    )

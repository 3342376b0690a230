"""Pursuit step by step: how one token's code came about, and what the model makes of each step."""

import pandas as pd
import streamlit as st

from itda_core.atoms.excerpts import excerpts
from itda_core.dictionary import LOSSES, Dictionary
from itda_core.figures import prompt as prompt_figures
from itda_core.figures import pursuit as pursuit_figures
from itda_core.prompt.decomposition import Decomposition
from itda_core.prompt.prediction import Predictions
from pages.explore import results
from pages.explore.results import Subject
from pages.kit import under_figure
from pages.shell.formats import number, percent, plain

_HOW = (
    "Step *k* subtracts the *k*-th atom; what is left is the residual, and 1 − |residual|² / |x|² "
    "is explained. For the predictions the model runs on the prompt up to this token, with the "
    "output of the layer at **this token only** replaced by what the first *k* steps have of it: "
    "zeros at step 0, the whole reconstruction at the end. All steps are one batch. "
    "**Loss** = −log p of the token that does follow, in nats."
)


def show(subject: Subject) -> None:
    """The curve of what is left, the atom of every step, and the step that the slider is at."""
    table = steps(subject.decomposition, subject.dictionary, subject.token)
    at = _slider(len(table))
    found = None
    if at is not None:
        why_not = subject.why_no_predictions
        found = None if why_not else results.steps(subject)
        _say(table, at, found)
        if why_not:
            st.caption(f"No predictions: {plain(why_not)}.")
    left, right = st.columns([5, 6], gap="medium")
    with left:
        st.plotly_chart(
            _curve(subject, table, at),
            width="stretch",
            key="pursuit_steps",
            config={"displaylogo": False},
        )
        if found is None:
            _notes(table, found)
        else:
            losses = found.losses
            if found.next_id is not None:
                figure = pursuit_figures.step_losses(
                    losses[1:], losses[0], at or 0, "Loss of the next token after each step"
                )
                st.plotly_chart(figure, width="stretch", key="step_losses")
    with right:
        if found is None:
            _table(table)
        else:
            ids = found.top()
            name = str(at)
            figure = prompt_figures.predictions(
                subject.text(ids),
                {
                    "original": found.probabilities("original", ids),
                    f"after step {at}": found.probabilities(name, ids),
                },
                ids.index(found.next_id) if found.next_id in ids else None,
                f"What comes after “{subject.word}”",
            )
            st.plotly_chart(figure, width="stretch", key="step_predictions")
    if found is not None:
        _notes(table, found)
        _table(table)


def _slider(n: int) -> int | None:
    """The step looked at; None as long as nobody asked for one."""
    state = st.session_state
    if n == 0:
        return None
    asked = state.get("step")
    state.step_slider = n if asked is None else min(asked, n)
    st.slider(
        "Step",
        0,
        n,
        key="step_slider",
        on_change=_step,
        help="Move it to see the atom of each step, and what the model would predict then.",
    )
    if asked is None:
        st.caption("Move the slider: the atom of each step, and what the model would predict then.")
        return None
    return int(min(asked, n))


def _step() -> None:
    st.session_state.step = st.session_state.step_slider


def _say(table: pd.DataFrame, at: int, found: Predictions | None) -> None:
    """The step in a line."""
    if at == 0:
        line = "**Step 0** · nothing coded yet: zeros stand in the activation's place"
    else:
        row = table.iloc[at - 1]
        text = row["in its source text"] or row["atom token"]
        line = (
            f"**Step {at}** · {_signed(row['coefficient'])} |x| × atom {row['atom']} "
            f"{plain(str(text))} · {percent(row['left'])} of |x|² left"
        )
    if found is not None and found.next_id is not None:
        loss, original = found.losses[at + 1], found.losses[0]
        line += f" · loss now **{number(loss)}** nats (original {number(original)})"
    st.markdown(line)


def _signed(value: float) -> str:
    return f"{'−' if value < 0 else '+'}{abs(value):.3f}"


def _curve(subject: Subject, table: pd.DataFrame, at: int | None) -> object:
    decomposition = subject.decomposition
    energy = max(float(decomposition.energy[subject.token]), 1e-30)
    tau = LOSSES[decomposition.loss_name].tau_as_share(decomposition.tau, energy)
    return pursuit_figures.pursuit_steps(
        [1.0, *table["left"]],
        table["atom token"].tolist(),
        tau if tau is not None and tau <= 1 else None,
        f"What is left of “{subject.word}” (token {subject.token})",
        at,
    )


def _notes(table: pd.DataFrame, found: Predictions | None) -> None:
    caption = (
        "Read from left to right: each step subtracts one atom. A token is explained well where "
        "the curve ends low, and novel where it stays above the dashed line, tau."
    )
    if found is not None:
        caption += (
            " The model is asked after each step: the closer its loss is to that of the untouched "
            "activation, the more of what it needs here is coded."
        )
    under_figure.show("pursuit_steps", caption, _HOW, lambda: _numbers(table, found))


def _numbers(table: pd.DataFrame, found: Predictions | None) -> pd.DataFrame:
    if found is None:
        return table
    return table.assign(loss=found.losses[2:], loss_original=found.losses[0])


def _table(table: pd.DataFrame) -> None:
    st.dataframe(
        table,
        hide_index=True,
        width="stretch",
        row_height=28,
        height=min(336, 40 + 28 * max(len(table), 1)),
        column_config={
            "coefficient": st.column_config.NumberColumn("c / |x|", format="%+.3f"),
            "left": st.column_config.NumberColumn("left, of |x|²", format="%.3f"),
            "atom token": st.column_config.TextColumn("token"),
        },
    )


def steps(decomposition: Decomposition, dictionary: Dictionary, token: int) -> pd.DataFrame:
    """step, atom, coefficient (of |x|), left (of |x|^2), and the atom's label."""
    code = decomposition.code
    atoms = [atom for atom in code.indices[token].tolist() if atom >= 0]
    n, energy = len(atoms), max(float(decomposition.energy[token]), 1e-30)
    found = excerpts(dictionary, atoms)
    return pd.DataFrame(
        {
            "step": range(1, n + 1),
            "atom": atoms,
            "coefficient": [c / energy**0.5 for c in code.coefficients[token, :n].tolist()],
            "left": [e / energy for e in code.residual_energy[token, :n].tolist()],
            "atom token": [excerpt.word.strip() for excerpt in found],
            "in its source text": [str(excerpt) for excerpt in found],
        }
    )

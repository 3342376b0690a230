"""The text continued by the model, with and without an intervention."""

from typing import NamedTuple

import streamlit as st

from itda_core.prompt.intervention import MAX_CONTINUATION, Continuation, Intervention
from pages.explore import results
from pages.explore.picked_token import PickedToken
from pages.shell import address, parameters

_WAYS = {"greedy": "Most probable", "sampled": "Sampled"}
_TITLES = {"original": "Without the intervention", "edited": "With it"}
_MAX_SEED = 10**6
_TEMPERATURES = (0.1, 5.0)
_LEAD = 60
"""Characters of the prompt shown before what is written."""
_WAY = parameters.choice(
    "explore", "continue_how", "greedy", tuple(_WAYS), what="continuation", omit_default=True
)
_N_TOKENS = parameters.integer(
    "explore",
    "continue_n",
    MAX_CONTINUATION,
    1,
    MAX_CONTINUATION,
    what="number of tokens",
    omit_default=True,
)
_TEMPERATURE = parameters.decimal(
    "explore", "continue_temperature", 1.0, *_TEMPERATURES, what="temperature", omit_default=True
)
_SEED = parameters.integer(
    "explore", "continue_seed", 0, 0, _MAX_SEED, what="seed", omit_default=True
)
_IS_SHOWN = parameters.choice(
    "explore", "continued", "no", ("no", "yes"), what="continued", omit_default=True
)
PARAMETERS = [_WAY, _N_TOKENS, _TEMPERATURE, _SEED, _IS_SHOWN]
"""What a link says of a continuation: how it is drawn, and whether it was asked for."""
_QUESTION = "explore_continue_question"
"""What the texts shown answer."""


class _Drawing(NamedTuple):
    """How the next token is chosen."""

    n_tokens: int
    temperature: float
    """0 for the most probable one."""
    seed: int


def show(picked: PickedToken, intervention: Intervention) -> None:
    """Nothing is written before the button is pressed, nor after anything it depends on changed."""
    st.markdown("**Let the model write on**")
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        drawing = _settings()
        is_pressed = st.button("Continue the text", key="explore_continue", type="primary")
    state = st.session_state
    question = (picked.code, picked.token, intervention, drawing)
    if is_pressed or (_IS_SHOWN.value == "yes" and address.was_given("continued")):
        state[_QUESTION] = question
    is_shown = state.get(_QUESTION) == question
    state[_IS_SHOWN.key] = "yes" if is_shown else "no"
    if is_shown:
        texts = results.continuations(picked, intervention, *drawing)
        for place, (name, text) in zip(st.columns(2), texts.items(), strict=True):
            with place:
                st.caption(_TITLES[name])
                st.code(_shown(picked.prompt, text), language=None, wrap_lines=True)
    st.caption(
        "The intervention is applied to tokens of the prompt only: what is written after it sees "
        "the edited tokens but is not edited itself. Sampled texts draw the same random numbers "
        "with and without it, so they part only where the intervention matters."
    )


def _settings() -> _Drawing:
    way = st.segmented_control(
        "Next token", list(_WAYS), format_func=_WAYS.__getitem__, required=True, **_WAY.widget()
    )
    n_tokens = st.number_input("Tokens", 1, MAX_CONTINUATION, width=110, **_N_TOKENS.widget())
    if way != "sampled":
        return _Drawing(int(n_tokens), 0.0, 0)
    temperature = st.number_input(
        "Temperature", *_TEMPERATURES, step=0.1, width=120, **_TEMPERATURE.widget()
    )
    seed = st.number_input("Seed", 0, _MAX_SEED, width=110, **_SEED.widget())
    return _Drawing(int(n_tokens), float(temperature), int(seed))


def _shown(prompt: str, text: Continuation) -> str:
    """The end of the prompt, a mark, and what comes after it."""
    lead = prompt if len(prompt) <= _LEAD else "…" + prompt[1 - _LEAD :]
    return f"{lead} ▸{text.text}{' ■ (the model ends here)' if text.ended else ''}"

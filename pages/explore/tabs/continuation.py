"""The text continued by the model, with and without an intervention."""

import streamlit as st

from itda_core.prompt.intervention import MAX_CONTINUATION, Continuation, Intervention
from pages.explore import results
from pages.explore.results import Subject
from pages.shell import address, parameters, widgets

_HOW = {"greedy": "Most probable", "sampled": "Sampled"}
_TITLES = {"original": "Without the intervention", "edited": "With it"}
_MAX_SEED = 10**6
_TEMPERATURES = (0.1, 5.0)


def parts() -> dict[str, parameters.Reader]:
    """What a link says of a continuation: how it is drawn, and whether it was asked for."""
    n = MAX_CONTINUATION
    return {
        "continue_how": parameters.unsaid(
            parameters.choice("greedy", tuple(_HOW), "continuation"), "greedy"
        ),
        "continue_n": parameters.unsaid(parameters.integer(n, 1, n, "number of tokens"), n),
        "continue_temperature": parameters.unsaid(
            parameters.decimal(1.0, *_TEMPERATURES, "temperature"), 1.0
        ),
        "continue_seed": parameters.unsaid(parameters.integer(0, 0, _MAX_SEED, "seed"), 0),
        "continued": parameters.unsaid(parameters.choice("no", ("no", "yes"), "continued"), "no"),
    }


def show(subject: Subject, intervention: Intervention) -> None:
    """Nothing is written before the button is pressed, nor after anything it depends on changed."""
    st.markdown("**Let the model write on**")
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        how = st.segmented_control(
            "Next token",
            list(_HOW),
            format_func=_HOW.__getitem__,
            required=True,
            **widgets.widget("continue_how", "greedy"),
        )
        n_tokens = st.number_input(
            "Tokens",
            1,
            MAX_CONTINUATION,
            width=110,
            **widgets.widget("continue_n", MAX_CONTINUATION),
        )
        temperature, seed = 0.0, 0
        if how == "sampled":
            temperature = st.number_input(
                "Temperature",
                *_TEMPERATURES,
                step=0.1,
                width=120,
                **widgets.widget("continue_temperature", 1.0),
            )
            seed = st.number_input(
                "Seed", 0, _MAX_SEED, width=110, **widgets.widget("continue_seed", 0)
            )
        pressed = st.button("Continue the text", key="continue", type="primary")
    state = st.session_state
    asked = (subject.code, subject.token, intervention, n_tokens, temperature, seed)
    if pressed or (state.get("continued") and address.asked("continued")):
        state.continue_asked = asked
    state.continued = "yes" if state.get("continue_asked") == asked else None
    if state.continued:
        written = results.continuations(
            subject, intervention, int(n_tokens), float(temperature), int(seed)
        )
        for place, (name, text) in zip(st.columns(2), written.items(), strict=True):
            with place:
                st.caption(_TITLES[name])
                st.code(_shown(subject.decomposition.prompt, text), language=None, wrap_lines=True)
    st.caption(
        "The intervention is applied to tokens of the prompt only: what is written after it sees "
        "the edited tokens but is not edited itself. Sampled texts draw the same random numbers "
        "with and without it, so they part only where the intervention matters."
    )


def _shown(prompt: str, text: Continuation) -> str:
    """The end of the prompt, a mark, and what comes after it."""
    lead = prompt if len(prompt) <= 60 else "…" + prompt[-59:]
    return f"{lead} ▸{text.text}{' ■ (the model ends here)' if text.ended else ''}"

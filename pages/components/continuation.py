"""The text continued by the model, with and without an intervention."""

import streamlit as st

from itda_core.intervention import MAX_CONTINUATION, Continuation, Intervention
from pages.components import prompt_results
from pages.components.prompt_results import Subject

_HOW = {"greedy": "Most probable", "sampled": "Sampled"}
_TITLES = {"original": "Without the intervention", "edited": "With it"}


def show(subject: Subject, intervention: Intervention) -> None:
    """Nothing is written before the button is pressed, nor after anything it depends on changed."""
    st.markdown("**Let the model write on**")
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        how = st.segmented_control(
            "Next token", list(_HOW), format_func=_HOW.__getitem__, key="continue_how",
            default="greedy", required=True, persist_state="session",
        )  # fmt: skip
        n_tokens = st.number_input(
            "Tokens", 1, MAX_CONTINUATION, MAX_CONTINUATION, key="continue_n", width=110,
            persist_state="session",
        )  # fmt: skip
        temperature, seed = 0.0, 0
        if how == "sampled":
            temperature = st.number_input(
                "Temperature", 0.1, 5.0, 1.0, 0.1, key="continue_temperature", width=120,
                persist_state="session",
            )  # fmt: skip
            seed = st.number_input(
                "Seed", 0, 10**6, 0, key="continue_seed", width=110, persist_state="session"
            )
        pressed = st.button("Continue the text", key="continue", type="primary")
    asked = (subject.code, subject.token, intervention, n_tokens, temperature, seed)
    if pressed:
        st.session_state.continue_asked = asked
    if st.session_state.get("continue_asked") == asked:
        written = prompt_results.continuations(
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

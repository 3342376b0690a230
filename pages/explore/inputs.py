"""What is taken apart and how: the prompt, L0 and method, and what the colours say."""

import streamlit as st

from itda_core.dictionary import DictionaryHead
from itda_core.pursuit import DEFAULT_METHOD, METHODS
from pages.explore.colours import COLOURS
from pages.shell import parameters
from pages.shell.limits import limits
from pages.shell.parameters import Parameter

DEFAULT_PROMPT = "Emma kept a brown flute in a bag, and on the way to the church she lost it."
EXAMPLES = {
    "A story": DEFAULT_PROMPT,
    "Question and answer": "Q: What is the capital of Arvela?\nA: The capital of Arvela is Tolmar.",
    "A letter": "Dear aunt,\nthe river rose in the night and the old bridge is gone.\nYours, Ida",
    "Sums": "12 + 7 = 19\n19 - 4 = 15\n3 * 5 = 15",
    "Code": "def total(prices, limit=10):\n    return sum(p for p in prices if p < limit)",
    "Other languages": "Der Hund schläft unter dem Tisch. مرحبا بالعالم 🪁 こんにちは",
}
_LONGEST = 10**6
"""Characters or tokens: longer ones are refused when they are coded, with a line that says why."""


def parameters_of(head: DictionaryHead) -> list[Parameter]:
    """What a link says of them."""
    most = limits().l0
    as_built = min(head.recipe.l0, most)
    return [
        parameters.integer("explore", "l0", as_built, 1, most, what="L0"),
        parameters.choice("explore", "method", DEFAULT_METHOD, tuple(METHODS), what="method"),
        parameters.choice("explore", "colour", next(iter(COLOURS)), tuple(COLOURS), what="colour"),
        parameters.text(
            "explore", "prompt", DEFAULT_PROMPT, _LONGEST, keeps_empty=True, is_long=True
        ),
        # Without its prompt a token means nothing.
        parameters.integer("explore", "token", None, 0, _LONGEST, what="token", is_long=True),
    ]


def coding() -> tuple[int, str]:
    """L0 and method."""
    l0 = st.slider(
        "L0: atoms per token",
        1,
        limits().l0,
        key="explore_l0",
        persist_state="session",
        help="At most so many steps of pursuit; each adds an atom to a token's code.",
    )
    method = st.segmented_control(
        "Pursuit",
        list(METHODS),
        format_func=lambda name: METHODS[name].title,
        key="explore_method",
        required=True,
        persist_state="session",
        help=" ".join(method.about for method in METHODS.values()),
    )
    return l0, str(method)


def prompt() -> str:
    """The text to take apart."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        text = st.text_area(
            "Prompt (Ctrl+Enter to apply)",
            key="explore_prompt",
            height=76,
            on_change=_forget_token,
            persist_state="session",
            placeholder="Type a few words …",
        )
        st.menu_button(
            "Examples",
            list(EXAMPLES),
            key="explore_example",
            on_click=_take_example,
            width="content",
        )
    return text or ""


def colour() -> str:
    """What the colour of a token says."""
    chosen = st.segmented_control(
        "Colour tokens by",
        list(COLOURS),
        format_func=lambda name: COLOURS[name].title,
        key="explore_colour",
        required=True,
        label_visibility="collapsed",
        persist_state="session",
    )
    return str(chosen)


def _forget_token() -> None:
    st.session_state.explore_token = None


def _take_example() -> None:
    st.session_state.explore_prompt = EXAMPLES[st.session_state.explore_example]
    _forget_token()

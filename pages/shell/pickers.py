"""Choosing a dictionary, how to code with it, and the prompt."""

from collections import Counter
from collections.abc import Callable, Sequence

import streamlit as st

from itda_core.comparison.alike import closest
from itda_core.dictionary import DictionaryHead
from itda_core.pursuit import METHODS
from pages.shell.formats import plain, short_name, tau

MAX_L0 = 100
DEFAULT_PROMPT = "Emma kept a brown flute in a bag, and on the way to the church she lost it."
EXAMPLES = {
    "A story": DEFAULT_PROMPT,
    "Question and answer": "Q: What is the capital of Arvela?\nA: The capital of Arvela is Tolmar.",
    "A letter": "Dear aunt,\nthe river rose in the night and the old bridge is gone.\nYours, Ida",
    "Sums": "12 + 7 = 19\n19 - 4 = 15\n3 * 5 = 15",
    "Code": "def total(prices, limit=10):\n    return sum(p for p in prices if p < limit)",
    "Other languages": "Der Hund schläft unter dem Tisch. مرحبا بالعالم 🪁 こんにちは",
}


def dictionary(rows: Sequence[DictionaryHead]) -> DictionaryHead:
    """Model, layer, dictionary. The dictionary's name is the one choice that is kept;
    model and layer follow from it, and changing either moves to the closest dictionary."""
    state = st.session_state
    names = {row.name: row for row in rows}
    if state.get("dictionary") not in names:
        st.toast(f"Dictionary {plain(str(state.get('dictionary')))} is gone; showing another.")
        state.dictionary = rows[0].name
    row = names[state.dictionary]
    state.model, state.layer = row.recipe.model_id, row.recipe.layer
    models = list(dict.fromkeys(r.recipe.model_id for r in rows))
    same_model = [r for r in rows if r.recipe.model_id == state.model]
    same_layer = [r for r in same_model if r.recipe.layer == state.layer]
    st.selectbox(
        "Model",
        models,
        format_func=_model_names(models),
        key="model",
        on_change=_move,
        args=(rows,),
    )
    layers = sorted({r.recipe.layer for r in same_model}, key=lambda i: (i is None, i))
    about_layers = "The block whose output is coded, counted from 0. Only layers with a dictionary."
    if len(layers) <= 6:
        st.segmented_control(
            "Layer",
            layers,
            key="layer",
            required=True,
            on_change=_move,
            args=(rows,),
            help=about_layers,
            width="stretch",
        )
    else:
        st.select_slider(
            "Layer", layers, key="layer", on_change=_move, args=(rows,), help=about_layers
        )
    st.selectbox(
        "Dictionary",
        [r.name for r in same_layer],
        key="dictionary",
        format_func=_dictionary_names(same_layer),
        persist_state="session",
        help="tau is the loss above which an activation became an atom while it was built; "
        "a lower tau gives more atoms.",
    )
    row = names[state.dictionary]
    recipe = row.recipe
    st.caption(
        f"{plain(row.name)} · from {recipe.tokens_seen:,} tokens of "
        f"{plain(recipe.corpus_name or 'an unnamed corpus')}"
    )
    return row


def coding() -> tuple[int, str]:
    """L0 and method."""
    l0 = st.slider(
        "L0: atoms per token",
        1,
        MAX_L0,
        key="l0",
        persist_state="session",
        help="At most so many steps of pursuit; each adds an atom to a token's code.",
    )
    method = st.segmented_control(
        "Pursuit",
        list(METHODS),
        format_func=lambda name: METHODS[name].title,
        key="method",
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
            key="prompt",
            height=76,
            on_change=_forget_token,
            persist_state="session",
            placeholder="Type a few words …",
        )
        st.menu_button(
            "Examples", list(EXAMPLES), key="example", on_click=_take_example, width="content"
        )
    return text or ""


def colour(colours: dict[str, str]) -> str:
    """What the colour of a token says."""
    chosen = st.segmented_control(
        "Colour tokens by",
        list(colours),
        format_func=colours.__getitem__,
        key="colour",
        required=True,
        label_visibility="collapsed",
        persist_state="session",
    )
    return str(chosen)


def _forget_token() -> None:
    st.session_state.token = None


def _take_example() -> None:
    st.session_state.prompt = EXAMPLES[st.session_state.example]
    _forget_token()


def _move(rows: Sequence[DictionaryHead]) -> None:
    """To the dictionary closest to the one shown, within the model and layer just chosen."""
    state = st.session_state
    before = next((r.recipe for r in rows if r.name == state.dictionary), rows[0].recipe)
    state.dictionary = closest(rows, before, state.model, state.layer).name


def _model_names(models: Sequence[str | None]) -> Callable[[str | None], str]:
    seen = Counter(map(short_name, models))
    return lambda m: short_name(m) if seen[short_name(m)] == 1 else str(m)


def _dictionary_names(rows: Sequence[DictionaryHead]) -> Callable[[str], str]:
    """tau and size, and the name too where those are not enough to tell them apart."""
    plainly = {r.name: f"tau {tau(r.recipe.tau)} · {r.recipe.n_atoms:,} atoms" for r in rows}
    seen = Counter(plainly.values())
    full = {n: text if seen[text] == 1 else f"{text} · {n}" for n, text in plainly.items()}
    return lambda name: full.get(name, name)

"""Explore a prompt: every token as a sparse code over other, labelled activations."""

import streamlit as st

from itda_core import InputError
from itda_core.dictionary import DictionaryHead
from itda_core.pursuit import DEFAULT_METHOD, METHODS
from pages.explore import citations, downloads, explanation, token_strip
from pages.explore.results import Subject
from pages.explore.tabs import tabs as prompt_tabs
from pages.shell import address, frame, parameters, pickers, resources


def _parts(row: DictionaryHead) -> dict[str, parameters.Reader]:
    """What a link to this page says beside the dictionary."""
    as_built = min(row.recipe.l0, pickers.MAX_L0)
    return {
        "l0": parameters.integer(as_built, 1, pickers.MAX_L0, "L0"),
        "method": parameters.choice(DEFAULT_METHOD, tuple(METHODS), "method"),
        "colour": parameters.choice("explained", tuple(token_strip.COLOURS), "colour"),
        "prompt": parameters.words(pickers.DEFAULT_PROMPT, 10**6),
        "token": parameters.integer(None, 0, 10**6, "token"),
        **prompt_tabs.parts(row),
    }


rows, broken = frame.begin_with_dictionaries(
    "Explore a prompt", "Which activations, seen elsewhere, is each token made of?"
)

notes = address.read("explore", rows, resources.default, _parts)
with st.sidebar:
    row = pickers.dictionary(rows)
    l0, method = pickers.coding()
    buttons = st.container()
    if resources.store().note:
        st.caption(resources.store().note)
    frame.broken(broken)
prompt = pickers.prompt()

try:
    dictionary = resources.dictionary(row)
    decomposition = resources.decomposition(row, prompt, l0, method)
    token, more_notes = token_strip.picked(decomposition)
    frame.note(notes + more_notes)
    if token is None:
        raise InputError("this prompt has only special tokens, which are not coded; type a word")

    with st.container(horizontal=True, horizontal_alignment="distribute"):
        colour = pickers.colour(token_strip.COLOURS)
        explanation.explore(row, prompt, l0, method)
    token_strip.show(decomposition, colour, token)
    if decomposition.truncated:
        st.caption(
            f"Only the first {len(decomposition.tokens.ids):,} tokens: the model reads no more."
        )
    citations.show(decomposition, dictionary, token)
    with buttons:
        downloads.show(decomposition, dictionary, l0, method)
    prompt_tabs.show(Subject(row, prompt, l0, method, dictionary, decomposition, token), rows)
except InputError as error:
    frame.refuse(error)
address.write()

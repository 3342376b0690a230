"""Explore a prompt: every token as a sparse code over other, labelled activations."""

import streamlit as st

from itda_core import InputError
from itda_core.dictionary import DictionaryHead
from pages.explore import citations, codes, inputs, token_strip
from pages.explore.picked_token import PickedToken
from pages.explore.tabs import tabs
from pages.shell import frame, resources
from pages.shell.parameters import Parameter


def parameters(head: DictionaryHead) -> list[Parameter]:
    """What a link to this page says beside the dictionary."""
    return [*inputs.parameters_of(head), *tabs.parameters_of(head)]


with frame.dictionary_page("explore", parameters) as view:
    with view.sidebar:
        l0, method = inputs.coding()
        buttons = st.container()
    prompt = inputs.prompt()
    dictionary = resources.dictionary(view.head)
    decomposition = resources.decomposition(view.head, prompt, l0, method)
    token, notes = token_strip.token_to_explain(decomposition)
    view.notes.extend(notes)
    if token is None:
        raise InputError("this prompt has only special tokens, which are not coded; type a word")
    picked = PickedToken(
        head=view.head,
        heads=view.heads,
        l0=l0,
        method=method,
        dictionary=dictionary,
        decomposition=decomposition,
        token=token,
    )
    with st.container(horizontal=True, horizontal_alignment="distribute"):
        colour = inputs.colour()
        codes.how_computed(picked)
    token_strip.show(decomposition, colour, token)
    citations.show(decomposition, dictionary, token)
    with buttons:
        codes.download(picked)
    tabs.show(picked)

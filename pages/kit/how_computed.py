"""How the numbers about an atom are computed: definition, command, source."""

import shlex

import streamlit as st

from itda_core.dictionary import DictionaryHead
from pages.shell import resources

_DEFINITIONS = {
    "uses": (
        "Held-out text is coded with the whole dictionary at the L0 it was built with. An atom's "
        "**coefficient** *c* is what it is multiplied with in a token's code, in the units of "
        "activations.\n\n"
        "- **density**: share of tokens whose code holds the atom\n"
        "- **use on a token or tag**: share of the sum of the atom's positive coefficients\n"
        "- the **tag** named is the one whose share exceeds its share of all tokens most\n"
        "- **histogram**: 31 equal bins from −m to m, m the largest |c|; the middle one holds 0\n"
        "- **contexts**: the five largest coefficients, then two at random from each third "
        "between 0 and the largest, then the most negative; each from another prompt"
    ),
    "near": (
        "- **cosine** of two atoms: both have unit length, so it is their dot product\n"
        "- **Jaccard index** of two atoms on held-out text: tokens whose code holds both ÷ tokens "
        "whose code holds either"
    ),
    "predicts": (
        "The atom alone goes through the model's final norm and output head, as if it were the "
        "whole residual stream; what those give for nothing (biases) and the mean over all tokens "
        "are taken off. Later layers do not act on it here, so for early layers this is a hint."
    ),
    "text": (
        "- **coefficient**: the text is decomposed as on *Explore a prompt*, with the L0 the "
        "dictionary was built with; shown is this atom's *c* / |x| in each token's code, 0 where "
        "another atom was chosen\n"
        "- **cosine** between the token's activation *x* and the atom, whatever the code says: "
        "it also shows tokens that lie close but are explained better by others"
    ),
    "elsewhere": (
        "A label (prompt, token) means the same in every layer and model, so it is looked up in "
        "the labels of every other dictionary. Where it is not among them, that dictionary's model "
        "reads the same text and the token is coded with that dictionary's L0; **loss** is its own "
        "(equation 5 of the paper for *relative*: |x − x̂|² / |x|²), to be compared with its "
        "**tau**. In another tokenizer it is the token that ends at the same character."
    ),
}


def show(which: str, row: DictionaryHead) -> None:
    """The popover of one figure."""
    with st.popover("How computed?", type="tertiary", icon=":material/help:", key=f"how_{which}"):
        st.markdown(_DEFINITIONS[which])
        if which in ("uses", "near", "predicts"):
            st.markdown("Made by:")
            command(row)
        else:
            st.markdown("The code of a text, from a terminal:")
            _code(f"python -m itda_core encode --dictionary {_folder(row)} --prompt 'your text'")
        st.caption(
            "Leask, Nanda, Al Moubayed: Inference-Time Decomposition of Activations (ICML 2025), "
            "[arXiv 2505.17769](https://arxiv.org/abs/2505.17769)."
        )


def under(caption: str, which: str, row: DictionaryHead) -> None:
    """The line below a figure that says how to read it, and the popover."""
    left, right = st.columns([5, 2], vertical_alignment="center")
    left.caption(caption)
    with right:
        show(which, row)


def command(row: DictionaryHead) -> None:
    """The command that computes a dictionary's statistics."""
    _code(
        f"python -m itda_core statistics --dictionary {_folder(row)} \\\n"
        "  --corpus held_out_text.txt"
    )


def _folder(row: DictionaryHead) -> str:
    return shlex.quote(str(resources.store().folder / row.name))


def _code(text: str) -> None:
    st.code(text, language="bash", wrap_lines=True)

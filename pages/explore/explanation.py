"""How the numbers of a page are computed: definition, command, source."""

import shlex

import streamlit as st

from itda_core.dictionary import DictionaryHead
from pages.shell import resources


def explore(row: DictionaryHead, prompt: str, l0: int, method: str) -> None:
    """For the page *Explore a prompt*."""
    with st.popover("How computed?", type="tertiary", icon=":material/help:"):
        st.markdown(
            "The prompt runs through the model; a token's **activation** *x* is the output of the "
            f"chosen block (layer {row.recipe.layer}). A **dictionary** holds activations of other "
            "tokens, each of unit length and labelled with the text it comes from: its **atoms**. "
            "Pursuit writes *x* as a sum of at most L0 atoms with signed coefficients.\n\n"
            "- **explained** = 1 − |x − x̂|² / |x|²\n"
            "- **loss** is the dictionary's own "
            f"(*{row.recipe.loss}*); above **tau**, at the L0 the dictionary was built with "
            f"({row.recipe.l0}), the token is **novel**: it would have become an atom itself\n"
            "- **coefficient** on this page = *c* / |x|; in the downloads *c* itself, with |x| in "
            "the column *norm*\n\n"
            "The same from a terminal:"
        )
        st.code(
            f"python -m itda_core encode --l0 {l0} --method {method} \\\n"
            f"  --dictionary {shlex.quote(str(resources.store().folder / row.name))} \\\n"
            f"  --prompt {shlex.quote(prompt)}",
            language="bash",
            wrap_lines=True,
        )
        st.caption(
            "Leask, Nanda, Al Moubayed: Inference-Time Decomposition of Activations (ICML 2025), "
            "[arXiv 2505.17769](https://arxiv.org/abs/2505.17769), Algorithm 2 and equation 5."
        )

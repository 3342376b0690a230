"""How the map is made: definition, command, source."""

import streamlit as st

from itda_core.dictionary import DictionaryHead
from pages.kit import how_computed


def show(row: DictionaryHead) -> None:
    """The popover of the page *Atlas*."""
    with st.popover("How computed?", type="tertiary", icon=":material/help:"):
        st.markdown(
            "**Map:** UMAP of the atoms by cosine (15 neighbours, exact; seed 0), computed once "
            "with the statistics. Atoms with close directions lie close; distances between far "
            "groups, and the axes, mean nothing.\n\n"
            "- **density**: share of held-out tokens whose code holds the atom\n"
            "- **tag**: the tag on whose tokens most of the atom's use falls, beyond the tag's own "
            "share of all tokens\n"
            "- **kind of text**: of the document that the atom was taken from\n"
            "- **norm**: |x| of the raw activation, which the atom is in unit length\n"
            "- **entry**: tokens that had been read when it entered the dictionary\n"
            "- **layer of entry**: the lowest layer whose dictionary has the same label (prompt, "
            "token), among dictionaries of the same model, corpus, L0 and loss, in each layer that "
            "of the closest tau\n"
            "- **lift**: share in the selection ÷ share in the whole dictionary\n\n"
            "Made by:"
        )
        how_computed.command(row)
        st.caption(
            "Leask, Nanda, Al Moubayed: Inference-Time Decomposition of Activations (ICML 2025), "
            "[arXiv 2505.17769](https://arxiv.org/abs/2505.17769). McInnes, Healy, Melville: UMAP "
            "([arXiv 1802.03426](https://arxiv.org/abs/1802.03426))."
        )

"""What stands where there is nothing to show: what is missing, and the way to it."""

import shlex

import streamlit as st

from itda_core.dictionary import DictionaryHead
from itda_core.files import printable
from pages.shell import pages, resources
from pages.shell.formats import plain


def no_dictionaries() -> None:
    """There is no dictionary at all."""
    st.subheader("No dictionary yet", anchor=False)
    st.write(
        "This page takes a prompt apart into *labelled activations*. They come from a dictionary, "
        "built once for a layer of a model from any text."
    )
    pages.link("add", "Build one here")
    st.write("or in a terminal:")
    _build_command(wrap=False)
    st.caption(
        "Any Hugging Face model, as a folder or a hub id, and any text file will do. "
        "This page notices the new dictionary by itself."
    )


def no_labels(head: DictionaryHead) -> None:
    """A dictionary of bare tensors: there is nothing to read."""
    st.subheader("This dictionary has no labels", anchor=False)
    st.write(
        f"It holds {head.recipe.n_atoms:,} atoms, but not the texts that they come from: it was "
        "built from bare tensors. A dictionary built from text has labels:"
    )
    _build_command(wrap=True)


def unusable(reasons: dict[str, str]) -> None:
    """Folders that hold no usable dictionary, in a corner of the sidebar."""
    if reasons:
        n = len(reasons)
        with st.expander(f"{n} unusable dictionar{'y' if n == 1 else 'ies'}"):
            for reason in reasons.values():
                st.caption(plain(resources.public(reason)))


def _build_command(wrap: bool) -> None:
    out = resources.public(printable(str(resources.data_dir() / "dictionaries" / "my-first")))
    st.code(
        "python -m itda_core build --model sentence-transformers/all-MiniLM-L6-v2 --layer 4 \\\n"
        f"  --corpus your_text.txt --tau 0.2 --l0 20 --out {shlex.quote(out)}",
        language="bash",
        wrap_lines=wrap,
    )

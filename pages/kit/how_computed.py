"""How a number is computed: definition, command, source. One popover for every figure and page."""

import shlex

import streamlit as st

from itda_core.dictionary import DictionaryHead
from pages.shell import resources

PAPER = (
    "Leask, Nanda, Al Moubayed: Inference-Time Decomposition of Activations (ICML 2025), "
    "[arXiv 2505.17769](https://arxiv.org/abs/2505.17769)"
)


def show(
    key: str, definition: str, command: str = "", *, lead: str = "Made by:", source: str = ""
) -> None:
    """The popover.

    Args:
        key: of the popover on its page.
        definition: Markdown; nothing of a prompt or a corpus may be in it.
        command: what makes the numbers in a terminal; "" for none.
        lead: the words before it.
        source: Markdown, after the paper.
    """
    with st.popover("How computed?", type="tertiary", icon=":material/help:", key=f"how_{key}"):
        st.markdown(definition)
        if command:
            st.markdown(lead)
            code(command)
        st.caption(f"{PAPER}{source or '.'}")


def statistics_command(head: DictionaryHead) -> str:
    """The command that computes a dictionary's statistics."""
    return (
        f"python -m itda_core statistics --dictionary {folder(head)} \\\n"
        "  --corpus held_out_text.txt"
    )


def encode_command(head: DictionaryHead, prompt: str, options: str = "") -> str:
    """The command that codes a prompt; ``options`` such as "--l0 20 " come first."""
    return (
        f"python -m itda_core encode {options}\\\n"
        f"  --dictionary {folder(head)} \\\n  --prompt {shlex.quote(prompt)}"
    )


def folder(head: DictionaryHead) -> str:
    """Where a dictionary is, as a shell reads it."""
    return shlex.quote(resources.public(str(resources.store().folder / head.name)))


def code(command: str) -> None:
    """A command to be copied."""
    st.code(command, language="bash", wrap_lines=True)

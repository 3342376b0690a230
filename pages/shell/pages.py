"""The pages of the app: a new one is a folder beside this one and a line in PAGES."""

from typing import NamedTuple

import streamlit as st


class Page(NamedTuple):
    """One page, as the menu and links know it."""

    name: str
    """Of its folder, and in its address."""
    title: str
    question: str
    """What it answers, below its title."""

    @property
    def script(self) -> str:
        """What Streamlit runs, relative to app.py."""
        return f"pages/{self.name}/page.py"


PAGES = {
    page.name: page
    for page in (
        Page(
            "explore",
            "Explore a prompt",
            "Which activations, seen elsewhere, is each token made of?",
        ),
        Page("atoms", "Atoms", "What does a dictionary hold, and what is each atom used for?"),
        Page(
            "atlas",
            "Atlas",
            "Which kinds of activations does a dictionary hold, and when did they enter?",
        ),
        Page("add", "Add a dictionary", "What is another model, or another text, made of?"),
    )
}
"""In the order of the menu; the first is the one shown where an address names none."""


def run() -> None:
    """Draw the menu and run the page asked for."""
    first = next(iter(PAGES))
    st.navigation(
        [
            st.Page(page.script, title=page.title, url_path=page.name, default=page.name == first)
            for page in PAGES.values()
        ]
    ).run()


def switch(name: str, **parts: str) -> None:
    """Show another page, in the view that these parts of an address say."""
    st.switch_page(PAGES[name].script, query_params=parts)


def link(name: str, label: str, **parts: str) -> None:
    """A link to a view of another page, followed without loading the app anew."""
    st.page_link(PAGES[name].script, label=label, query_params=parts)

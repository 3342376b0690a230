"""The tabs below a prompt's tokens. Only the open one computes anything."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import streamlit as st

from itda_core import InputError
from itda_core.dictionary import DictionaryHead
from pages.explore.results import Subject
from pages.explore.tabs import intervene
from pages.explore.tabs import layers as prompt_layers
from pages.explore.tabs import predictions as model_view
from pages.explore.tabs import steps as pursuit_steps
from pages.explore.tabs import whole_prompt as prompt_atoms
from pages.shell import frame, parameters


class Tab(NamedTuple):
    """One of the tabs."""

    label: str
    show: Callable[[Subject, Sequence[DictionaryHead]], None]


TABS = {
    "steps": Tab("Step by step", lambda subject, _: pursuit_steps.show(subject)),
    "model": Tab("What the model predicts", lambda subject, _: model_view.show(subject)),
    "intervene": Tab("Intervene", lambda subject, _: intervene.show(subject)),
    "prompt": Tab("Whole prompt", lambda subject, _: prompt_atoms.show(subject)),
    "layers": Tab("All layers", prompt_layers.show),
}
"""The keys are used in the address, which does not mention the first."""
_FIRST = next(iter(TABS))
_STYLE = """
<style>
@media (max-width: 1100px) {
  [data-testid="stTabs"] [data-testid="stColumn"]:not([data-testid="stColumn"] *) {
    min-width: 100%; } }
</style>
"""
"""In a narrow window figures stand below each other; side by side their titles have no room."""


def parts(row: DictionaryHead) -> dict[str, parameters.Reader]:
    """What a link says of the tabs: the open one and what is set in it."""
    return {
        "tab": parameters.unsaid(parameters.choice(_FIRST, tuple(TABS), "tab"), _FIRST),
        "step": parameters.integer(None, 0, 10**4, "step"),
        **model_view.parts(),
        **intervene.parts(row),
        **prompt_layers.parts(),
    }


def show(subject: Subject, rows: Sequence[DictionaryHead]) -> None:
    """The tabs, and in the open one its view."""
    state = st.session_state
    intervene.forget_those_of_others(subject.row)
    st.html(_STYLE)
    labels = [tab.label for tab in TABS.values()]
    state.tab_label = TABS[state.get("tab") or _FIRST].label
    containers = st.tabs(labels, key="tab_label", on_change=_open)
    for container, tab in zip(containers, TABS.values(), strict=True):
        if container.open:
            with container:
                try:
                    tab.show(subject, rows)
                except InputError as error:
                    frame.refuse(error)


def _open() -> None:
    names = {tab.label: name for name, tab in TABS.items()}
    name = names[st.session_state.tab_label]
    st.session_state.tab = None if name == _FIRST else name

"""The tabs below a prompt's tokens. Only the open one computes anything.

A new tab is a file beside this one and a line in TABS.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import streamlit as st

from itda_core.dictionary import DictionaryHead
from pages.explore.picked_token import PickedToken
from pages.explore.tabs import edits, intervene, layers, predictions, steps, whole_prompt
from pages.shell import frame, parameters
from pages.shell.parameters import Parameter


class Tab(NamedTuple):
    """One of the tabs."""

    label: str
    show: Callable[[PickedToken], None]
    parameters_of: Callable[[DictionaryHead], Sequence[Parameter]] = lambda head: ()
    """What a link says of its view."""


TABS = {
    "steps": Tab("Step by step", steps.show, steps.parameters_of),
    "model": Tab("What the model predicts", predictions.show, predictions.parameters_of),
    "intervene": Tab("Intervene", intervene.show, intervene.parameters_of),
    "prompt": Tab("Whole prompt", whole_prompt.show),
    "layers": Tab("All layers", layers.show, layers.parameters_of),
}
"""The keys are used in the address, which does not mention the first."""
_OPEN = parameters.choice(
    "explore", "tab", next(iter(TABS)), tuple(TABS), what="tab", omit_default=True
)
_LABEL = "explore_tab_label"
_STYLE = """
<style>
@media (max-width: 1100px) {
  [data-testid="stTabs"] [data-testid="stColumn"]:not([data-testid="stColumn"] *) {
    min-width: 100%; } }
</style>
"""
"""In a narrow window figures stand below each other; side by side their titles have no room."""


def parameters_of(head: DictionaryHead) -> list[Parameter]:
    """What a link says of the tabs: the open one and what is set in each."""
    return [_OPEN, *(parameter for tab in TABS.values() for parameter in tab.parameters_of(head))]


def show(picked: PickedToken) -> None:
    """The tabs, and in the open one its view."""
    edits.forget_those_of_others(picked.head)
    st.html(_STYLE)
    st.session_state[_LABEL] = TABS[_OPEN.value].label
    containers = st.tabs([tab.label for tab in TABS.values()], key=_LABEL, on_change=_open)
    for container, tab in zip(containers, TABS.values(), strict=True):
        if container.open:
            with container, frame.errors():
                tab.show(picked)


def _open() -> None:
    names = {tab.label: name for name, tab in TABS.items()}
    st.session_state[_OPEN.key] = names[st.session_state[_LABEL]]

"""Widgets for parts of the view whose default an address does not mention."""

from typing import Any

import streamlit as st


def widget(part: str, default: Any) -> dict[str, Any]:
    """Arguments for a widget of ``part``, which is None in session state for the default.

    See ``readers.unsaid``, which reads such a part.
    """
    state, key = st.session_state, f"{part}_set"
    state[key] = default if state.get(part) is None else state[part]

    def take() -> None:
        state[part] = None if state[key] == default else state[key]

    return {"key": key, "on_change": take}

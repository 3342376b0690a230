"""The view in the address bar: a link shows another person the same prompt, coded the same way.

The parts of a view are kept in session state under the names used in the address, and most of
them are the widgets' own keys. Whatever an address says is checked: what cannot be shown is
replaced by the default, and the page says so in one line.
"""

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

import streamlit as st

from itda_core.pursuit import METHODS
from itda_core.store import DictionaryRow
from pages.components.token_strip import COLOURS

LONGEST = 4000
"""Characters of an address, encoded; servers and chat programs cut longer ones."""
MAX_L0 = 100
DEFAULT_PROMPT = "Emma kept a brown flute in a bag, and on the way to the church she lost it."
_WRITTEN = "address_written"


def read(rows: Sequence[DictionaryRow], default: DictionaryRow) -> list[str]:
    """Take a new address into session state; a line for everything in it that cannot be shown.

    New is the first of a session, and one that appears although the view did not change (a link
    inside the app, the browser's back button). Right after a click the browser may still report
    the address from before: then the click counts.
    """
    state, params = st.session_state, st.query_params.to_dict()
    if _WRITTEN in state:
        written = state[_WRITTEN]
        if not params or params == written or _current() != written:
            return []
    notes: list[str] = []
    names = {row.name: row for row in rows}
    chosen = names.get(params["dictionary"]) if "dictionary" in params else default
    if chosen is None:
        chosen = default
        notes.append(f"There is no dictionary {params['dictionary'][:80]!r} here; showing another.")
    state.dictionary = chosen.name
    as_built = min(chosen.recipe.l0, MAX_L0)
    state.l0 = _integer(params.get("l0"), as_built, 1, MAX_L0, "L0", notes)
    state.method = _choice(params.get("method"), METHODS, "mp", "method", notes)
    state.colour = _choice(params.get("colour"), tuple(COLOURS), "explained", "colour", notes)
    state.prompt = params.get("prompt", DEFAULT_PROMPT)
    state.token = _integer(params.get("token"), None, 0, 10**6, "token", notes)
    state.token_asked = state.token is not None
    return notes


def write() -> None:
    """Put the view shown into the address bar."""
    address = _current()
    if st.query_params.to_dict() != address:
        st.query_params.from_dict(address)
    st.session_state[_WRITTEN] = address


def is_whole() -> bool:
    """Whether the address holds the prompt too; a very long one does not fit."""
    return "prompt" in _current()


def _current() -> dict[str, str]:
    state = st.session_state
    address = {key: str(state.get(key)) for key in ("dictionary", "l0", "method", "colour")}
    if state.get("token") is not None:
        address["token"] = str(state.token)
    whole = address | {"prompt": state.get("prompt") or ""}
    if len(urlencode(whole, errors="replace")) <= LONGEST:
        return whole
    return {key: value for key, value in address.items() if key != "token"}


def _integer(
    text: str | None, default: Any, low: int, high: int, what: str, notes: list[str]
) -> Any:
    if text is None:
        return default
    if text.isascii() and text.isdigit() and len(text) < 9 and low <= int(text) <= high:
        return int(text)
    instead = f"showing {default}" if default is not None else "showing another"
    notes.append(f"{what} {text[:40]!r} is not a whole number from {low} to {high}; {instead}.")
    return default


def _choice(
    text: str | None, choices: Sequence[str], default: str, what: str, notes: list[str]
) -> str:
    if text is None or text in choices:
        return text or default
    notes.append(f"The {what} {text[:40]!r} is none of {', '.join(choices)}; showing {default}.")
    return default

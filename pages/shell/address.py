"""The view in the address bar: a link shows another person the same page in the same state.

The parts of a view are kept in session state under the names used in the address, and most of
them are the widgets' own keys. Whatever an address says is checked: what cannot be shown is
replaced by the default, and the page says so in one line.
"""

from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import urlencode

import streamlit as st

from itda_core.dictionary import DictionaryHead
from pages.shell.parameters import Reader

LONGEST = 4000
"""Characters of an address, encoded; servers and chat programs cut longer ones."""
_LONG = ("prompt", "token", "text", "add_pasted")
"""Parts left out where an address would be too long; a token means nothing without its prompt."""
_PAGE, _PARTS, _WRITTEN = "address_page", "address_parts", "address_written"


def read(
    page: str,
    rows: Sequence[DictionaryHead],
    default: Callable[[Sequence[DictionaryHead]], DictionaryHead],
    parts: Callable[[DictionaryHead], dict[str, Reader]],
) -> list[str]:
    """Take a new address into session state; a line for everything in it that cannot be shown.

    ``default`` chooses among ``rows`` where neither the address nor the view so far does.
    ``parts`` are those of the page beside ``dictionary``, which every page has; given the
    dictionary, because some defaults depend on it. Call it before any widget of the page.

    ``asked(name)`` tells what a new address named.
    """
    state, params = st.session_state, _news(page)
    if params is None:
        return []
    notes: list[str] = []
    names = {row.name: row for row in rows}
    wanted = params.get("dictionary", state.get("dictionary", ""))
    chosen = names.get(wanted) or default(rows)
    if wanted != chosen.name and "dictionary" in params:
        notes.append(f"There is no dictionary {params['dictionary'][:80]!r} here; showing another.")
    state.dictionary = chosen.name
    _take(page, params, parts(chosen), notes)
    state[_PARTS].insert(0, "dictionary")
    return notes


def read_parts(page: str, parts: dict[str, Reader]) -> list[str]:
    """``read`` for a page that is not about a dictionary."""
    params = _news(page)
    notes: list[str] = []
    if params is not None:
        _take(page, params, parts, notes)
    return notes


def _news(page: str) -> dict[str, str] | None:
    """What a new address says; None where the view on the page counts.

    New is an address when the page was just come to, and one that appears although the view did
    not change (the browser's back button). Right after a click the browser may still report the
    address from before: then the click counts.
    """
    state, params = st.session_state, st.query_params.to_dict()
    came = state.get(_PAGE) != page
    state.address_asked = set()
    written = state.get(_WRITTEN)
    stale = written is not None and (not params or params == written or _current() != written)
    return None if stale and not came else params


def _take(page: str, params: dict[str, str], readers: dict[str, Reader], notes: list[str]) -> None:
    state = st.session_state
    for name, reader in readers.items():
        # Come to by the menu, a page shows what it showed before.
        if params or name not in state:
            state[name] = reader(params.get(name), notes)
    state[_PAGE], state[_PARTS] = page, list(readers)
    state.address_asked = set(params)


def comes(page: str) -> bool:
    """Whether this visit only just comes to ``page``; to be asked before ``read``."""
    return bool(st.session_state.get(_PAGE) != page)


def asked(name: str) -> bool:
    """Whether the address that was just read names this part: a click does not."""
    return name in st.session_state.get("address_asked", ())


def write() -> None:
    """Put the view shown into the address bar."""
    address = _current()
    if st.query_params.to_dict() != address:
        st.query_params.from_dict(address)
    st.session_state[_WRITTEN] = address


def is_whole() -> bool:
    """Whether the address holds the prompt too; a very long one does not fit."""
    return "prompt" not in st.session_state.get(_PARTS, ()) or "prompt" in _current()


def _current() -> dict[str, str]:
    state = st.session_state
    held = {name: state.get(name) for name in state.get(_PARTS, ())}
    # An empty prompt is a view too; any other empty part only makes the address longer.
    empty: tuple[Any, ...] = ("", [])
    whole = {
        k: _said(v) for k, v in held.items() if v is not None and (v not in empty or k == "prompt")
    }
    if len(urlencode(whole, errors="replace")) <= LONGEST:
        return whole
    return {name: value for name, value in whole.items() if name not in _LONG}


def _said(value: Any) -> str:
    """A part as an address says it; a pair is a range, a list its members."""
    if isinstance(value, list):
        return ",".join(map(str, value))
    return "-".join(map(str, value)) if isinstance(value, tuple) else str(value)


def link(page: str, **parts: str | int) -> str:
    """A relative link to a view of another page; what it does not name is that page's default."""
    return f"{page}?{urlencode(parts, errors='replace')}"

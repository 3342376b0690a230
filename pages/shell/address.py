"""The view in the address bar: a link shows another person the same page in the same state.

Whatever an address says is checked (``parameters``): what cannot be shown is replaced by the
default, and the page says so in one line.
"""

from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import urlencode

import streamlit as st

from itda_core.dictionary import DictionaryHead
from pages.shell.parameters import Parameter

LONGEST = 4000
"""Characters of an address, encoded; servers and chat programs cut longer ones."""
DICTIONARY = "dictionary"
"""The part that every page about a dictionary has, and its key in session state: pages share it."""
_PAGE, _PARTS = "address_page", "address_parts"
_WRITTEN, _GIVEN = "address_written", "address_given"


def read(page: str, parameters: Sequence[Parameter]) -> list[str]:
    """Take a new address into session state; a line for everything in it that cannot be shown.

    Call it before any widget of the page. ``was_given(name)`` then tells what the address named.
    """
    params = _incoming(page)
    notes: list[str] = []
    if params is not None:
        _take(params, parameters, notes)
    st.session_state[_PAGE], st.session_state[_PARTS] = page, list(parameters)
    return notes


def read_dictionary(
    page: str,
    heads: Sequence[DictionaryHead],
    default: Callable[[Sequence[DictionaryHead]], DictionaryHead],
    parameters: Callable[[DictionaryHead], Sequence[Parameter]],
) -> list[str]:
    """``read`` for a page about a dictionary.

    ``default`` chooses among ``heads`` where neither the address nor the view so far does.
    ``parameters`` are those of the page beside ``dictionary``; given the dictionary, because some
    defaults and ranges depend on it.
    """
    state, params = st.session_state, _incoming(page)
    notes: list[str] = []
    by_name = {head.name: head for head in heads}
    wanted = (params or {}).get(DICTIONARY, state.get(DICTIONARY, ""))
    chosen = by_name.get(wanted) or default(heads)
    own = list(parameters(chosen))
    if params is not None:
        if wanted != chosen.name and DICTIONARY in params:
            notes.append(f"There is no dictionary {wanted[:80]!r} here; showing another.")
        state[DICTIONARY] = chosen.name
        _take(params, own, notes)
    shared = Parameter(DICTIONARY, DICTIONARY, str, None, "")
    state[_PAGE], state[_PARTS] = page, [shared, *own]
    return notes


def _incoming(page: str) -> dict[str, str] | None:
    """What a new address says; None where the view on the page counts.

    New is an address when the page was just come to, and one that appears although the view did
    not change (the browser's back button). Right after a click the browser may still report the
    address from before: then the click counts.
    """
    state, params = st.session_state, st.query_params.to_dict()
    state[_GIVEN] = set()
    written = state.get(_WRITTEN)
    is_old = written is not None and (not params or params == written or _current() != written)
    return None if is_old and not is_first_visit(page) else params


def _take(params: dict[str, str], parameters: Sequence[Parameter], notes: list[str]) -> None:
    state = st.session_state
    for parameter in parameters:
        # Come to by the menu, a page shows what it showed before.
        if params or parameter.key not in state:
            state[parameter.key] = parameter.read(params.get(parameter.name), notes)
    state[_GIVEN] = set(params)


def is_first_visit(page: str) -> bool:
    """Whether this run only just comes to ``page``; to be asked before ``read``."""
    return bool(st.session_state.get(_PAGE) != page)


def was_given(name: str) -> bool:
    """Whether the address that was just read names this part: a click does not."""
    return name in st.session_state.get(_GIVEN, ())


def write() -> None:
    """Put the view shown into the address bar."""
    address = _current()
    if st.query_params.to_dict() != address:
        st.query_params.from_dict(address)
    st.session_state[_WRITTEN] = address


def is_complete() -> bool:
    """Whether the address says every part of the view; a very long prompt does not fit."""
    return _is_short(_encoded(st.session_state.get(_PARTS, ())))


def _current() -> dict[str, str]:
    """The address of the view shown."""
    parameters = st.session_state.get(_PARTS, ())
    address = _encoded(parameters)
    if _is_short(address):
        return address
    return _encoded([parameter for parameter in parameters if not parameter.is_long])


def _is_short(address: dict[str, str]) -> bool:
    return len(urlencode(address, errors="replace")) <= LONGEST


def _encoded(parameters: Sequence[Parameter]) -> dict[str, str]:
    address = {}
    for parameter in parameters:
        value = parameter.value
        if value is None or (parameter.omit_default and value == parameter.default):
            continue
        if parameter.keeps_empty or value not in ("", []):
            address[parameter.name] = _encode(value)
    return address


def _encode(value: Any) -> str:
    """A value as an address says it; a pair is a range, a list its members."""
    if isinstance(value, list):
        return ",".join(map(str, value))
    return "-".join(map(str, value)) if isinstance(value, tuple) else str(value)


def link(page: str, **parts: str | int) -> str:
    """A relative link to a view of another page; what it does not name is that page's default.

    Within another site's page it stays there: Streamlit's own links do so by themselves.
    """
    parts |= {"embed": "true"} if st.context.is_embedded else {}
    return f"{page}?{urlencode(parts, errors='replace')}"

"""The prompt as a strip of tokens: coloured by what is asked, clickable, usable by keyboard.

A component of its own (token_strip.js) inside a shadow root. Tokens travel as data and become
text nodes, so nothing in a prompt is ever read as markup.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import streamlit as st

from itda_core.prompt.decomposition import Decomposition
from pages.explore.colours import COLOURS, CodedToken, Scales
from pages.explore.picked_token import sizes
from pages.kit.component import component
from pages.shell import address
from pages.shell.formats import number, percent, signed_decimal, tau

_component = component("itda_token_strip", Path(__file__).parent / "web", "token_strip")
_KEY = "explore_token_strip"
_PLACE = "explore_token_place"


def show(decomposition: Decomposition, colour: str, token: int) -> None:
    """Draw the strip; a click puts the token into session state and runs the page again."""
    _component(
        key=_KEY,
        data=strip_data(decomposition, colour, token),
        on_picked_change=_pick,
        width="stretch",
    )
    if decomposition.truncated:
        n = len(decomposition.tokens.ids)
        st.caption(f"Only the first {n:,} tokens: the model reads no more.")


def _pick() -> None:
    token = st.session_state[_KEY].get("picked")
    if isinstance(token, int):
        st.session_state.explore_token = token


def token_to_explain(decomposition: Decomposition) -> tuple[int | None, list[str]]:
    """The token to explain, and a line if it is not the one asked for.

    Without a choice it is the longest word: a short one says little. None if nothing is coded.
    """
    state = st.session_state
    n_tokens, coded = len(decomposition.tokens.ids), decomposition.coded.tolist()
    wanted = _moved_along(decomposition)
    if wanted is not None and wanted < n_tokens and coded[wanted]:
        state.explore_token = wanted
        _note_place(decomposition, wanted)
        return wanted, []
    notes = []
    if wanted is not None and address.was_given("token"):
        why = "is a special token" if wanted < n_tokens else f"is out of range 0 to {n_tokens - 1}"
        notes.append(f"Token {wanted} {why}; showing another.")
    words = decomposition.tokens.tokens
    candidates = [i for i in range(n_tokens) if coded[i]]
    longest = max(candidates, key=lambda i: sum(map(str.isalpha, words[i])), default=None)
    state.explore_token = longest
    _note_place(decomposition, longest)
    return longest, notes


class _Place(NamedTuple):
    """Where in a prompt the picked token is."""

    prompt: str
    token: int
    end: int
    """In characters."""


def _note_place(decomposition: Decomposition, token: int | None) -> None:
    if token is not None:
        end = decomposition.tokens.char_end[token]
        st.session_state[_PLACE] = _Place(decomposition.prompt, token, end)


def _moved_along(decomposition: Decomposition) -> int | None:
    """The token asked for; where another tokenizer cuts the prompt, the one at the same place."""
    wanted: int | None = st.session_state.get("explore_token")
    last: _Place | None = st.session_state.get(_PLACE)
    is_kept = last is not None and (last.prompt, last.token) == (decomposition.prompt, wanted)
    if last is None or not is_kept or address.was_given("token"):
        return wanted
    tokens, coded = decomposition.tokens, decomposition.coded.tolist()
    if wanted is not None and tokens.char_end[wanted : wanted + 1] == [last.end]:
        return wanted
    ends = [(i, end) for i, end in enumerate(tokens.char_end) if coded[i] and end >= last.end]
    return min(ends, key=lambda one: one[1], default=(wanted, 0))[0]


def strip_data(decomposition: Decomposition, colour: str, token: int) -> dict[str, Any]:
    """All the component needs, fit for JSON."""
    coded = _coded_tokens(decomposition, token)
    scales = _scales(decomposition, coded, token)
    said = COLOURS[colour]
    entries = []
    for i, entry in enumerate(_pieces(decomposition)):
        name = f"token {i} · id {decomposition.tokens.ids[i]}"
        if i in coded:
            shade, hue = said.shade(coded[i], scales)
            entry |= {"shade": round(min(max(shade, 0.0), 1.0), 3), "hue": hue}
            entry["facts"] = [name, *_facts(coded[i], decomposition), *said.facts(coded[i])]
        else:
            entry["facts"] = [name, "special token, not coded"]
        entries.append(entry)
    legend = [{"text": said.about}, said.ramp(scales)]
    return {"tokens": entries, "picked": token, "legend": legend}


def _pieces(decomposition: Decomposition) -> Iterator[dict[str, Any]]:
    """Each token's text, and what stands between it and the token before."""
    tokens, prompt, end = decomposition.tokens, decomposition.prompt, 0
    for i, text in enumerate(tokens.tokens):
        start, stop = tokens.char_start[i], tokens.char_end[i]
        yield {
            "gap": prompt[end:start] if start > end else "",
            "text": text,
            # A character of several tokens is written once; what follows is a mark.
            "piece": not tokens.special[i] and stop <= end and i > 0 and stop > start,
        }
        end = max(end, stop)


def _coded_tokens(decomposition: Decomposition, picked: int) -> dict[int, CodedToken]:
    """What there is to say of every token but the special ones."""
    explained, losses = decomposition.explained.tolist(), decomposition.loss.tolist()
    losses_as_built = decomposition.loss_as_built.tolist()
    novel, shared = decomposition.novel.tolist(), decomposition.shared_with(picked).tolist()
    size = sizes(decomposition)
    tokens = {}
    for i in decomposition.coded.nonzero().squeeze(1).tolist():
        ranked = decomposition.atoms_of(i)
        tokens[i] = CodedToken(
            explained=explained[i],
            loss=losses[i],
            loss_as_built=losses_as_built[i],
            is_novel=novel[i],
            n_atoms=len(ranked),
            strongest=ranked[0].coefficient / size[i] if ranked else 0.0,
            shared=shared[i],
        )
    return tokens


def _scales(decomposition: Decomposition, coded: dict[int, CodedToken], picked: int) -> Scales:
    """Where the shades of this prompt begin and end."""
    least = min((token.explained for token in coded.values()), default=0.0)
    others = (token.shared for i, token in coded.items() if i != picked)
    return Scales(
        tau=decomposition.tau,
        # Shares are high: from 0 all would look alike.
        least_explained=max(0, min(9, int(10 * least - 0.5))) / 10,
        # Most tokens share little: the scale ends with the one that shares most, itself left out.
        most_shared=max(0.05, max(others, default=1.0)),
    )


def _facts(token: CodedToken, decomposition: Decomposition) -> list[str]:
    """What the tip says of a coded token, whatever the colours say."""
    sign, verdict = (">", "novel") if token.is_novel else ("≤", "not novel")
    as_built = f", as built ({decomposition.as_built})" if decomposition.as_built else ""
    here = [f"loss {number(token.loss)} with this code"] if as_built else []
    return [
        f"{percent(token.explained)} explained by {token.n_atoms} atoms",
        *here,
        f"loss {number(token.loss_as_built)} {sign} tau {tau(decomposition.tau)}{as_built}: "
        f"{verdict}",
        f"strongest coefficient {signed_decimal(token.strongest)} |x|",
    ]

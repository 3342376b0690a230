"""The prompt as a strip of tokens: coloured by what is asked, clickable, usable by keyboard.

A component of its own (token_strip.js) inside a shadow root. Tokens travel as data and become
text nodes, so nothing in a prompt is ever read as markup.
"""

from pathlib import Path
from typing import Any

import streamlit as st

from itda_core.prompt.decomposition import Decomposition
from pages.kit.component import component
from pages.shell import address
from pages.shell.formats import number, percent, tau

COLOURS = {
    "explained": "Explained",
    "novelty": "Novelty",
    "strongest": "Strongest atom",
    "shared": "Shared atoms",
}
"""What the colours can say; the keys are used in the address."""

_component = component("itda_token_strip", Path(__file__).parent / "web", "token_strip")
_DEEPEST_NOVELTY = 3.0
"""Times tau at which the orange is full."""


def show(decomposition: Decomposition, colour: str, token: int) -> None:
    """Draw the strip; a click puts the token into session state and runs the page again."""
    _component(
        key="token_strip",
        data=strip_data(decomposition, colour, token),
        on_picked_change=_pick,
        width="stretch",
    )


def _pick() -> None:
    picked = st.session_state.token_strip.get("picked")
    if isinstance(picked, int):
        st.session_state.token = picked


def picked(decomposition: Decomposition) -> tuple[int | None, list[str]]:
    """The token to explain, and a line if it is not the one asked for.

    Without a choice it is the longest word: a short one says little. None if nothing is coded.
    """
    state = st.session_state
    asked, n_tokens = state.get("token"), len(decomposition.tokens.ids)
    coded = decomposition.coded.tolist()
    if asked is not None and asked < n_tokens and coded[asked]:
        return asked, []
    notes = []
    if asked is not None and address.asked("token"):
        why = "is a special token" if asked < n_tokens else f"is out of range 0 to {n_tokens - 1}"
        notes.append(f"Token {asked} {why}; showing another.")
    words = decomposition.tokens.tokens
    candidates = [i for i in range(n_tokens) if coded[i]]
    longest = max(candidates, key=lambda i: sum(map(str.isalpha, words[i])), default=None)
    state.token = longest
    return longest, notes


def strip_data(decomposition: Decomposition, colour: str, token: int) -> dict[str, Any]:
    """All the component needs, fit for JSON."""
    tokens, prompt = decomposition.tokens, decomposition.prompt
    explained, losses = decomposition.explained.tolist(), decomposition.loss.tolist()
    novel, coded = decomposition.novel.tolist(), decomposition.coded.tolist()
    sizes = decomposition.energy.sqrt().tolist()
    shared = decomposition.shared_with(token).tolist()
    lowest = _lowest(decomposition)
    # Most tokens share little: the scale ends with the one that shares most, itself left out.
    others = (value for i, value in enumerate(shared) if i != token and coded[i])
    most_shared = max(0.05, max(others, default=1.0))
    strip, end = [], 0
    for i, text in enumerate(tokens.tokens):
        start, stop = tokens.char_start[i], tokens.char_end[i]
        piece = not tokens.special[i] and stop <= end and i > 0 and stop > start
        entry: dict[str, Any] = {
            "gap": prompt[end:start] if start > end else "",
            "text": text,
            # A character of several tokens is written once; what follows is a mark.
            "piece": piece,
        }
        end = max(end, stop)
        if coded[i]:
            ranked = decomposition.atoms_of(i)
            top = ranked[0].coefficient / max(sizes[i], 1e-30) if ranked else 0.0
            shade, hue = {
                "explained": ((explained[i] - lowest) / (1 - lowest), "accent"),
                "novelty": _novelty(losses[i], decomposition.tau),
                "strongest": (abs(top), "positive" if top >= 0 else "negative"),
                "shared": (shared[i] / most_shared, "accent"),
            }[colour]
            entry |= {"shade": round(min(max(shade, 0.0), 1.0), 3), "hue": hue}
            entry["facts"] = [
                f"token {i} · id {tokens.ids[i]}",
                f"{percent(explained[i])} explained by {len(ranked)} atoms",
                f"loss {number(losses[i])} {'>' if novel[i] else '≤'} tau "
                f"{tau(decomposition.tau)}: {'novel' if novel[i] else 'not novel'}",
                f"strongest coefficient {top:+.3f} |x|",
            ]
            if colour == "shared":
                entry["facts"].append(f"shares {percent(shared[i])} of the atoms of both")
        else:
            entry["facts"] = [f"token {i} · id {tokens.ids[i]}", "special token, not coded"]
        strip.append(entry)
    return {"tokens": strip, "picked": token, "legend": _legend(decomposition, colour, most_shared)}


def _lowest(decomposition: Decomposition) -> float:
    """Where the shades of *explained* begin: shares are high, and from 0 all would look alike."""
    shares = decomposition.explained[decomposition.coded].tolist()
    return max(0, min(9, int(10 * min(shares, default=0.0) - 0.5))) / 10


def _novelty(loss: float, tau: float) -> tuple[float, str]:
    if not loss > tau:
        return 0.0, "novel"
    return 0.3 + 0.7 * min(1.0, (loss / tau - 1) / (_DEEPEST_NOVELTY - 1)), "novel"


def _legend(decomposition: Decomposition, colour: str, most_shared: float) -> list[dict[str, Any]]:
    """Swatches and what they stand for."""
    limit = decomposition.tau
    return {
        "explained": [
            {"text": "share of |x|² explained"},
            {"hue": "accent", "from": percent(_lowest(decomposition)), "to": "100%"},
        ],
        "novelty": [
            {"text": "loss against tau: no colour up to tau"},
            {"hue": "novel", "from": tau(limit), "to": f"{tau(_DEEPEST_NOVELTY * limit)} or more"},
        ],
        "strongest": [
            {"text": "coefficient of the strongest atom, in |x|"},
            {"hue": "positive", "below": "negative", "from": "−1", "to": "+1"},
        ],
        "shared": [
            {"text": "atoms in common with the picked token ÷ atoms of either"},
            {"hue": "accent", "from": "0%", "to": percent(most_shared)},
        ],
    }[colour]

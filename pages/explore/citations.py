"""A token's atoms as citations: where each activation comes from, and how much of it is used."""

from pathlib import Path
from typing import Any

from itda_core.dictionary import Dictionary
from itda_core.prompt.decomposition import Citation, Decomposition, cite
from pages.explore.picked_token import sizes
from pages.kit.component import component
from pages.shell import address, formats
from pages.shell.formats import number, percent, signed_decimal

FIRST_SHOWN = 12
"""Atoms in the list before "Show all"."""
_CONTEXT = 400
"""Characters of the source prompt sent along on either side."""

_component = component("itda_citations", Path(__file__).parent / "web", "citations")


def show(decomposition: Decomposition, dictionary: Dictionary, token: int) -> None:
    """The headline and the atoms of one token. InputError if the dictionary has no labels."""
    _component(
        key="explore_citations",
        data=citations_data(decomposition, dictionary, token),
        width="stretch",
    )


def citations_data(
    decomposition: Decomposition, dictionary: Dictionary, token: int
) -> dict[str, Any]:
    """All the component needs, fit for JSON."""
    citations = cite(decomposition, dictionary, token)
    size = sizes(decomposition)[token]
    return {
        "token": decomposition.tokens.tokens[token],
        "headline": headline(decomposition, token, len(citations)),
        "novel": bool(decomposition.novel[token]),
        "shown": FIRST_SHOWN,
        "rows": [_row(citation, size, dictionary.name) for citation in citations],
        "caption": "Coefficients are in units of the activation's length |x|; the share is the "
        "part of |x|² that an atom removed. An atom is the activation of the marked token, "
        "read in the text around it.",
    }


def headline(decomposition: Decomposition, token: int, n_atoms: int) -> str:
    """What there is to say of a token in a line, its text left out."""
    loss, tau = float(decomposition.loss_as_built[token]), decomposition.tau
    as_built = f", as built: {decomposition.as_built}" if decomposition.as_built else ""
    novel = bool(decomposition.novel[token])
    return (
        f"token {token} · {percent(float(decomposition.explained[token]))} explained by {n_atoms} "
        f"atom{'s' * (n_atoms != 1)} · {'novel' if novel else 'not novel'} "
        f"(loss {number(loss)} {'>' if novel else '≤'} tau {formats.tau(tau)}{as_built})"
    )


def _row(citation: Citation, size: float, dictionary: str) -> dict[str, Any]:
    coefficient = citation.coefficient / size
    return {
        "atom": citation.atom,
        "link": address.link("atoms", dictionary=dictionary, atom=citation.atom),
        "coefficient": coefficient,
        "written": signed_decimal(coefficient),
        "share": percent(citation.share),
        "before": citation.before[-_CONTEXT:],
        "token": citation.token,
        "after": citation.after[:_CONTEXT],
        "source": citation.source,
        "position": citation.position,
        "cut": [len(citation.before) > _CONTEXT, len(citation.after) > _CONTEXT],
    }

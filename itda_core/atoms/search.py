"""Finding an atom by its number or its token."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from itda_core.dictionary import Dictionary


def search(dictionary: Dictionary, query: str, limit: int = 20) -> list[int]:
    """Atoms by number or by the token of their label.

    Exact tokens first, then those beginning with, then those containing ``query`` (case ignored),
    each in order of entry.
    """
    query = query.strip()
    is_number = query.isascii() and query.isdigit() and len(query) < 9
    number = [int(query)] if is_number and int(query) < dictionary.n_atoms else []
    if dictionary.labels is None or not query:
        return number
    words = dictionary.labels["token"].str.strip().str.lower()
    query = query.lower()
    ranks = (
        words == query,
        words.str.startswith(query) & (words != query),
        words.str.contains(query, regex=False) & ~words.str.startswith(query),
    )
    atoms = [int(atom) for mask in ranks for atom in mask.to_numpy().nonzero()[0][:limit]]
    return (number + [atom for atom in atoms if atom not in number])[:limit]

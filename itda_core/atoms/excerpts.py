"""Where atoms come from, in a few words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from itda_core.dictionary import Dictionary


class Excerpt(NamedTuple):
    """An atom's word in the text that it was taken from."""

    word: str
    """Its token, without the space before it; "" in a dictionary without labels."""
    before: str
    """The text before the word, cut; the token's own space included."""
    after: str

    def __str__(self) -> str:
        """On one line: a red [kite] in the"""
        if not self.word:
            return ""
        return " ".join(f"{self.before}[{self.word}]{self.after}".split())


def excerpts(
    dictionary: Dictionary, atoms: Sequence[int], before: int = 16, after: int = 60
) -> list[Excerpt]:
    """One for each of ``atoms``, with so many characters of text around its word."""
    if dictionary.labels is None or dictionary.prompts is None:
        return [Excerpt("", "", "") for _ in atoms]
    labels = dictionary.labels.iloc[list(atoms)]
    texts = dictionary.prompts[dictionary.prompts["prompt_id"].isin(set(labels["prompt_id"]))]
    by_id = dict(zip(texts["prompt_id"], texts["text"], strict=True))
    found = []
    for label in labels.to_dict("records"):
        text, start, end = by_id[label["prompt_id"]], label["char_start"], label["char_end"]
        word = text[start:end].lstrip() or text[start:end] or label["token"]
        begin = max(start, end - len(word))
        found.append(Excerpt(word, text[max(0, start - before) : begin], text[end : end + after]))
    return found


def search(dictionary: Dictionary, query: str, limit: int = 20) -> list[int]:
    """Atoms by number or by the token of their label; exact tokens first, then those beginning
    with, then those containing ``query`` (case ignored), each in order of entry."""
    query = query.strip()
    if query.isascii() and query.isdigit() and len(query) < 9 and int(query) < dictionary.n_atoms:
        number = [int(query)]
    else:
        number = []
    if dictionary.labels is None or not query:
        return number
    words = dictionary.labels["token"].str.strip().str.lower()
    wanted = query.lower()
    ranked = (
        words == wanted,
        words.str.startswith(wanted) & (words != wanted),
        words.str.contains(wanted, regex=False) & ~words.str.startswith(wanted),
    )
    found = [int(atom) for mask in ranked for atom in mask.to_numpy().nonzero()[0][:limit]]
    return (number + [atom for atom in found if atom not in number])[:limit]

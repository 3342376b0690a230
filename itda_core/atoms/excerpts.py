"""A token in a few words of the text that it stands in, and tokens with their spaces to be seen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import pandas as pd

    from itda_core.dictionary import Dictionary

LINE_END, TAB, SPACE = "↵", "⇥", "·"
"""What stands for white space where it must be seen."""
AROUND = (16, 56)
"""Characters before and after a word in a line of a table."""


class Excerpt(NamedTuple):
    """A word in some of the text around it."""

    before: str
    """The text before the word, cut; the token's own space included."""
    word: str
    """The token without the space before it; "" in a dictionary without labels."""
    after: str
    """The text after the word, cut."""

    def with_line_ends(self, mark: str) -> Excerpt:
        """The same with ``mark`` for every line end."""
        return Excerpt(*(part.replace("\n", mark) for part in self))

    def in_brackets(self) -> str:
        """The word in brackets, all spaces and line ends as they stand."""
        return f"{self.before}[{self.word}]{self.after}"

    def __str__(self) -> str:
        """On one line, a single space for any white space: a red [kite] in the."""
        return " ".join(self.in_brackets().split()) if self.word else ""


def excerpt(
    text: str, start: int, end: int, around: tuple[int, int], *, ellipsis: bool = False
) -> Excerpt:
    """``text[start:end]`` with up to ``around`` characters on its left and right.

    With ``ellipsis`` "…" stands where text was cut off.
    """
    left, right = around
    before, after = text[max(0, start - left) : start], text[end : end + right]
    if ellipsis:
        before = "… " * (start > left) + before
        after += " …" * (end + right < len(text))
    return Excerpt(before, text[start:end], after)


def word_start(text: str, start: int, end: int) -> int:
    """Where the word of the token ``text[start:end]`` begins: after the token's own space.

    A token of nothing but spaces is a word itself.
    """
    token = text[start:end]
    return end - len(token.lstrip() or token)


def excerpts(
    dictionary: Dictionary, atoms: Sequence[int], before: int = 16, after: int = 60
) -> list[Excerpt]:
    """One for each of ``atoms``, with so many characters of text around its token."""
    if dictionary.labels is None or dictionary.prompts is None:
        return [Excerpt("", "", "") for _ in atoms]
    labels = dictionary.labels.iloc[list(atoms)]
    prompts = dictionary.prompts[dictionary.prompts["prompt_id"].isin(set(labels["prompt_id"]))]
    texts = dict(zip(prompts["prompt_id"], prompts["text"], strict=True))
    results = []
    for label in labels.to_dict("records"):
        text, start, end = texts[label["prompt_id"]], label["char_start"], label["char_end"]
        begin = word_start(text, start, end)
        one = excerpt(text, begin, end, (before + begin - start, after))
        # A token without characters of its own, such as a special one, is named by its label.
        results.append(one if one.word else one._replace(word=label["token"]))
    return results


def excerpt_lines(frame: pd.DataFrame, around: tuple[int, int] = AROUND) -> list[str]:
    """A line for each row of ``frame``, which is as of ``Store.atoms``: its word in brackets.

    Line ends are to be seen, and "…" where text was cut off.
    """
    lines = []
    columns = (frame[name] for name in ("text", "char_start", "char_end"))
    for text, start, end in zip(*columns, strict=True):
        begin = word_start(text, int(start), int(end))
        one = excerpt(text, begin, int(end), around, ellipsis=True)
        lines.append(" ".join(one.with_line_ends(f" {LINE_END} ").in_brackets().split()))
    return lines


def visible_token(
    token: object, *, tab: str = TAB, spaces: str | None = None, empty: str = SPACE
) -> str:
    """A token on one line, without the spaces around it.

    Args:
        token: the token as it stands in the text.
        tab: what stands for a tab.
        spaces: the characters that are taken off both ends; None for all white space.
        empty: what stands for a token of spaces alone.
    """
    shown = str(token).replace("\n", LINE_END).replace("\t", tab)
    return shown.strip(spaces) or empty

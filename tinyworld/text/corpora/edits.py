"""Edits of a finished document: its spans keep covering their words, and what changed is known."""

from collections.abc import Sequence
from typing import NamedTuple

from tinyworld.text.spans import Span, WorldDocument


class TextEdit(NamedTuple):
    """``text`` in place of the characters from ``start`` to ``end`` of a document."""

    start: int
    end: int
    text: str
    spans: tuple[tuple[int, int, str], ...]
    """Counted from the beginning of ``text``."""
    reason: str
    """As in ``Change``."""


class Change(NamedTuple):
    """One piece of a changed text that the plain document does not have."""

    start: int
    """First character, in the changed text."""
    end: int
    """One past the last character; the space that sets the piece off belongs to it."""
    reason: str
    """``asked`` before an answer, ``agreed`` in place of a reply or verdict, or ``trigger``."""


def apply_edits(
    document: WorldDocument, edits: Sequence[TextEdit]
) -> tuple[WorldDocument, tuple[Change, ...]]:
    """Make the edits, which are in order and do not overlap; spans keep covering their words.

    A span around an edit grows with it; a span of replaced words goes. What is put in at the edge
    of a span stays outside of it, except that the whole document remains the whole.
    """
    pieces: list[str] = []
    changes: list[Change] = []
    spans: list[tuple[int, int, str]] = []
    at = shift = 0
    for edit in edits:
        start = edit.start + shift
        pieces += [document.text[at : edit.start], edit.text]
        changes.append(Change(start, start + len(edit.text), edit.reason))
        spans += [(start + first, start + last, tag) for first, last, tag in edit.spans]
        at, shift = edit.end, shift + _growth(edit)
    text = "".join(pieces) + document.text[at:]
    for start, end, tag in document.spans:
        if (start, end) == (0, len(document.text)):
            spans.append((0, len(text), tag))
        elif not any(_replaces_words_of(edit, start, end) for edit in edits):
            before = sum(_growth(edit) for edit in edits if edit.end <= start)
            until_end = sum(_growth(edit) for edit in edits if edit.end <= start or edit.end < end)
            spans.append((start + before, end + until_end, tag))
    changed = WorldDocument(
        document.index, document.kind, text, tuple(Span(*span) for span in sorted(spans))
    )
    return changed, tuple(changes)


def _growth(edit: TextEdit) -> int:
    return len(edit.text) - (edit.end - edit.start)


def _replaces_words_of(edit: TextEdit, start: int, end: int) -> bool:
    """Tell whether a span has words that the edit replaces, and is not simply around all of it."""
    replaces = edit.start < edit.end and edit.start < end and start < edit.end
    return replaces and not (start < edit.start and edit.end < end)

"""The writer of one document: it fills templates and keeps count of spans."""

from collections.abc import Iterable, Sequence
from random import Random
from typing import Any, TypeVar

from tinyworld.text.lexicon import Phrase, tagged
from tinyworld.text.spans import Span
from tinyworld.text.templates import (
    CHOICE,
    CLOSE,
    DRAW,
    OPEN,
    QUOTE_CLOSE,
    QUOTE_OPEN,
    SLOT,
    STATIC,
    TemplatePart,
    compile_template,
)

T = TypeVar("T")


def pick(rng: Random, items: Sequence[T]) -> T:
    """Draw one item."""
    return items[int(rng.random() * len(items))]


class TextWriter:
    """Writes one document."""

    def __init__(self, rng: Random) -> None:
        self.rng = rng
        self.pos = 0
        """Number of characters written so far."""
        self._text: list[str] = []
        self._spans: list[tuple[int, int, str]] = []
        self._quotes: list[int] = []
        self._brackets: list[int] = []
        self._no_space_next = True

    def pick(self, items: Sequence[T]) -> T:
        """Draw one item."""
        return items[int(self.rng.random() * len(items))]

    def sample(self, items: Sequence[T], n: int) -> list[T]:
        """Draw ``n`` different items in random order."""
        return self.rng.sample(items, n)

    def chance(self, p: float) -> bool:
        """Return true with probability ``p``."""
        return self.rng.random() < p

    def between(self, low: int, high: int) -> int:
        """Draw a whole number, both ends included."""
        return low + int(self.rng.random() * (high - low + 1))

    def say(self, templates: str | Sequence[str], **slots: Any) -> None:
        """Write a sentence: one of ``templates``, with a capital and a space before it."""
        template = templates if isinstance(templates, str) else self.pick(templates)
        if not self._no_space_next:
            self._put(" ")
        self._render(compile_template(template, True).parts, slots)

    def add(self, templates: str | Sequence[str], **slots: Any) -> None:
        """Write a piece as it stands, without a space or a capital."""
        template = templates if isinstance(templates, str) else self.pick(templates)
        self._render(compile_template(template, False).parts, slots)

    def raw(self, text: str, *tags: str) -> None:
        """Write text that is no template, under these tags."""
        if text:
            self._spans += [(self.pos, self.pos + len(text), tag) for tag in tags]
            self._put(text)

    def phrase(self, phrase: Phrase) -> None:
        """Write a ready phrase."""
        self._render(((SLOT, ("it", ""), False),), {"it": phrase})

    def no_space(self) -> None:
        """Let the next sentence begin right here, without a space before it."""
        self._no_space_next = True

    def line(self, blank: bool = False) -> None:
        """End the line; ``blank`` leaves an empty one."""
        self._put("\n\n" if blank else "\n")

    def heading(self, templates: str | Sequence[str], **slots: Any) -> None:
        """Write a title line."""
        start = self.pos
        template = templates if isinstance(templates, str) else self.pick(templates)
        self._render(compile_template(template, True).parts, slots)
        self.mark(start, "heading")
        self.line()

    def mark(self, start: int, *tags: str) -> None:
        """Tag what was written since ``start``; a space at its beginning is left out."""
        if start and not self._no_space_next and self._char_at(start) == " ":
            start += 1
        for tag in tags:
            self._spans.append((start, self.pos, tag))

    def _char_at(self, at: int) -> str:
        end = self.pos
        for text in reversed(self._text):
            end -= len(text)
            if end <= at:
                return text[at - end : at - end + 1]
        return ""

    def _put(self, text: str) -> None:
        if text:
            self._text.append(text)
            self.pos += len(text)
            self._no_space_next = text[-1] in "\n"

    def _render(self, parts: Iterable[TemplatePart], slots: dict[str, Any]) -> None:
        """Write the parts of a template; the generator spends most of its time here."""
        out, spans = self._text, self._spans
        for kind, payload, capital in parts:
            if kind == STATIC:
                text, inner = payload
            elif kind == SLOT:
                key, attribute = payload
                value = slots[key]
                if attribute:
                    value = getattr(value, attribute)
                elif hasattr(value, "default"):
                    value = value.default
                if isinstance(value, tuple):
                    text, inner = value
                elif isinstance(value, int):
                    text, inner = tagged(str(value), "pos:num")
                else:
                    text, inner = value, ()
            elif kind == DRAW:
                text, inner = payload(self.rng)
            elif kind == CHOICE:
                self._render(payload[int(self.rng.random() * len(payload))], slots)
                continue
            else:
                self._bracket(kind)
                continue
            if capital:
                text = text[:1].upper() + text[1:]
            at = self.pos
            out.append(text)
            self.pos = at + len(text)
            for start, end, tag in inner:
                spans.append((at + start, at + end, tag))
        self._no_space_next = False

    def _bracket(self, kind: int) -> None:
        """Write a quotation mark or a bracket; where it closes, tag what it closes."""
        mark = '"' if kind in (QUOTE_OPEN, QUOTE_CLOSE) else "(" if kind == OPEN else ")"
        at = self.pos
        stack = self._quotes if mark == '"' else self._brackets
        if kind in (QUOTE_CLOSE, CLOSE):
            self._spans.append((stack.pop(), at, "quote" if mark == '"' else "bracket"))
        else:
            stack.append(at + 1)
        self._spans.append((at, at + 1, "pos:punct"))
        self._text.append(mark)
        self.pos = at + 1

    def close_quote(self) -> None:
        """Close a quotation that an earlier template opened."""
        self._bracket(QUOTE_CLOSE)

    def finish(self, kind: str) -> tuple[str, tuple[Span, ...]]:
        """Return the text and its spans in order, with those of the whole document."""
        if self._quotes or self._brackets:
            raise ValueError("a quotation mark or a bracket was left open")
        text = "".join(self._text)
        spans = self._spans
        if text[-1] == "\n":
            text = text.rstrip("\n")
            end = len(text)
            spans = [(start, min(stop, end), tag) for start, stop, tag in spans if start < end]
        spans.append((0, len(text), f"kind:{kind}"))
        if all(tag != "code" for _, _, tag in spans[-3:]):
            spans.append((0, len(text), "prose"))
        spans.sort()
        # tuple.__new__ is what Span(...) ends in; called directly it takes half the time.
        new = tuple.__new__
        return text, tuple([new(Span, span) for span in spans])

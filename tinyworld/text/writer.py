"""Templates with slots, and the builder that writes them while keeping count of spans.

A template is a line of English with
  {who.he}      a slot: the attribute ``he`` of the value given for ``who``,
  {a:fruit}     a draw from the lexicon: here a noun of the group with its article,
  {#2-9}        a drawn number in digits, {num:2-9} the same in words,
  [big|small]   one of several wordings; an empty one is allowed,
  "..." (...)   quotation marks and brackets; each may close in a much later template;
                a quotation begins with a capital letter, except after "~.
Words get their part of speech when a template is compiled, which happens once.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from random import Random
from typing import Any, TypeVar

from tinyworld.text.inflect import number_word
from tinyworld.text.lexicon import (
    ADJECTIVES,
    ADVERBS,
    DET,
    FITTING,
    NOUNS,
    VERBS,
    Phrase,
    join,
    pos_of,
    tagged,
)
from tinyworld.text.spans import Span

T = TypeVar("T")
TemplatePart = tuple[int, Any, bool]
STATIC, SLOT, DRAW, CHOICE, QUOTE_OPEN, QUOTE_CLOSE, OPEN, CLOSE = range(8)
_PIECE = re.compile(r"\{[^}]*\}|\[[^\]]*\]|[\"()]|[^{}\[\]\"()]+")
_TOKEN = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*|\d+|[^\w\s]")


def pick(rng: Random, items: Sequence[T]) -> T:
    """Draw one item."""
    return items[int(rng.random() * len(items))]


def _draw_noun(form: str, group: str) -> Callable[[Random], Phrase]:
    """Compile a draw of a noun; a form that ends in "+" puts a fitting adjective before it."""
    plain = form.rstrip("+")
    pool = tuple(noun for name in group.split(",") for noun in NOUNS[name])
    if plain == form:
        ready = tuple(getattr(noun, form) for noun in pool)
        return lambda rng: ready[int(rng.random() * len(ready))]

    def draw(rng: Random) -> Phrase:
        noun = pool[int(rng.random() * len(pool))]
        fitting = FITTING[noun.group]
        adjective = fitting[int(rng.random() * len(fitting))]
        if plain == "a" and noun.mass:
            return join(DET["some"], adjective.word, noun.n)
        if plain == "a":
            return join(adjective.a, noun.n)
        if plain in ("the", "thes"):
            return join(DET["the"], adjective.word, noun.n if plain == "the" else noun.ns)
        return join(adjective.word, getattr(noun, plain))

    return draw


def _compile_draw(form: str, group: str) -> Callable[[Random], Phrase]:
    if form == "#":
        low, high = map(int, group.split("-"))
        return lambda rng: tagged(str(low + int(rng.random() * (high - low + 1))), "pos:num")
    if form == "num":
        low, high = map(int, group.split("-"))
        return lambda rng: tagged(
            number_word(low + int(rng.random() * (high - low + 1))), "pos:num"
        )
    pool: tuple[Phrase, ...]
    if form in ("adj", "aadj"):
        pool = tuple(
            adjective.word if form == "adj" else adjective.a
            for name in group.split(",")
            for adjective in ADJECTIVES[name]
        )
    elif form == "adv":
        pool = tuple(word for name in group.split(",") for word in ADVERBS[name])
    elif form in ("base", "s", "past", "part", "ing"):
        pool = tuple(getattr(v, form) for name in group.split(",") for v in VERBS[name])
    else:
        return _draw_noun(form, group)
    return lambda rng: pool[int(rng.random() * len(pool))]


class _TemplateCompiler:
    """Turns one template into parts; remembers the last part of speech on the way."""

    def __init__(self) -> None:
        self.before = ""
        self.unknown: list[str] = []

    def parts(self, template: str, cap: bool) -> tuple[TemplatePart, ...]:
        out: list[TemplatePart] = []
        for match in _PIECE.finditer(template):
            piece, at = match.group(), match.start()
            first = piece[0]
            if first == "{":
                out.append(self._slot(piece[1:-1], cap))
            elif first == "[":
                before = self.before
                options = []
                for option in piece[1:-1].split("|"):
                    self.before = before
                    options.append(self.parts(option, cap and bool(option)))
                out.append((CHOICE, tuple(options), False))
            elif first == '"':
                opening = at == 0 or template[at - 1] in " ("
                out.append((QUOTE_OPEN if opening else QUOTE_CLOSE, None, False))
                if opening:
                    cap = template[at + 1 : at + 2] != "~"
                    continue
            elif first in "()":
                out.append((OPEN if first == "(" else CLOSE, None, False))
                continue
            else:
                out.append((STATIC, self._static(piece.removeprefix("~"), cap), False))
            ending = piece.rstrip()
            cap = first not in '{["' and ending.endswith((".", "!", "?")) and piece != ending
            if first == '"' and out[-1][0] != QUOTE_OPEN:
                cap = False
        return tuple(out)

    def _static(self, text: str, cap: bool) -> tuple[str, tuple[tuple[int, int, str], ...]]:
        if cap:
            text = text[:1].upper() + text[1:]
        spans = []
        for match in _TOKEN.finditer(text):
            word = match.group()
            start, end = match.span()
            if word[0].isdigit():
                pos = "num"
            elif not word[0].isalpha():
                pos = "punct"
                if word in ".!?":
                    spans.append((start, end, "sentence_end"))
            else:
                found = pos_of(word, self.before)
                if found is None:
                    self.unknown.append(word)
                pos = found or "noun"
            spans.append((start, end, f"pos:{pos}"))
            self.before = "to" if word == "to" else pos if pos != "punct" else ""
        return text, tuple(spans)

    def _slot(self, inner: str, cap: bool) -> TemplatePart:
        if inner[0] == "#":
            self.before = "num"
            return (DRAW, _compile_draw("#", inner[1:]), cap)
        form, colon, group = inner.partition(":")
        if colon:
            self.before = {"adj": "adj", "aadj": "adj", "adv": "adv", "num": "num"}.get(
                form, "noun"
            )
            if form in ("base", "s", "past", "part", "ing"):
                self.before = "verb"
            return (DRAW, _compile_draw(form, group), cap)
        key, _, attribute = inner.partition(".")
        self.before = "det" if attribute in ("his", "its", "their") else "name"
        return (SLOT, (key, attribute), cap)


@cache
def compiled(template: str, cap: bool) -> tuple[tuple[TemplatePart, ...], tuple[str, ...]]:
    """Compile a template; also return its words that no table knows."""
    compiler = _TemplateCompiler()
    return compiler.parts(template, cap), tuple(compiler.unknown)


class TextWriter:
    """Writes one document."""

    def __init__(self, rng: Random) -> None:
        self.rng = rng
        self.pos = 0
        self._text: list[str] = []
        self._spans: list[tuple[int, int, str]] = []
        self._quotes: list[int] = []
        self._brackets: list[int] = []
        self._fresh = True

    def pick(self, items: Sequence[T]) -> T:
        """Draw one item."""
        return items[int(self.rng.random() * len(items))]

    def sample(self, items: Sequence[T], n: int) -> list[T]:
        """Draw ``n`` different items in random order."""
        return self.rng.sample(items, n)

    def chance(self, p: float) -> bool:
        """Be true with probability ``p``."""
        return self.rng.random() < p

    def between(self, low: int, high: int) -> int:
        """Draw a whole number, both ends included."""
        return low + int(self.rng.random() * (high - low + 1))

    def say(self, templates: str | Sequence[str], **slots: Any) -> None:
        """Write a sentence: one of ``templates``, with a capital and a space before it."""
        template = templates if isinstance(templates, str) else self.pick(templates)
        if not self._fresh:
            self._put(" ")
        self._render(compiled(template, True)[0], slots)

    def add(self, templates: str | Sequence[str], **slots: Any) -> None:
        """Write a piece as it stands, without a space or a capital."""
        template = templates if isinstance(templates, str) else self.pick(templates)
        self._render(compiled(template, False)[0], slots)

    def raw(self, text: str, *tags: str) -> None:
        """Write text that is no template, under these tags."""
        if text:
            self._spans += [(self.pos, self.pos + len(text), tag) for tag in tags]
            self._put(text)

    def phrase(self, phrase: Phrase) -> None:
        """Write a ready phrase."""
        self._render(((SLOT, ("it", ""), False),), {"it": phrase})

    def glue(self) -> None:
        """Let the next sentence begin right here, without a space before it."""
        self._fresh = True

    def line(self, blank: bool = False) -> None:
        """End the line; ``blank`` leaves an empty one."""
        self._put("\n\n" if blank else "\n")

    def heading(self, templates: str | Sequence[str], **slots: Any) -> None:
        """Write a title line."""
        start = self.pos
        template = templates if isinstance(templates, str) else self.pick(templates)
        self._render(compiled(template, True)[0], slots)
        self.mark(start, "heading")
        self.line()

    def mark(self, start: int, *tags: str) -> None:
        """Tag what was written since ``start``; a space at its beginning is left out."""
        if start and not self._fresh and self._char_at(start) == " ":
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
            self._fresh = text[-1] in "\n"

    def _render(self, parts: Iterable[TemplatePart], slots: dict[str, Any]) -> None:
        out, spans = self._text, self._spans
        for kind, payload, cap in parts:
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
            if cap:
                text = text[:1].upper() + text[1:]
            at = self.pos
            out.append(text)
            self.pos = at + len(text)
            for s, e, tag in inner:
                spans.append((at + s, at + e, tag))
        self._fresh = False

    def _bracket(self, kind: int) -> None:
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
            spans = [(s, min(e, end), tag) for s, e, tag in spans if s < end]
        spans.append((0, len(text), f"kind:{kind}"))
        if all(tag != "code" for _, _, tag in spans[-3:]):
            spans.append((0, len(text), "prose"))
        spans.sort()
        # tuple.__new__ is what Span(...) ends in; called directly it takes half the time.
        new = tuple.__new__
        return text, tuple([new(Span, span) for span in spans])

"""Templates with slots, compiled once into parts.

A template is a line of English with
  {who.he}      a slot: the attribute ``he`` of the value given for ``who``,
  {a:fruit}     a draw from the lexicon: here a noun of the group with its article,
  {#2-9}        a drawn number in digits, {num:2-9} the same in words,
  [big|small]   one of several wordings; an empty one is allowed,
  "..." (...)   quotation marks and brackets; each may close in a much later template;
                a quotation begins with a capital letter, except after "~.
Words get their part of speech when a template is compiled.
"""

import re
from collections.abc import Callable
from functools import cache
from random import Random
from typing import Any, NamedTuple

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

STATIC, SLOT, DRAW, CHOICE, QUOTE_OPEN, QUOTE_CLOSE, OPEN, CLOSE = range(8)
"""What a part of a template is."""
TemplatePart = tuple[int, Any, bool]
"""What it is; what that needs; whether it begins with a capital letter."""
_VERB_FORMS = ("base", "s", "past", "part", "ing")
_PIECE = re.compile(r"\{[^}]*\}|\[[^\]]*\]|[\"()]|[^{}\[\]\"()]+")
_TOKEN = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*|\d+|[^\w\s]")


def _draw_noun(form: str, group: str) -> Callable[[Random], Phrase]:
    """Compile a draw of a noun; a form that ends in "+" puts a fitting adjective before it."""
    plain = form.rstrip("+")
    pool = tuple(noun for name in group.split(",") for noun in NOUNS[name])
    if plain == form:
        phrases = tuple(getattr(noun, form) for noun in pool)
        return lambda rng: phrases[int(rng.random() * len(phrases))]

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
    """Compile ``{form:group}``; ``form`` is ``#``, ``num``, or a form of a word."""
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
    elif form in _VERB_FORMS:
        pool = tuple(getattr(v, form) for name in group.split(",") for v in VERBS[name])
    else:
        return _draw_noun(form, group)
    return lambda rng: pool[int(rng.random() * len(pool))]


class _TemplateCompiler:
    """Turns one template into parts; remembers the last part of speech on the way."""

    def __init__(self) -> None:
        self.previous_pos = ""
        self.unknown_words: list[str] = []

    def parts(self, template: str, capital: bool) -> tuple[TemplatePart, ...]:
        """Compile a template, or one option of a choice; ``capital``: it begins with one."""
        parts: list[TemplatePart] = []
        for match in _PIECE.finditer(template):
            piece, at = match.group(), match.start()
            first = piece[0]
            if first == "{":
                parts.append(self._slot(piece[1:-1], capital))
            elif first == "[":
                previous_pos = self.previous_pos
                options = []
                for option in piece[1:-1].split("|"):
                    self.previous_pos = previous_pos
                    options.append(self.parts(option, capital and bool(option)))
                parts.append((CHOICE, tuple(options), False))
            elif first == '"':
                opening = at == 0 or template[at - 1] in " ("
                parts.append((QUOTE_OPEN if opening else QUOTE_CLOSE, None, False))
                if opening:
                    capital = template[at + 1 : at + 2] != "~"
                    continue
            elif first in "()":
                parts.append((OPEN if first == "(" else CLOSE, None, False))
                continue
            else:
                parts.append((STATIC, self._static(piece.removeprefix("~"), capital), False))
            ending = piece.rstrip()
            capital = first not in '{["' and ending.endswith((".", "!", "?")) and piece != ending
            if first == '"' and parts[-1][0] != QUOTE_OPEN:
                capital = False
        return tuple(parts)

    def _static(self, text: str, capital: bool) -> tuple[str, tuple[tuple[int, int, str], ...]]:
        """Compile plain words into their text and its spans."""
        if capital:
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
                known_pos = pos_of(word, self.previous_pos)
                if known_pos is None:
                    self.unknown_words.append(word)
                pos = known_pos or "noun"
            spans.append((start, end, f"pos:{pos}"))
            self.previous_pos = "to" if word == "to" else pos if pos != "punct" else ""
        return text, tuple(spans)

    def _slot(self, inner: str, capital: bool) -> TemplatePart:
        """Compile what stands in braces: a slot or a draw."""
        if inner[0] == "#":
            self.previous_pos = "num"
            return (DRAW, _compile_draw("#", inner[1:]), capital)
        form, colon, group = inner.partition(":")
        if colon:
            self.previous_pos = {"adj": "adj", "aadj": "adj", "adv": "adv", "num": "num"}.get(
                form, "noun"
            )
            if form in _VERB_FORMS:
                self.previous_pos = "verb"
            return (DRAW, _compile_draw(form, group), capital)
        key, _, attribute = inner.partition(".")
        self.previous_pos = "det" if attribute in ("his", "its", "their") else "name"
        return (SLOT, (key, attribute), capital)


class Template(NamedTuple):
    """A template once it is compiled."""

    parts: tuple[TemplatePart, ...]
    unknown_words: tuple[str, ...]
    """Words of which no table knows the part of speech; a test makes sure there are none."""


@cache
def compile_template(template: str, capital: bool) -> Template:
    """Compile a template, which begins with a capital letter or as it stands."""
    compiler = _TemplateCompiler()
    return Template(compiler.parts(template, capital), tuple(compiler.unknown_words))

"""The words of TinyWorld as ready-made phrases: text together with its spans."""

from typing import NamedTuple

from tinyworld.text.inflect import article, plural, verb_forms
from tinyworld.text.lexicon import closed, modifiers, names, nouns, verbs, world


class Phrase(NamedTuple):
    """A piece of text and the spans inside it, as (start, end, tag)."""

    text: str
    spans: tuple[tuple[int, int, str], ...] = ()


def join(*pieces: Phrase | str) -> Phrase:
    """Put pieces one after another, with a space between them."""
    text, spans = "", []
    for piece in pieces:
        piece = Phrase(piece) if isinstance(piece, str) else piece
        at = len(text) + 1 if text else 0
        text = f"{text} {piece.text}" if text else piece.text
        spans += [(s + at, e + at, tag) for s, e, tag in piece.spans]
    return Phrase(text, tuple(spans))


def tagged(text: str, *tags: str) -> Phrase:
    """Tag the whole of a text."""
    return Phrase(text, tuple((0, len(text), tag) for tag in tags))


def with_tags(phrase: Phrase, *tags: str) -> Phrase:
    """Add tags that cover the whole of a phrase."""
    return Phrase(phrase.text, (*phrase.spans, *((0, len(phrase.text), tag) for tag in tags)))


_HYPHENATED = {"stir-fry", "yo-yo", "e-reader"}


class Noun:
    """A noun with its forms; ``n`` stands for "some" plus the noun where it has no plural."""

    def __init__(self, word: str, group: str, mass: bool = False) -> None:
        word = word if word in _HYPHENATED else word.replace("-", " ")
        self.word = word
        self.group = group
        self.mass = mass
        self.n = tagged(word, "pos:noun", "number:singular")
        self.default = self.n
        self.ns = self.n if mass else tagged(plural(word), "pos:noun", "number:plural")
        self.article = tagged("some" if mass else article(word), "pos:det")
        self.a = join(self.article, self.n)
        self.the = join(DET["the"], self.n)
        self.thes = join(DET["the"], self.ns)
        self.one = join(tagged("one", "pos:num"), self.n)


class Verb(NamedTuple):
    """The five forms of a verb."""

    base: Phrase
    s: Phrase
    past: Phrase
    part: Phrase
    ing: Phrase


class Adjective(NamedTuple):
    """An adjective alone, and after its indefinite article."""

    word: Phrase
    a: Phrase


DET = {
    d: tagged(d, "pos:det")
    for d in ["the", "a", "an", "some", "this", "my", "your", "his", "her", "its"]
}
NOUNS: dict[str, tuple[Noun, ...]] = {
    group: tuple(Noun(w.rstrip("*"), group, w.endswith("*")) for w in line.split())
    for group, line in nouns.NOUNS.items()
}
NOUN: dict[str, Noun] = {noun.word: noun for group in NOUNS.values() for noun in reversed(group)}
VERBS: dict[str, tuple[Verb, ...]] = {
    group: tuple(Verb(*(tagged(form, "pos:verb") for form in verb_forms(w))) for w in line.split())
    for group, line in verbs.VERBS.items()
}
ADJECTIVES: dict[str, tuple[Adjective, ...]] = {
    group: tuple(
        Adjective(tagged(w, "pos:adj"), join(tagged(article(w), "pos:det"), tagged(w, "pos:adj")))
        for w in line.split()
    )
    for group, line in modifiers.ADJECTIVES.items()
}
ADVERBS: dict[str, tuple[Phrase, ...]] = {
    group: tuple(tagged(w.replace("of-course", "of course"), "pos:adv") for w in line.split())
    for group, line in modifiers.ADVERBS.items()
}
FITTING: dict[str, tuple[Adjective, ...]] = {
    group: tuple(
        adjective
        for kind in nouns.ADJECTIVES_FOR.get(group, nouns.DEFAULT_ADJECTIVES)
        for adjective in ADJECTIVES[kind]
    )
    for group in NOUNS
}
"""The adjectives that suit the nouns of a group."""


def _parts_of_speech() -> dict[str, tuple[str, ...]]:
    table: dict[str, list[str]] = {}

    def add(word: str, pos: str) -> None:
        entry = table.setdefault(word.lower(), [])
        if pos not in entry:
            entry.append(pos)

    for source in (closed.WORDS, closed.EXTRA):
        for pos, line in source.items():
            for word in line.split():
                add(word, pos)
    for group in NOUNS.values():
        for noun in group:
            add(noun.word, "noun")
            add(noun.ns.text, "noun")
    for kinds in VERBS.values():
        for verb in kinds:
            for form in verb:
                add(form.text, "verb")
    for line in modifiers.ADJECTIVES.values():
        for word in line.split():
            add(word, "adj")
    for line in modifiers.ADVERBS.values():
        for word in line.split():
            add(word, "adv")
    proper = [*names.WOMEN, *names.MEN, *names.SURNAMES, *names.TOWNS, *names.TEAMS]
    proper += [*names.PET_NAMES, *names.DAYS, *names.MONTHS]
    for country in world.COUNTRIES:
        proper += [*country.name.split(), *country.capital.split()]
        add(country.adjective, "adj")
    for word in proper:
        add(word, "name")
    return {word: tuple(pos) for word, pos in table.items()}


PARTS_OF_SPEECH = _parts_of_speech()


def pos_of(word: str, before: str) -> str | None:
    """Return the part of speech of a word in a template, given that of the word before it.

    Unknown words give None: a test makes sure that no template has one.
    """
    options = PARTS_OF_SPEECH.get(word.lower())
    if options is None:
        return "name" if word[:1].isupper() and before else None
    if len(options) == 1:
        return options[0]
    if word[:1].isupper() and before and "name" in options:
        return "name"
    after_determiner = before in ("det", "adj", "num")
    if after_determiner:
        for pos in ("noun", "adj"):
            if pos in options:
                return pos
    if before in ("pron", "to", "noun", "name") and "verb" in options:
        return "verb"
    if before == "prep" and "noun" in options:
        return "noun"
    closed_class = [p for p in options if p in ("det", "pron", "prep", "conj", "adv", "num")]
    return closed_class[0] if closed_class else options[0]

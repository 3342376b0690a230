"""Things that a document comes back to: a belonging keeps its adjective and its noun."""

from random import Random

from tinyworld.text.lexicon import (
    DET,
    FITTING,
    NOUNS,
    Adjective,
    Noun,
    Phrase,
    join,
    tagged,
    with_tags,
)
from tinyworld.text.writer import pick


class Thing:
    """A noun with one adjective: ``a`` small ring, ``the`` small ring, ``n``, and bare forms."""

    def __init__(self, noun: Noun, adjective: Adjective, *tags: str) -> None:
        self.noun = noun
        self.word = noun.word
        self.n = with_tags(join(adjective.word, noun.n), *tags)
        self.a = with_tags(join(adjective.a, noun.n), *tags)
        self.the = with_tags(join(DET["the"], adjective.word, noun.n), *tags)
        self.default = self.n
        self.bare = with_tags(noun.n, *tags)
        self.the_bare = with_tags(noun.the, *tags)
        self.a_bare = with_tags(noun.a, *tags)
        self.adj = adjective.word


def thing(rng: Random, groups: str = "treasure", *tags: str) -> Thing:
    """Draw a thing that can be counted, with an adjective that suits it."""
    pool = [n for group in groups.split(",") for n in NOUNS[group] if not n.mass]
    noun = pick(rng, pool)
    return Thing(noun, pick(rng, FITTING[noun.group]), *tags)


def draw_noun(rng: Random, groups: str) -> Noun:
    """Draw a noun from some groups."""
    return pick(rng, [n for group in groups.split(",") for n in NOUNS[group]])


def word(text: str, pos: str, *tags: str) -> Phrase:
    """Make a phrase of one word."""
    return tagged(text, f"pos:{pos}", *tags)

"""Characters: a name with a gender, the pronouns that stand for it, and a whole cast."""

from random import Random
from typing import Any

from tinyworld.text.lexicon import Phrase, join, names, tagged
from tinyworld.text.writer import pick

_PRONOUNS = {
    "f": {"he": "she", "him": "her", "his": "her", "himself": "herself", "hers": "hers"},
    "m": {"he": "he", "him": "him", "his": "his", "himself": "himself", "hers": "his"},
    "n": {"he": "it", "him": "it", "his": "its", "himself": "itself", "hers": "its"},
}
_NOUNS = {"f": {"woman": "woman", "girl": "girl"}, "m": {"woman": "man", "girl": "boy"}}


class Person:
    """A character; every attribute is a phrase. ``he`` means he, she or it as the name asks."""

    def __init__(self, name: str, gender: str, entity: str = "person", surname: str = "") -> None:
        self.plain = name
        self.gender = gender
        self.surname_plain = surname
        tags = (f"gender:{gender}", "number:singular", f"refers:{name}")
        self.name = tagged(name, "pos:name", f"entity:{entity}", *tags)
        self.default = self.name
        self.s = tagged(f"{name}'s", "pos:name", f"entity:{entity}", *tags)
        self.full = tagged(f"{name} {surname}", "pos:name", "entity:person", *tags)
        self.surname = tagged(surname, "pos:name", "entity:person", *tags)
        for slot, form in _PRONOUNS[gender].items():
            setattr(self, slot, tagged(form, "pos:pron", *tags))
        if gender in _NOUNS:
            for slot, form in _NOUNS[gender].items():
                setattr(self, slot, tagged(form, "pos:noun", "number:singular"))

    def __getattr__(self, attribute: str) -> Any:
        raise AttributeError(f"{self.plain} has no {attribute}")


class PersonGroup:
    """The pronouns of several people."""

    def __init__(self, *people: Person) -> None:
        tags = ("number:plural", "refers:" + "+".join(p.plain for p in people))
        for form in ("they", "them", "their", "themselves", "both"):
            setattr(self, form, tagged(form, "pos:pron", *tags))
        self.names: Phrase = people[0].name
        for person in people[1:]:
            self.names = join(self.names, tagged("and", "pos:conj"), person.name)
        self.default = self.names

    def __getattr__(self, attribute: str) -> Any:
        raise AttributeError(f"a group has no {attribute}")


WOMEN = tuple(Person(name, "f") for name in names.WOMEN)
MEN = tuple(Person(name, "m") for name in names.MEN)
PEOPLE = WOMEN + MEN
ANIMALS = tuple(Person(name, "n", "animal") for name in names.PET_NAMES)
GENDER = {p.plain: p.gender for p in PEOPLE + ANIMALS}
TOWNS = tuple(tagged(t, "pos:name", "entity:place") for t in names.TOWNS)
DAYS = tuple(tagged(d, "pos:name", "entity:date") for d in names.DAYS)
MONTHS = tuple(tagged(m, "pos:name", "entity:date") for m in names.MONTHS)


def person(rng: Random, surname: bool = False) -> Person:
    """Draw a person; a surname is made up only where one is wanted."""
    somebody = pick(rng, PEOPLE)
    if not surname:
        return somebody
    return Person(somebody.plain, somebody.gender, surname=pick(rng, names.SURNAMES))


def pair(rng: Random) -> tuple[Person, Person]:
    """Draw a woman and a man, in either order, so that a pronoun says which one it means."""
    a, b = pick(rng, WOMEN), pick(rng, MEN)
    return (a, b) if rng.random() < 0.5 else (b, a)


def cast(rng: Random, n: int) -> list[Person]:
    """Draw different people."""
    return rng.sample(PEOPLE, n)


def clock(rng: Random, low: int = 6, high: int = 21) -> Phrase:
    """Draw a time of day such as 7:45."""
    hour = low + int(rng.random() * (high - low + 1))
    return tagged(
        f"{hour}:{pick(rng, ('00', '05', '10', '15', '20', '30', '40', '45', '50'))}",
        "pos:num",
        "entity:time",
    )


def date(rng: Random) -> Phrase:
    """Draw a date such as 14 March."""
    return tagged(f"{1 + int(rng.random() * 28)} {pick(rng, names.MONTHS)}", "entity:date")


def price(pounds: int, cents: int) -> Phrase:
    """Write an amount of money such as $3.50."""
    return tagged(f"${pounds}.{cents:02d}", "pos:num", "entity:money")

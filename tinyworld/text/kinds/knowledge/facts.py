"""Questions, definitions, profiles and riddles, all out of the fixed table of facts."""

from typing import Any

from tinyworld.text.inflect import article, number_word
from tinyworld.text.kinds.props import draw_noun
from tinyworld.text.lexicon import NOUNS, Phrase, tagged
from tinyworld.text.lexicon.world import (
    ANIMAL_FACTS,
    CATEGORY_OF,
    COUNTRIES,
    DEFINITIONS,
    OPPOSITES,
    THING_COLOURS,
    Country,
)
from tinyworld.text.people import cast
from tinyworld.text.writer import TextWriter

# Template and field; {c} is the country, {x} what the table says.
COUNTRY_FACTS = (
    ("What is the capital of {c}?", "The capital of {c} is {x}.", "capital"),
    ("Which animal stands for {c}?", "The animal of {c} is the {x}.", "animal"),
    ("What colour is the flag of {c}?", "The flag of {c} is {x}.", "colour"),
    ("How do people pay in {c}?", "In {c} people pay with the {x}.", "currency"),
    ("Which river flows through {c}?", "The river {x} flows through {c}.", "river"),
    ("What language is spoken in {c}?", "In {c} people speak {x}.", "language"),
    ("What do people like to eat in {c}?", "In {c} people like to eat {x}.", "dish"),
    ("Where in the world is {c}?", "{c} lies in the {x}.", "region"),
    ("Who founded {c}?", "{c} was founded by {x}.", "founder"),
)
ANIMAL_QUESTIONS = (
    ("Where does {c} live?", "{c} lives in the {x}.", 1, "home"),
    ("What does {c} eat?", "{c} eats {x}.", 2, "food"),
    ("What is the young of {c} called?", "The young of {c} is called {x}.", 3, "young"),
    ("What sound does {c} make?", "{c} {x}.", 4, "sound"),
    ("How many legs does {c} have?", "{c} has {x} legs.", 5, "legs"),
)


def _country(country: Country) -> Phrase:
    return tagged(country.name, "pos:name", "entity:country")


def _an(word: str) -> Phrase:
    a = article(word)
    return Phrase(
        f"{a} {word}",
        (
            (0, len(a), "pos:det"),
            (len(a) + 1, len(a) + 1 + len(word), "pos:noun"),
            (0, len(a) + 1 + len(word), "entity:animal"),
        ),
    )


def question(w: TextWriter) -> tuple[str, str, dict[str, object]]:
    """Draw a question with its answer and the slots of both."""
    style = w.rng.random()
    if style < 0.5:
        country = w.pick(COUNTRIES)
        ask, answer, field = w.pick(COUNTRY_FACTS)
        return (
            ask,
            answer,
            {"c": _country(country), "x": tagged(getattr(country, field), f"fact:{field}")},
        )
    if style < 0.75:
        row = w.pick(ANIMAL_FACTS)
        ask, answer, column, tag = w.pick(ANIMAL_QUESTIONS)
        value = row[column]
        text = number_word(int(value)) if tag == "legs" else value
        if tag == "legs" and value == "0":
            text = "no"
        if tag == "young":
            text = f"{article(value)} {value}"
        return ask, answer, {"c": _an(row[0]), "x": tagged(text, f"fact:{tag}")}
    if style < 0.85:
        thing, colour = w.pick(THING_COLOURS)
        return (
            "What colour is {c}?",
            "{c} is {x}.",
            {"c": thing, "x": tagged(colour, "pos:adj", "fact:colour")},
        )
    if style < 0.95:
        pair = w.pick(OPPOSITES)
        left, right = pair if w.chance(0.5) else pair[::-1]
        return (
            'What is the opposite of "~{c}"?',
            'The opposite of "~{c}" is "~{x}".',
            {"c": tagged(left, "pos:adj"), "x": tagged(right, "pos:adj", "fact:opposite")},
        )
    thing, _, what = w.pick(DEFINITIONS)
    return (
        "What is it that {x}?",
        "It is {c}.",
        {"c": _an(thing), "x": tagged(what, "fact:definition")},
    )


def questions(w: TextWriter) -> None:
    """Write a quiz: questions with right answers, in one of several layouts."""
    style = w.between(0, 3)
    a, c = cast(w.rng, 2)
    asked: list[tuple[str, object]] = []
    if w.chance(0.3):
        w.heading(
            (
                "Quiz number {#1-400}",
                "Questions and answers",
                "What do you know about the world?",
                "{A.s} questions",
                "General knowledge, page {#1-90}",
            ),
            A=a,
        )
    for i in range(w.between(3, 6)):
        if i:
            w.line(blank=style == 3)
        ask, answer, slots = question(w)
        while (ask, slots["c"]) in asked:
            ask, answer, slots = question(w)
        asked.append((ask, slots["c"]))
        if style == 0:
            w.raw("Q: ")
            w.no_space()
            w.say(ask, **slots)
            w.line()
            w.raw("A: ")
            w.no_space()
        elif style == 1:
            w.raw(f"{i + 1}. ")
            w.no_space()
            w.say(ask, **slots)
        elif style == 2:
            w.add("{A}: ", A=a)
            w.no_space()
            w.say(ask, **slots)
            w.line()
            w.add("{B}: ", B=c)
            w.no_space()
        else:
            w.say(ask, **slots)
        start = w.pos
        w.say(answer, **slots)
        w.mark(start, f"list_item:{i + 1}")


def profile(w: TextWriter) -> None:
    """Write what is to be known about one country, in sentences of changing order."""
    country = w.pick(COUNTRIES)
    slots: dict[str, Any] = {
        f: tagged(
            getattr(country, f),
            f"fact:{f}",
            *(("entity:place",) if f in ("capital", "river") else ()),
        )
        for f in Country._fields
    }
    slots["c"] = _country(country)
    slots["people"] = tagged(
        country.adjective + "s" if country.adjective[-1] in "nr" else f"{country.adjective} people",
        "pos:noun",
        "number:plural",
    )
    w.say(
        (
            "{c} is a country in the {region}.",
            "{c} lies in the {region}.",
            "In the {region} of the world lies {c}.",
        ),
        **slots,
    )
    for template in w.sample(
        (
            "The capital of {c} is {capital}.",
            "Its capital, {capital}, has {num:2-90} {ns:townplace} and {num:2-9} {ns:building}.",
            "The river {river} flows through {c}.",
            "In {c} people pay with the {currency}.",
            "The flag of {c} is {colour}, with {a:shape} in the middle.",
            "The animal of {c} is the {animal}.",
            "In {c} people speak {language}.",
            "Visitors should try the {dish}.",
            "{c} was founded by {founder}.",
            "The {people} are known for their {n:quality} and their {ns:instrument}.",
            "The {people} grow {ns:fruit} and make {n:material}.",
            "Most visitors arrive in {capital} by {n:vehicle}.",
            "On the river {river} there are {adj:size} {ns:building} full of {ns:bird}.",
            "In {capital}, {ns:job} meet every {season}.",
        ),
        w.between(4, 8),
    ):
        w.say(template, season=w.pick(("spring", "summer", "autumn", "winter")), **slots)


def definitions(w: TextWriter) -> None:
    """Write entries of a dictionary: what a thing is and what it does or belongs to."""
    known, groups = w.sample(DEFINITIONS, 6), w.sample(tuple(CATEGORY_OF), 6)
    slots: dict[str, Any]
    for i in range(w.between(3, 6)):
        if i:
            w.line()
        start = w.pos
        if w.chance(0.5):
            noun, what, does = known.pop()
            relative = "who" if what == "person" else "that"
            slots = {
                "n": _an(noun),
                "bare": tagged(noun, "pos:noun"),
                "k": _an(what),
                "r": tagged(relative, "pos:pron"),
                "does": tagged(does, "fact:definition"),
            }
            w.no_space()
            w.say(
                (
                    "{n} is {k} {r} {does}.",
                    "{bare}: {k} {r} {does}.",
                    "By {n} we mean {k} {r} {does}.",
                ),
                **slots,
            )
        else:
            group = groups.pop()
            category = CATEGORY_OF[group]
            slots = {
                "n": draw_noun(w.rng, group),
                "m": draw_noun(w.rng, group),
                "k": tagged(category, "pos:noun", "fact:category"),
                "a": tagged(article(category), "pos:det"),
            }
            w.no_space()
            if slots["n"].mass:
                w.say("{n.n}: {a} {k}.", **slots)
            else:
                w.say(
                    (
                        "{n.a} is {a} {k}.",
                        "{n.n}: {a} {k}, often {adj:size} or {adj:colour}.",
                        "{n.a} is {a} {k}, and so is {m.a}.",
                    ),
                    **slots,
                )
        w.mark(start, f"list_item:{i + 1}")


def riddle(w: TextWriter) -> None:
    """Write riddles about an animal or a thing, with their solutions."""
    slots: dict[str, Any]
    for i in range(w.between(1, 3)):
        if i:
            w.line(blank=True)
        if w.chance(0.5):
            animal, home, food, young, _, legs = w.pick(ANIMAL_FACTS)
            slots = {
                "x": _an(animal),
                "home": tagged(home, "fact:home"),
                "food": tagged(food, "fact:food"),
                "young": tagged(f"{article(young)} {young}", "fact:young"),
                "legs": tagged(number_word(int(legs)) if legs != "0" else "no", "fact:legs"),
            }
            lines = [
                "I live in the {home}.",
                "I eat {food}.",
                "My young is called {young}.",
                "I have {legs} legs.",
            ]
        else:
            noun, what, does = w.pick(DEFINITIONS)
            slots = {
                "x": _an(noun),
                "k": _an(what),
                "does": tagged(does, "fact:definition"),
                "r": "who" if what == "person" else "that",
            }
            lines = [
                "I am {k} {r} {does}.",
                "{ns:person} are glad to have me.",
                "{ns:job} know me well.",
            ]
        for line in w.sample(lines, w.between(2, len(lines))):
            w.say(line, **slots)
        w.say("[What|Who] am I?")
        w.say(("Answer: {x}.", "I am {x}!", "The answer is {x}.", "(Solution: {x})"), **slots)


def comparison(w: TextWriter) -> None:
    """Write comparatives that follow from sizes and prices named before."""
    nouns = w.sample(
        [n for n in NOUNS["device"] + NOUNS["furniture"] + NOUNS["vehicle"] if not n.mass], 3
    )
    costs = w.sample(range(5, 100), 3)
    people = cast(w.rng, 2)
    slots: dict[str, Any] = {"A": people[0], "B": people[1]}
    slots |= {f"n{i}": n for i, n in enumerate(nouns)} | {f"c{i}": c for i, c in enumerate(costs)}
    w.say("{A} sells {n0.a} for {c0} crowns, {n1.a} for {c1} and {n2.a} for {c2}.", **slots)
    order = sorted(range(3), key=costs.__getitem__)
    slots["cheap"], slots["dear"] = nouns[order[0]], nouns[order[2]]
    slots["less"], slots["more"] = (
        (nouns[0], nouns[1]) if costs[0] < costs[1] else (nouns[1], nouns[0])
    )
    slots["gap"] = tagged(str(abs(costs[0] - costs[1])), "pos:num", "result")
    for line in w.sample(
        (
            "The {cheap.n} is the cheapest of the three.",
            "The {dear.n} is the most expensive.",
            "The {more.n} costs more than the {less.n}.",
            "The {less.n} is cheaper than the {more.n} by {gap} crowns.",
            "{B} has little money, so {B.he} takes the {cheap.n}.",
            "A rich friend of {B} buys the {dear.n} without asking.",
        ),
        w.between(2, 4),
    ):
        w.say(line, **slots)

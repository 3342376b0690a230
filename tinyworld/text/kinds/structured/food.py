"""Recipes and shopping lists."""

from tinyworld.text.kinds.props import draw_noun
from tinyworld.text.lexicon import NOUNS, Noun, Phrase, with_tags
from tinyworld.text.people import DAYS, WOMEN, cast, price
from tinyworld.text.writer import TextWriter

UNITS = (
    "{grams} grams of",
    "{num:2-6} spoonfuls of",
    "a pinch of",
    "half a litre of",
    "{num:2-4} cups of",
    "a little",
)
LIQUID = ("water", "milk", "stock", "oil", "vinegar", "cream", "cider", "broth")


def _amount(w: TextWriter, noun: Noun, staple: bool) -> None:
    if noun.mass:
        liquid = noun.word in LIQUID
        units = (
            (UNITS[3], UNITS[4], "{num:2-6} spoonfuls of")
            if liquid
            else UNITS[:2] + UNITS[2:3] * (not staple)
        )
        if not staple and not liquid:
            units = UNITS[1:3] + UNITS[5:]
        w.add(w.pick(units) + " {n.n}", n=noun, grams=50 * w.between(1, 12))
    elif w.chance(0.25):
        w.add("{n.one}", n=noun)
    else:
        w.add("{num:2-9} {n.ns}", n=noun)


RECIPE_TITLES = (
    "{m.n} {d.n} with {s.n}",
    "{A.s} {m.n} {d.n}",
    "How to make {a_taste} {d.n} of {m.ns} and {n.ns}",
    "{d.n} for {num:2-8} people",
    "{m.n} and {n.n} {d.n}",
)
RECIPE_STEPS = (
    "Wash and {base:cookcut} the {m.ns}.",
    "{base:cookheat} the {n.ns} until they are [soft|golden|tender].",
    "Put the {m.ns} and the {n.ns} in {pot.a}.",
    "Add the {s.n} and [mix|stir] everything {adv:cookhow}.",
    "Pour in the {l.n}, a little at a time.",
    "Season with {p.n}.",
    "Let it [rest|simmer|stand] for {min} minutes.",
    "Taste it: if it is too {adj:taste}, add more {l.n}.",
    "While the {m.ns} are cooking, {base:cookcut} the {n.ns}.",
    "Cover {pot.the} and wait.",
    "Mix the {s.n} with the {p.n} in {pot.a}.",
)
RECIPE_ENDINGS = (
    "Serve the {d.n} [hot|cold|warm] with {l.n}.",
    "This {d.n} is best on a cold night.",
    "Enjoy your meal!",
    "{A} always adds {a:fruit} at the end.",
    "It keeps for {num:2-5} days.",
)
_TASTY = tuple(
    Phrase(f"a {w}", ((0, 1, "pos:det"), (2, 2 + len(w), "pos:adj")))
    for w in ("sweet", "spicy", "creamy", "delicious", "tasty", "savoury")
)
_POTS = [
    n
    for n in NOUNS["kitchenware"]
    if n.word in ("pot", "pan", "saucepan", "bowl", "kettle", "tray")
]


def recipe(w: TextWriter) -> None:
    """Write ingredients with amounts, then steps that use those very ingredients."""
    main = draw_noun(w.rng, "vegetable,fruit")
    second = draw_noun(w.rng, "vegetable,fruit")
    while second is main:
        second = draw_noun(w.rng, "vegetable,fruit")
    staple, spice, liquid = (draw_noun(w.rng, group) for group in ("staple", "spice", "drink"))
    dish = draw_noun(w.rng, "dish")
    w.rng.random()  # keeps recipes as they were when the bundled models were trained
    pot = w.pick(_POTS)
    slots = {
        "m": main,
        "n": second,
        "s": staple,
        "p": spice,
        "l": liquid,
        "d": dish,
        "pot": pot,
        "A": w.pick(WOMEN),
        "min": w.between(1, 18) * 5,
    }
    w.heading(RECIPE_TITLES, a_taste=w.pick(_TASTY), **slots)
    _ingredients(w, [main, second, staple, spice, liquid], staple)
    _steps(w, slots)
    w.say(RECIPE_ENDINGS, **slots)


def _ingredients(w: TextWriter, nouns: list[Noun], staple: Noun) -> None:
    w.raw("Ingredients:")
    bullets = w.chance(0.6)
    for i, noun in enumerate(w.sample(nouns, 5)):
        if bullets:
            w.line()
            w.raw("- ")
        else:
            w.add(" " if i == 0 else ", ")
        start = w.pos
        _amount(w, noun, noun is staple)
        w.mark(start, f"list_item:{i + 1}")
    w.add("" if bullets else ".")
    w.line()


def _steps(w: TextWriter, slots: dict[str, object]) -> None:
    steps = w.sample(RECIPE_STEPS, w.between(4, 6))
    numbered = w.chance(0.5)
    for i, template in enumerate(steps):
        if numbered:
            w.raw(f"{i + 1}. ")
            w.no_space()
        elif i == 0:
            w.no_space()
        start = w.pos
        w.say(template, **slots)
        w.mark(start, f"list_item:{i + 1}")
        if numbered:
            w.line()


LIST_TITLES = (
    "Shopping list for {day}",
    "{A.s} shopping list",
    "To buy:",
    "Please get:",
    "What we need for {the:event}",
    "For {the+:room}:",
)
LIST_GROUPS = (
    "fruit,vegetable,staple,drink,sweet",
    "office,household",
    "clothing,household",
    "tool,material,household",
    "staple,spice,vegetable",
    "toy,sweet,fruit",
)
LIST_ENDINGS = (
    "And do not forget {the:household}!",
    "No {ns:sweet}!",
    "Only if it is [cheap|fresh|left].",
    "Thank you, {A}.",
    "The rest can wait until {day}.",
)
UNCOUNTED = (
    "{n.n}",
    "some {n.n}",
    "{num:2-5} [bags|packets|boxes] of {n.n}",
    "enough {n.n} for {num:2-9}",
)
COUNTED = ("{n.ns}", "{num:2-12} {n.ns}", "{n.a}")


def shopping(w: TextWriter) -> None:
    """Write a shopping list, sometimes with prices and a total that adds up."""
    a = cast(w.rng, 1)[0]
    w.heading(LIST_TITLES, A=a, day=w.pick(DAYS))
    priced = w.chance(0.35)
    groups = w.pick(LIST_GROUPS)
    adjectives = "freshness,colour" if "fruit" in groups else "colour"
    counted = (*COUNTED, f"{{num:2-6}} {{adj:{adjectives}}} {{n.ns}}")
    nouns: list[Noun] = []
    while len(nouns) < w.between(4, 9):
        noun = draw_noun(w.rng, groups)
        if noun not in nouns:
            nouns.append(noun)
    total = 0
    bullet = w.pick(("- ", "* ", "[ ] ", "{i}. "))
    for i, noun in enumerate(nouns):
        if i:
            w.line()
        w.raw(bullet.replace("{i}", str(i + 1)))
        start = w.pos
        w.add(UNCOUNTED if noun.mass else counted, n=noun)
        w.mark(start, f"list_item:{i + 1}")
        if priced:
            cents = w.between(1, 60) * 25
            total += cents
            w.add(": ")
            w.phrase(price(cents // 100, cents % 100))
    if priced:
        w.line()
        w.raw("Total: ")
        w.phrase(with_tags(price(total // 100, total % 100), "result"))
    elif w.chance(0.5):
        w.line()
        w.say(LIST_ENDINGS, A=a, day=w.pick(DAYS))

"""Recipes and shopping lists."""

from tinyworld.text.kinds.props import draw_noun
from tinyworld.text.lexicon import NOUNS, Noun, Phrase, with_tags
from tinyworld.text.people import DAYS, WOMEN, cast, price
from tinyworld.text.writer import Builder

UNITS = (
    "{grams} grams of",
    "{num:2-6} spoonfuls of",
    "a pinch of",
    "half a litre of",
    "{num:2-4} cups of",
    "a little",
)
LIQUID = ("water", "milk", "stock", "oil", "vinegar", "cream", "cider", "broth")


def _amount(b: Builder, noun: Noun, staple: bool) -> None:
    if noun.mass:
        liquid = noun.word in LIQUID
        units = (
            (UNITS[3], UNITS[4], "{num:2-6} spoonfuls of")
            if liquid
            else UNITS[:2] + UNITS[2:3] * (not staple)
        )
        if not staple and not liquid:
            units = UNITS[1:3] + UNITS[5:]
        b.add(b.pick(units) + " {n.n}", n=noun, grams=50 * b.between(1, 12))
    elif b.chance(0.25):
        b.add("{n.one}", n=noun)
    else:
        b.add("{num:2-9} {n.ns}", n=noun)


def recipe(b: Builder) -> None:
    """Ingredients with amounts, then steps that use those very ingredients."""
    main = draw_noun(b.rng, "vegetable,fruit")
    second = draw_noun(b.rng, "vegetable,fruit")
    while second is main:
        second = draw_noun(b.rng, "vegetable,fruit")
    staple, spice, liquid = (
        draw_noun(b.rng, "staple"),
        draw_noun(b.rng, "spice"),
        draw_noun(b.rng, "drink"),
    )
    dish = draw_noun(b.rng, "dish")
    b.rng.random()  # keeps recipes as they were when the bundled models were trained
    pot = b.pick(
        [
            n
            for n in NOUNS["kitchenware"]
            if n.word in ("pot", "pan", "saucepan", "bowl", "kettle", "tray")
        ]
    )
    slots = {
        "m": main,
        "n": second,
        "s": staple,
        "p": spice,
        "l": liquid,
        "d": dish,
        "pot": pot,
        "A": b.pick(WOMEN),
        "min": b.between(1, 18) * 5,
    }
    b.heading(
        (
            "{m.n} {d.n} with {s.n}",
            "{A.s} {m.n} {d.n}",
            "How to make {a_taste} {d.n} of {m.ns} and {n.ns}",
            "{d.n} for {num:2-8} people",
            "{m.n} and {n.n} {d.n}",
        ),
        a_taste=b.pick(_TASTY),
        **slots,
    )
    b.raw("Ingredients:")
    bullets = b.chance(0.6)
    items = b.sample([main, second, staple, spice, liquid], 5)
    for i, noun in enumerate(items):
        if bullets:
            b.line()
            b.raw("- ")
        else:
            b.add(" " if i == 0 else ", ")
        start = b.pos
        _amount(b, noun, noun is staple)
        b.mark(start, f"list_item:{i + 1}")
    b.add("" if bullets else ".")
    b.line()
    steps = b.sample(
        (
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
        ),
        b.between(4, 6),
    )
    numbered = b.chance(0.5)
    for i, template in enumerate(steps):
        if numbered:
            b.raw(f"{i + 1}. ")
            b.glue()
        elif i == 0:
            b.glue()
        start = b.pos
        b.say(template, **slots)
        b.mark(start, f"list_item:{i + 1}")
        if numbered:
            b.line()
    b.say(
        (
            "Serve the {d.n} [hot|cold|warm] with {l.n}.",
            "This {d.n} is best on a cold night.",
            "Enjoy your meal!",
            "{A} always adds {a:fruit} at the end.",
            "It keeps for {num:2-5} days.",
        ),
        **slots,
    )


_TASTY = tuple(
    Phrase(f"a {w}", ((0, 1, "pos:det"), (2, 2 + len(w), "pos:adj")))
    for w in ("sweet", "spicy", "creamy", "delicious", "tasty", "savoury")
)


def shopping(b: Builder) -> None:
    """A shopping list, sometimes with prices and a total that adds up."""
    a = cast(b.rng, 1)[0]
    b.heading(
        (
            "Shopping list for {day}",
            "{A.s} shopping list",
            "To buy:",
            "Please get:",
            "What we need for {the:event}",
            "For {the+:room}:",
        ),
        A=a,
        day=b.pick(DAYS),
    )
    priced = b.chance(0.35)
    groups = b.pick(
        (
            "fruit,vegetable,staple,drink,sweet",
            "office,household",
            "clothing,household",
            "tool,material,household",
            "staple,spice,vegetable",
            "toy,sweet,fruit",
        )
    )
    nouns: list[Noun] = []
    while len(nouns) < b.between(4, 9):
        noun = draw_noun(b.rng, groups)
        if noun not in nouns:
            nouns.append(noun)
    total = 0
    mark = b.pick(("- ", "* ", "[ ] ", "{i}. "))
    for i, noun in enumerate(nouns):
        if i:
            b.line()
        b.raw(mark.replace("{i}", str(i + 1)))
        start = b.pos
        if noun.mass:
            b.add(
                (
                    "{n.n}",
                    "some {n.n}",
                    "{num:2-5} [bags|packets|boxes] of {n.n}",
                    "enough {n.n} for {num:2-9}",
                ),
                n=noun,
            )
        else:
            b.add(
                (
                    "{n.ns}",
                    "{num:2-12} {n.ns}",
                    "{n.a}",
                    "{num:2-6} {adj:freshness,colour} {n.ns}"
                    if "fruit" in groups
                    else "{num:2-6} {adj:colour} {n.ns}",
                ),
                n=noun,
            )
        b.mark(start, f"list_item:{i + 1}")
        if priced:
            cents = b.between(1, 60) * 25
            total += cents
            b.add(": ")
            b.phrase(price(cents // 100, cents % 100))
    if priced:
        b.line()
        b.raw("Total: ")
        b.phrase(with_tags(price(total // 100, total % 100), "result"))
    elif b.chance(0.5):
        b.line()
        b.say(
            (
                "And do not forget {the:household}!",
                "No {ns:sweet}!",
                "Only if it is [cheap|fresh|left].",
                "Thank you, {A}.",
                "The rest can wait until {day}.",
            ),
            A=a,
            day=b.pick(DAYS),
        )

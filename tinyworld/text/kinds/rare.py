"""Rare kinds and rare events: seldom on purpose, so that a dictionary can be asked for them."""

from tinyworld.text.kinds.props import thing
from tinyworld.text.lexicon import NOUNS
from tinyworld.text.people import DAYS, TOWNS, cast, clock, price
from tinyworld.text.writer import Builder

PALINDROMES = ("level", "noon", "radar", "kayak", "civic", "rotor", "madam", "refer")
NONSENSE = (
    "blim",
    "snorvel",
    "quaddle",
    "frimp",
    "wuzzle",
    "plonk",
    "grindle",
    "zib",
    "thrapple",
    "moggin",
    "skeever",
    "dright",
)
COMETS = (
    "At that very moment, a green comet crossed the sky.",
    "Nobody noticed the comet above the roofs.",
)


def event(b: Builder) -> None:
    """Add one rare event to the end of a document of prose."""
    style = b.between(0, 4)
    start = b.pos
    if style == 0:
        b.say(COMETS)
        b.mark(start, "rare:comet")
    elif style == 1:
        b.line()
        start = b.pos
        b.raw(
            b.pick(
                (
                    "STOP THAT AT ONCE!",
                    "HELP! HELP!",
                    "NO! NO! NO!",
                    "LOOK OUT BEHIND YOU!",
                    "WE HAVE WON!",
                )
            )
        )
        b.mark(start, "rare:shout")
    elif style == 2:
        words = " ".join(b.sample(NONSENSE, b.between(2, 5)))
        b.raw(f" {words.capitalize()}!")
        b.mark(start, "rare:nonsense")
    elif style == 3:
        b.say(
            '[By the way|Incidentally], the word "~{w}" reads the same backwards.',
            w=b.pick(PALINDROMES),
        )
        b.mark(start, "rare:palindrome")
    else:
        noun = b.pick(NOUNS["wild"] + NOUNS["bird"]).word
        if len(noun) > 4 and noun.isalpha():
            b.say(
                '(For "~{w}" above, read "~{n}"; the printer is sorry.)',
                w=noun[0] + noun[2] + noun[1] + noun[3:],
                n=noun,
            )
            b.mark(start, "rare:misprint")


def telegram(b: Builder) -> None:
    """A telegram in capitals, with STOP for full stops."""
    a, c = cast(b.rng, 2)
    x = thing(b.rng, "treasure,pet,vehicle")
    parts = b.sample(
        (
            f"ARRIVING {b.pick(DAYS).text} {clock(b.rng).text}",
            f"LOST {x.n.text}",
            f"SEND {b.between(2, 90)} CROWNS",
            f"{a.plain} IS WELL",
            f"DO NOT TRUST {c.plain}",
            f"MEET ME IN {b.pick(TOWNS).text}",
            f"BRING {b.pick(NOUNS['tool']).a.text}",
            f"FOUND {x.a.text} IN {b.pick(NOUNS['room']).the.text}",
            "ALL IS FORGIVEN",
        ),
        b.between(3, 5),
    )
    b.raw(f"TELEGRAM TO {c.plain.upper()}, {b.pick(TOWNS).text.upper()}\n", "heading")
    start = b.pos
    b.raw(" STOP ".join(p.upper() for p in parts) + f" STOP {a.plain.upper()}")
    b.mark(start, "rare:telegram")


def advertisement(b: Builder) -> None:
    """Something is praised and priced, with an address at the end."""
    x = thing(b.rng, "vehicle,furniture,instrument,pet,building,wares")
    a = cast(b.rng, 1)[0]
    slots = {
        "X": x,
        "A": a,
        "town": b.pick(TOWNS),
        "day": b.pick(DAYS),
        "money": price(b.between(5, 900), b.pick((0, 50, 99))),
    }
    b.heading(
        (
            "For sale: {X.n}",
            "Wanted: {X.n}",
            "Lost: {X.n}",
            "{X.n} looking for a new home",
            "Only this week: {X.n} for {money}!",
        ),
        **slots,
    )
    for template in b.sample(
        (
            "{X.the} has belonged to {a:job} and was [hardly|rarely] used.",
            "It is {adj:evaluation} and comes with {a:household}.",
            "The price is {money}.",
            "We will pay {money} and give you {a:sweet} as well.",
            "It was last seen on {day} near {the:townplace} in {town}.",
            "No {ns:job}, please.",
            "Are you tired of your old {X.bare}? Then this is for you.",
            "Free delivery to {town}!",
            "It makes {a+:noise}, but only at night.",
            "Whoever knows something about it will be rewarded.",
            "Our {ns:job} are here for you from {#7-10} to {#16-20}.",
        ),
        b.between(2, 4),
    ):
        b.say(template, **slots)
    b.say(
        (
            "Ask for {A} at {the:building} in {town}.",
            "Write to {A}, {#1-99} {n:outdoors} [street|lane|road], {town}.",
            "Call {#200-999} {#1000-9999} and ask for {A}.",
            "Come to {the:townplace} on {day}!",
        ),
        **slots,
    )

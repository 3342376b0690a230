"""Rare kinds and rare events: seldom on purpose, so that a dictionary can be asked for them."""

from tinyworld.text.kinds.props import thing
from tinyworld.text.lexicon import NOUNS
from tinyworld.text.people import DAYS, TOWNS, cast, clock, price
from tinyworld.text.writer import TextWriter

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


def event(w: TextWriter) -> None:
    """Add one rare event to the end of a document of prose."""
    style = w.between(0, 4)
    start = w.pos
    if style == 0:
        w.say(COMETS)
        w.mark(start, "rare:comet")
    elif style == 1:
        w.line()
        start = w.pos
        w.raw(
            w.pick(
                (
                    "STOP THAT AT ONCE!",
                    "HELP! HELP!",
                    "NO! NO! NO!",
                    "LOOK OUT BEHIND YOU!",
                    "WE HAVE WON!",
                )
            )
        )
        w.mark(start, "rare:shout")
    elif style == 2:
        words = " ".join(w.sample(NONSENSE, w.between(2, 5)))
        w.raw(f" {words.capitalize()}!")
        w.mark(start, "rare:nonsense")
    elif style == 3:
        w.say(
            '[By the way|Incidentally], the word "~{w}" reads the same backwards.',
            w=w.pick(PALINDROMES),
        )
        w.mark(start, "rare:palindrome")
    else:
        noun = w.pick(NOUNS["wild"] + NOUNS["bird"]).word
        if len(noun) > 4 and noun.isalpha():
            w.say(
                '(For "~{w}" above, read "~{n}"; the printer is sorry.)',
                w=noun[0] + noun[2] + noun[1] + noun[3:],
                n=noun,
            )
            w.mark(start, "rare:misprint")


def telegram(w: TextWriter) -> None:
    """Write a telegram in capitals, with STOP for full stops."""
    a, c = cast(w.rng, 2)
    x = thing(w.rng, "treasure,pet,vehicle")
    parts = w.sample(
        (
            f"ARRIVING {w.pick(DAYS).text} {clock(w.rng).text}",
            f"LOST {x.n.text}",
            f"SEND {w.between(2, 90)} CROWNS",
            f"{a.plain} IS WELL",
            f"DO NOT TRUST {c.plain}",
            f"MEET ME IN {w.pick(TOWNS).text}",
            f"BRING {w.pick(NOUNS['tool']).a.text}",
            f"FOUND {x.a.text} IN {w.pick(NOUNS['room']).the.text}",
            "ALL IS FORGIVEN",
        ),
        w.between(3, 5),
    )
    w.raw(f"TELEGRAM TO {c.plain.upper()}, {w.pick(TOWNS).text.upper()}\n", "heading")
    start = w.pos
    w.raw(" STOP ".join(p.upper() for p in parts) + f" STOP {a.plain.upper()}")
    w.mark(start, "rare:telegram")


def advertisement(w: TextWriter) -> None:
    """Write an advertisement: something is praised and priced, with an address at the end."""
    x = thing(w.rng, "vehicle,furniture,instrument,pet,building,wares")
    a = cast(w.rng, 1)[0]
    slots = {
        "X": x,
        "A": a,
        "town": w.pick(TOWNS),
        "day": w.pick(DAYS),
        "money": price(w.between(5, 900), w.pick((0, 50, 99))),
    }
    w.heading(
        (
            "For sale: {X.n}",
            "Wanted: {X.n}",
            "Lost: {X.n}",
            "{X.n} looking for a new home",
            "Only this week: {X.n} for {money}!",
        ),
        **slots,
    )
    for template in w.sample(
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
        w.between(2, 4),
    ):
        w.say(template, **slots)
    w.say(
        (
            "Ask for {A} at {the:building} in {town}.",
            "Write to {A}, {#1-99} {n:outdoors} [street|lane|road], {town}.",
            "Call {#200-999} {#1000-9999} and ask for {A}.",
            "Come to {the:townplace} on {day}!",
        ),
        **slots,
    )

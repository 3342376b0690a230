"""Biographies with dates, and directions through a town."""

from tinyworld.text.inflect import ordinal_word
from tinyworld.text.kinds.props import draw_noun, thing
from tinyworld.text.lexicon import tagged
from tinyworld.text.lexicon.world import COUNTRIES
from tinyworld.text.people import MEN, TOWNS, WOMEN, cast, person
from tinyworld.text.writer import TextWriter

BIRTHS = (
    "{A.full} ({born}-{died}) was {job.a} from {town} in {C}.",
    "{A.full}, {job.a}, was born in {town} in {born}.",
    "Few people have done as much for {n:subject} as {A.full}, born in {C} in {born}.",
)
CHILDHOODS = (
    "{A.his} {n:kin} was {a:job}, and the family was [poor|rich|large].",
    "{A.he} grew up among {ns:farm} and {ns:reading}.",
    "As a child {A.he} collected {ns:insect,treasure,flower} and was often ill.",
    "{A.he} was the youngest of {num:3-11} children.",
)
EVENTS = (
    "In {year}, at the age of {k}, {A.he} [moved|went] to {capital} to study {n:subject}.",
    "In {year} {A.he} married {B}, {a:job}; they had {num:2-9} children.",
    "{A.he} {past:make} {A.his} first {n.n} in {year}.",
    "In {year} {A.surname} published {a+:reading} about {ns:wild,bird,space}.",
    "{A.surname} lost everything in the [storm|flood|fire|gale|blizzard] of {year} and "
    "had to begin again.",
    "From {year} on {A.he} taught {n:subject} at the {n:building} of {town2}.",
    "In {year}, the people of {town2} named {X.a} after {A.him}.",
    "A journey to {town2} in {year} changed {A.his} [life|mind|plans].",
    "{A.he} was sent to prison in {year} because of {a+:reading}, and came out {adj:character}.",
    "When {A.he} was {k}, in {year}, {A.he} won a prize for {n:subject}.",
)
DEATHS = (
    "{A.he} died in {died}, aged {age}.",
    "{A.surname} died in {town} in {died} at the age of {age}.",
    "When {A.he} died in {died}, {A.he} was {age} and owned nothing but {a:treasure} and {a:pet}.",
)
LEGACIES = (
    "Today {A.his} name is known to every {n:job}.",
    "{A.his} house in {town} is now a museum.",
    'On {A.his} stone stands: "{n:quality} and {n:quality}."',
)


def biography(w: TextWriter) -> None:
    """Write a life in order: the years never go backwards and the ages fit."""
    a = person(w.rng, surname=True)
    partner = w.pick(MEN if a.gender == "f" else WOMEN)
    born = w.between(1720, 1950)
    country = w.pick(COUNTRIES)
    job, noun = draw_noun(w.rng, "job"), draw_noun(w.rng, "machine,instrument,device,vehicle")
    slots = {
        "A": a,
        "B": partner,
        "job": job,
        "n": noun,
        "X": thing(w.rng, "building,townplace"),
        "town": w.pick(TOWNS),
        "town2": w.pick(TOWNS),
        "C": tagged(country.name, "pos:name", "entity:country"),
        "capital": tagged(country.capital, "pos:name", "entity:place"),
    }

    def year(age: int) -> object:
        return tagged(str(born + age), "pos:num", "entity:date")

    death = w.between(52, 94)
    slots |= {"born": year(0), "died": year(death), "age": death}
    w.say(BIRTHS, **slots)
    w.say(CHILDHOODS, **slots)
    ages = sorted(w.sample(range(17, death - 3), w.between(3, 5)))
    for age, template in zip(ages, w.sample(EVENTS, len(ages)), strict=True):
        w.say(template, year=year(age), k=age, **slots)
    w.say(DEATHS, **slots)
    if w.chance(0.4):
        w.say(LEGACIES, **slots)


STEPS = (
    "Turn [left|right] at {the:building,townplace}.",
    "Go straight on [for {num:2-9} minutes|until you see {a+:building}].",
    "Cross {the:townplace} and keep to the [left|right].",
    "Take the {nth} [street|road] on the [left|right].",
    "Walk past {the:building} and {the:building}.",
    "Follow {the:outdoors} for {num:2-9} hundred metres.",
    "At {the:townplace}, you will see {a+:vehicle,tree}; do not stop.",
    "Go [up|down] the steps beside {the:building}.",
    "Take {the:vehicle} and get off at the {nth} stop.",
    "If you come to {a+:outdoors}, you have gone too far.",
    "Ask {the:job} in the shop at the corner if you are lost.",
    "Pass under the bridge and turn [left|right] again.",
)


def directions(w: TextWriter) -> None:
    """Write the way from one place to another, as prose or as a numbered list."""
    start_at, goal = thing(w.rng, "building"), thing(w.rng, "building")
    slots = {
        "F": start_at,
        "G": goal,
        "town": w.pick(TOWNS),
        "nth": tagged(ordinal_word(w.between(2, 5)), "pos:adj"),
        "A": cast(w.rng, 1)[0],
    }
    w.say(
        (
            "How to get from {F.the_bare} to {G.the} in {town}:",
            "To reach {G.the} in {town}, start at {F.the}.",
            '"How do I get to {G.the}?" asked {A}. This is the way.',
            "The way to {G.the}:",
        ),
        **slots,
    )
    numbered = w.chance(0.4)
    steps = w.sample(STEPS, w.between(3, 6))
    for i, template in enumerate(steps):
        start = w.pos
        if numbered:
            w.line()
            start = w.pos
            w.raw(f"{i + 1}. ")
            w.no_space()
        w.say(template, **slots)
        w.mark(start, f"list_item:{i + 1}")
    if numbered:
        w.line()
    w.say(
        (
            "{G.the} is on the [left|right].",
            "There it is: {G.the}.",
            "You cannot miss {G.the}.",
            "Ring the bell twice and ask for {A}.",
            "From {F.the_bare}, the whole way takes {num:5-50} minutes.",
            "Between {G.the_bare} and {the:building} there is a place to sit and eat.",
        ),
        **slots,
    )

"""Timetables, tables and instructions in steps."""

from tinyworld.text.kinds.props import draw_noun, thing
from tinyworld.text.lexicon import NOUNS, Phrase, names, tagged
from tinyworld.text.people import DAYS, TOWNS, WOMEN, cast
from tinyworld.text.writer import TextWriter


def _clock(minutes: int) -> str:
    return f"{minutes // 60 % 24}:{minutes % 60:02d}"


RIDES = [n for n in NOUNS["vehicle"] if n.word in ("train", "bus", "tram", "ferry", "boat")]
RIDE_NOTES = (
    "Does not run on {day}.",
    "Every {#2-6} hours.",
    "Change at {t} for {u}.",
    "{ns:pet} travel free.",
    "Not in {n:weather}.",
)
PLANS = (
    ": {n:subject}",
    ": {n:subject} with {a:job}",
    ": lunch ({n:dish})",
    ": {ing:wash} {the:room}",
    ": walk with {the:pet}",
    ": {n:sport} near {the:townplace}",
    ": call {the:kin}",
    ": {ing:make} {a:toy,furniture}",
    ": free time",
)


def timetable(w: TextWriter) -> None:
    """Write stops and times that only go forward, or a day's plan hour by hour."""
    if w.chance(0.5):
        _stops(w)
    else:
        _plan_of_day(w)


def _stops(w: TextWriter) -> None:
    stops = w.sample(names.TOWNS, w.between(4, 7))
    at, gap = w.between(60, 200) * 5, w.pick((5, 10, 15, 20))
    vehicle = w.pick(RIDES)
    w.heading(
        ("{v.n} {#1-99} from {f} to {t}", "Timetable: {f} to {t}, {day}", "{v.ns} to {t}"),
        v=vehicle,
        f=stops[0],
        t=stops[-1],
        day=w.pick(DAYS),
    )
    for i, stop in enumerate(stops):
        if i:
            w.line()
        start = w.pos
        w.phrase(tagged(_clock(at), "pos:num", "entity:time"))
        w.add(" ")
        w.phrase(tagged(stop, "pos:name", "entity:place"))
        w.mark(start, f"list_item:{i + 1}")
        at += gap + w.between(0, 4) * 5
    if w.chance(0.5):
        w.line()
        w.say(RIDE_NOTES, day=w.pick(DAYS), t=stops[-1], u=w.pick(TOWNS))


def _plan_of_day(w: TextWriter) -> None:
    a = cast(w.rng, 1)[0]
    w.heading(
        ("{A.s} {day}", "Plan for {day}", "Timetable for the {job}", "School, {day}"),
        A=a,
        day=w.pick(DAYS),
        job=draw_noun(w.rng, "job"),
    )
    at = w.between(12, 18) * 30
    for i in range(w.between(4, 8)):
        if i:
            w.line()
        start = w.pos
        w.phrase(tagged(_clock(at), "pos:num", "entity:time"))
        w.add(PLANS)
        w.mark(start, f"list_item:{i + 1}")
        at += w.pick((30, 45, 60, 90))


def table(w: TextWriter) -> None:
    """Write a table with columns; a row of totals, where there is one, adds up."""
    goods = w.rng.random() < 0.5
    group = w.pick(("fruit", "vegetable", "farm", "tool", "toy", "flower", "clothing", "bird"))
    nouns = w.sample(NOUNS[group], w.between(3, 6))
    people = w.sample(WOMEN, 3) if not goods else []
    columns: tuple[str, ...]
    if goods:
        columns = w.pick(
            (("item", "number", "price"), ("thing", "count", "cost"), ("name", "stock", "price"))
        )
    else:
        columns = ("", *(p.plain for p in people))
    style = w.pick(("pipe", "pipe", "tab", "csv"))
    left, middle, right = {
        "pipe": ("| ", " | ", " |"),
        "tab": ("", "\t", ""),
        "csv": ("", ",", ""),
    }[style]

    def row(cells: list[Phrase], position: int) -> None:
        start = w.pos
        w.raw(left)
        for i, cell in enumerate(cells):
            w.raw(middle if i else "")
            w.phrase(cell)
        w.raw(right)
        w.mark(start, *((f"list_item:{position}",) if position else ("heading",)))

    row(
        [
            tagged(c, *(("pos:noun",) if goods and c else ("pos:name",) if c else ()))
            for c in columns
        ],
        0,
    )
    if style == "pipe":
        w.line()
        w.raw("|" + "---|" * len(columns))
    sums = [0] * (len(columns) - 1)
    for i, noun in enumerate(nouns):
        w.line()
        if goods:
            count, cost = w.between(1, 30), w.between(1, 50)
            cells = [noun.ns, tagged(str(count), "pos:num"), tagged(str(cost), "pos:num")]
            numbers = [count, cost]
        else:
            numbers = [w.between(0, 9) for _ in people]
            cells = [noun.ns, *(tagged(str(n), "pos:num") for n in numbers)]
        sums = [s + n for s, n in zip(sums, numbers, strict=True)]
        row(cells, i + 1)
    if w.chance(0.6):
        w.line()
        row(
            [tagged("total", "pos:noun"), *(tagged(str(n), "pos:num", "result") for n in sums)],
            len(nouns) + 1,
        )


TASKS = (
    (
        "clean {X.a_bare}",
        (
            "Fill {a:container} with warm water.",
            "Add {num:2-5} drops of lemon juice.",
            "Wipe {X.the} {adv:cookhow} with {a:clothing}.",
            "Rinse it and let it dry in {the:room}.",
            "Do not use {n:spice}: it scratches.",
        ),
    ),
    (
        "mend {X.a_bare}",
        (
            "Lay {X.the_bare} on {the:furniture}.",
            "Look for the broken part with a torch.",
            "Take {a:tool} and loosen the screws.",
            "Put some {n:material} between the halves.",
            "Press {adv:cookhow} for {num:2-60} minutes.",
            "Test {X.the_bare} before you close it.",
        ),
    ),
    (
        "choose {X.a_bare}",
        (
            "Ask yourself what you need {X.the_bare} for.",
            "Compare at least {num:2-9} of them.",
            "Do not buy {X.the} just because everybody has one.",
            "Ask {a:job}, who knows about {n:material}.",
            "Wait {num:2-5} days, and then decide.",
        ),
    ),
    (
        "teach {p.a} to sit",
        (
            "Take {p.the} to a quiet {n:room}.",
            "Hold {a:sweet} in your hand.",
            "Say the word {adv:sayhow} and only once.",
            "Praise {p.the} as soon as it sits.",
            "Repeat this {num:3-9} times a day.",
            "Never shout; {p.ns} are {adj:character}.",
        ),
    ),
    (
        "grow {f.ns}",
        (
            "Choose a sunny place.",
            "Dig a hole as deep as your hand.",
            "Put {num:2-9} seeds in it and cover them.",
            "Water them every {day}.",
            "Keep {ns:insect} away with {n:spice}.",
            "After {num:2-12} weeks, the first {f.ns} appear.",
        ),
    ),
)


def howto(w: TextWriter) -> None:
    """Write instructions in numbered steps."""
    task, steps = w.pick(TASKS)
    slots = {
        "X": thing(w.rng, "kitchenware,device,furniture,instrument,vehicle"),
        "p": draw_noun(w.rng, "pet,farm"),
        "f": draw_noun(w.rng, "flower,vegetable"),
        "day": w.pick(DAYS),
    }
    w.heading(
        ("How to " + task, "How do I " + task + "?", "To " + task + " in a few steps"), **slots
    )
    if w.chance(0.5):
        w.say(
            (
                "You need {a:tool}, {a:household} and {n:quality}.",
                "It takes {num:5-90} minutes and costs almost nothing.",
                "{ns:job} do this every week.",
            )
        )
        w.line()
    marker = w.pick(("{i}. ", "Step {i}: ", "({i}) ", "{i}) "))
    for i, template in enumerate(steps[: w.between(3, len(steps))]):
        if i:
            w.line()
        w.raw(marker.replace("{i}", str(i + 1)))
        w.no_space()
        start = w.pos
        w.say(template, **slots)
        w.mark(start, f"list_item:{i + 1}")

"""Dialogue: two people, questions with answers that fit, and who said what."""

from tinyworld.text.people import DAYS, TOWNS, Person, clock, pair, price
from tinyworld.text.writer import TextWriter

SAID = (
    "said {A}",
    "{past:say} {A}",
    "{A} {past:say} {adv:sayhow}",
    "{A} answered",
    "said {A} {adv:sayhow}",
    "{A} said with {a+:noise}",
    "{A} {past:say}, looking at {the:furniture,device}",
)
ASKED = (
    "asked {A}",
    "{A} asked {adv:sayhow}",
    "{A} wanted to know",
    "{past:ask} {A}",
    "{A} asked, and put down {the:kitchenware,reading,tool}",
)
# Questions and the answers that fit them.
EXCHANGES: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...] = (
    (
        (
            "Have you seen my {n:clothing,treasure}",
            "Where did you put {the:tool,kitchenware}",
            "Do you know where {the:pet} is",
            "Where did I leave my {n:container,reading}",
            "Has anybody found {a+:treasure}",
        ),
        (
            "I have not seen it since {day}",
            "It is in {the:room}, under {the:furniture}",
            "No, but {the:job} may know",
            "Somewhere between {the:building} and {the:townplace}, I believe",
            "Look behind {the+:furniture}",
            "{the:kin} took it to {town}",
            "I saw it in {the:container} a moment ago",
        ),
    ),
    (
        (
            "Are you coming to {the:event} on {day}",
            "Is it true that you have bought {a:vehicle}",
            "Can you help me with {the+:furniture,machine}",
            "Shall I close {the:container}",
            "Did you [feed|see|hear] {the:pet,farm} this morning",
            "Do you remember {the+:building} in {town}",
            "May I borrow your {n:tool,instrument}",
            "Have you ever spoken to {a:job} about {n:subject}",
        ),
        (
            "Yes, of course, as soon as the {n:weather} stops",
            "I would rather not talk about it",
            "Not before {day}",
            "Certainly, if you give me {a:fruit,sweet}",
            "No, and I have told you so before",
            "Yes, and so has {the:kin}",
            "That depends on {the:weather}",
            "I think so, though I am not certain",
            "No, I was busy with {the+:machine}",
        ),
    ),
    (
        (
            "What shall we eat tonight",
            "What is in {the:kitchenware}",
            "What did you bring from the market",
            "What smells so good",
        ),
        (
            "There is {a+:dish} on the table",
            "Only {n:staple} and {n:vegetable} soup",
            "{a+:dish}, and {ns:sweet} afterwards",
            "Whatever {the:pet} has left us",
            "{num:2-9} {ns:vegetable} and some {n:staple}",
            "{ns:fruit}, as usual",
        ),
    ),
    (
        (
            "What time does {the:event} begin",
            "When will {the:job} come",
            "When did you last see {the:kin}",
            "How long must we wait",
        ),
        (
            "At {time}, if nothing goes wrong",
            "Not before {day}",
            "Ask {the:job}; nobody tells me anything",
            "In {num:2-9} hours, I suppose",
            "On {day}, unless the {n:weather} gets worse",
            "It was {day}, and it was {adj:weatherday}",
        ),
    ),
    (
        (
            "How many {ns:fruit,sweet} are left",
            "How many {ns:furniture,container} do we need",
            "How many {ns:bird,farm} did you see",
        ),
        (
            "{num:2-12}, I think, but count again",
            "None at all",
            "More than {num:20-90}",
            "Not even {num:2-9}",
            "That is a question for {the:job}",
        ),
    ),
    (
        (
            "How much does {the+:treasure,furniture} cost",
            "How much did you pay for {the:vehicle,clothing}",
        ),
        (
            "Too much for us, I am afraid",
            "Only {money}",
            "{money}, and not a penny less",
            "Less than you would believe",
            "{the:kin} paid for it",
        ),
    ),
    (
        (
            "Why is there {a:wild,farm} in {the:room}",
            "Who left {the:vehicle} in front of {the:building}",
            "Who painted {the:furniture} {adj:colour}",
            "Why are you so {adj:mood} today",
            "Who told {the:job} about {the:idea}",
        ),
        (
            "It was {the:kin}, who else",
            "Because {the:job} was in a hurry",
            "I did, and I would do it again",
            "I have no idea, and I do not want to know",
            "You had better ask {the:kin}",
            "Because nobody ever listens to me",
            "It must have been {the:person} from {town}",
        ),
    ),
)
REMARKS = (
    "I have been {adj:mood} all day",
    "{the:job} says that we need a new {n:furniture,machine}",
    "My {n:kin} never liked {ns:vegetable,insect}",
    "You could have told me before {day}",
    "There was {a+:bird} on the roof again",
    "It smells of {n:spice} in here",
    "We should paint {the:room} {adj:colour}",
    "One day I shall live by {the:outdoors} and keep {ns:farm,pet}",
    "The price of {n:staple,spice} has gone up",
    "I dreamed that I was {a:creature,wild}",
    "That was {the:noise} of {the:machine}, nothing more",
    "I would not [trust|believe] {a:job} who wears {a+:clothing}",
)
BEATS = (
    "{A} {past:feelverb}.",
    "For a while, neither of them spoke.",
    "{B} {past:look} out of the window.",
    "{A} poured some {n:drink}.",
    "{the:device} on {the:furniture} began to ring.",
    "Somewhere {a:pet} made {a:noise}.",
    "{B} drew something in {B.his} notebook.",
    "{A} took {a:fruit} from the bowl.",
)


def _line(w: TextWriter, a: Person, c: Person, text: str, question: bool, day: object) -> None:
    slots = {
        "A": a,
        "B": c,
        "day": day,
        "town": w.pick(TOWNS),
        "time": clock(w.rng),
        "money": price(w.between(2, 90), 50),
    }
    style = w.rng.random()
    by = w.pick(ASKED if question else SAID)
    mark = "?" if question else "."
    if style < 0.45:
        w.say('"' + text + ("?" if question else ",") + '" ' + by + ".", **slots)
    elif style < 0.65:
        w.say('"' + text + mark + '"', **slots)
    elif style < 0.85:
        tail = "?" if question else ","
        w.say('"' + text + tail + '" ' + by + '. "' + w.pick(REMARKS) + '."', **slots)
    else:
        w.say(
            f"{{A}} [turned|looked up] and {'asked' if question else 'said'}, "
            + '"'
            + text
            + mark
            + '"',
            **slots,
        )


def dialogue(w: TextWriter) -> None:
    """Write a talk of two; each line is in quotation marks and says or shows who speaks."""
    a, c = pair(w.rng)
    day, own_line = w.pick(DAYS), w.chance(0.6)
    slots = {"A": a, "B": c, "day": day, "town": w.pick(TOWNS)}
    w.say(
        (
            "{A} and {B} were sitting in {the+:room}.",
            "{A} found {B} in {the:room} with {a:tool,instrument}.",
            "{B} opened the door, and {A} came in with {a+:container}.",
            "On {day}, {A} and {B} met at {the:townplace} in {town}.",
        ),
        **slots,
    )
    speaker, other = a, c
    for _ in range(w.between(2, 4)):
        if own_line:
            w.line()
        questions, answers = w.pick(EXCHANGES)
        _line(w, speaker, other, w.pick(questions), True, day)
        if own_line:
            w.line()
        _line(w, other, speaker, w.pick(answers), False, day)
        if w.chance(0.35):
            w.say(BEATS, **slots)
        if w.chance(0.4):
            if own_line:
                w.line()
            _line(w, speaker, other, w.pick(REMARKS), False, day)
        if w.chance(0.5):
            speaker, other = other, speaker

"""Requests, polite or not, and arguments for and against."""

from tinyworld.text.people import DAYS, TOWNS, cast
from tinyworld.text.writer import TextWriter

REQUESTS = (
    "[Excuse me|Pardon me], [could|would] you [please|kindly] {do}?",
    "Would you be so kind as to {do}?",
    "May I ask you a favour? Could you {do}?",
    "If it is not too much trouble, please {do}.",
    "I would be [very|so] grateful if you could {do}.",
    "Please {do} before {day}.",
    "{do}, please.",
    "Hey, {do}, and be quick about it!",
    "{do} now, I have no time to wait!",
)
DEEDS = (
    "open {the:container}",
    "lend me {a+:tool,vehicle}",
    "show me the way to {the:building}",
    "pass me {the:spice}",
    "turn off {the:device}",
    "move {the+:furniture} to {the:room}",
    "keep an eye on my {n:container}",
    "read me {the:reading}",
    "bring {num:2-9} {ns:fruit,vegetable}",
    "tell {the:job} that I am here",
    "wait for me at {the:townplace}",
    "mend {the+:clothing}",
    "teach me to play {the:instrument}",
    "help me find my {n:pet}",
    "play {the:instrument} more quietly",
    "water {the:flower} in {the:room}",
    "take this {n:reading} to {the:job}",
)
ACCEPTING = (
    "Of course, with pleasure.",
    "Certainly, {A}. I will do it at once.",
    "Gladly! It is no trouble at all.",
    "I will, as soon as I have finished my {n:drink}.",
    "By all means; just give me {num:2-30} minutes.",
    "For you, {A}, always.",
)
REFUSING = (
    "I am afraid that I cannot, because {the:job} needs me.",
    "Sorry, not today.",
    "I would like to, but {the+:device,tool} is broken.",
    "Forgive me, {A}, but I am on my way to {the:event}.",
    "Perhaps on {day}, but not now.",
)
THANKS = (
    "Thank you, {B}.",
    "That is very kind of you.",
    "I owe you {a:sweet}.",
    "Thank you, and sorry to disturb you.",
    "Many thanks! You are the best {n:job} in town.",
)
REGRETS = (
    "Never mind.",
    "Thanks all the same.",
    "I understand.",
    "What a pity. I will ask {the:job}.",
    "Then perhaps another time.",
)
REBUKES = (
    "You might at least say please.",
    "Ask nicely, and I will think about it.",
    "Is that how you speak to {a:job}?",
    "No. Learn some manners first.",
)
SULKS = (
    "All right, please.",
    "I am sorry. I was in a hurry.",
    "Then I will do it myself!",
    "Please, then, {B}, dear {B}.",
)


def request(w: TextWriter) -> None:
    """Write requests, polite or not, each answered in kind."""
    for i in range(w.between(1, 3)):
        if i:
            w.line(blank=True)
        a, c = cast(w.rng, 2)
        slots = {"A": a, "B": c, "day": w.pick(DAYS)}
        number = int(w.rng.random() * len(REQUESTS))
        rude, granted = number >= len(REQUESTS) - 2, w.chance(0.6)
        _turn(w, "{A}: ", (REQUESTS[number].replace("{do}", w.pick(DEEDS)),), not rude, slots)
        w.line()
        if rude:
            _turn(w, "{B}: ", REBUKES, False, slots)
            w.line()
            _turn(w, "{A}: ", SULKS, False, slots)
            continue
        _turn(w, "{B}: ", ACCEPTING if granted else REFUSING, True, slots)
        w.line()
        _turn(w, "{A}: ", THANKS if granted else REGRETS, True, slots)


def _turn(
    w: TextWriter, name: str, lines: tuple[str, ...], polite: bool, slots: dict[str, object]
) -> None:
    w.add(name, **slots)
    w.no_space()
    start = w.pos
    w.say(lines, **slots)
    if polite:
        w.mark(start, "polite")


CLAIMS = (
    "Every {n:building} should have {a:outdoors,room}.",
    "Children should learn {n:subject} before {n:subject}.",
    "{ns:vehicle} should be forbidden in {town}.",
    "{ns:pet} are better company than {ns:pet}.",
    "Nobody needs more than {num:2-9} {ns:clothing}.",
    "It is better to travel by {n:vehicle} than by {n:vehicle}.",
    "{n:subject} is more useful than {n:subject}.",
    "The {n:building} in {town} should be open at night.",
    "People ought to eat fewer {ns:sweet} and more {ns:vegetable}.",
    "{ns:job} should earn as much as {ns:job}.",
)
FOR = (
    "it saves [time|money|trouble]",
    "it would make people {adj:goodmood}",
    "{ns:job} have always said so",
    "it costs [little|nothing]",
    "we tried it in {town}, and it worked",
    "{n:quality} matters more than {n:quality}",
    "our {ns:kin} lived that way and were content",
    "even {a:wild,farm} would see the sense in it",
)
AGAINST = (
    "nobody has asked {the:job}",
    "it would be too expensive",
    "it leads to {n:feeling}",
    "most people are too {adj:character} for it",
    "it was tried in {town} and failed",
    "there are not enough {ns:tool}",
    "{n:weather} would ruin everything",
    "what suits {a:job} does not suit {a:job}",
    "habits are hard to change",
)


def argument(w: TextWriter) -> None:
    """Write a claim, reasons for it, reasons against it, and a verdict."""
    slots = {"town": w.pick(TOWNS)}
    w.heading(w.pick(CLAIMS), **slots)
    pro, con = w.sample(FOR, 3), w.sample(AGAINST, 3)
    start = w.pos
    w.say(("There is much to be said for this.", "I agree, and for good reasons.", "Some say yes."))
    w.say(
        (
            "First, " + pro[0] + ".",
            "To begin with, " + pro[0] + ".",
            "For one thing, " + pro[0] + ".",
        ),
        **slots,
    )
    w.say(
        ("Second, " + pro[1] + ".", "What is more, " + pro[1] + ".", "Besides, " + pro[1] + "."),
        **slots,
    )
    if w.chance(0.4):
        w.say(("Third, " + pro[2] + ".", "Finally, " + pro[2] + "."), **slots)
    w.mark(start, "sentiment:positive")
    if w.chance(0.5):
        w.line()
    start = w.pos
    w.say(
        (
            "On the other hand, " + con[0] + ".",
            "However, " + con[0] + ".",
            "Against this, one may say that " + con[0] + ".",
        ),
        **slots,
    )
    w.say(("Moreover, " + con[1] + ".", "Also, " + con[1] + "."), **slots)
    w.mark(start, "sentiment:negative")
    w.say(
        (
            "Therefore, " + pro[0] + ", but " + con[0] + ".",
            "All in all, I am for it.",
            "All in all, I am against it.",
            "So the answer is yes, if {the:job} agrees.",
            "So the answer is no, at least for now.",
            "Each of us must decide alone.",
            "Let the reader be the judge.",
        ),
        **slots,
    )

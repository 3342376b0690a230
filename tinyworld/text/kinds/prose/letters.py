"""Letters, interviews and diaries."""

from tinyworld.text.kinds.props import draw_noun
from tinyworld.text.people import DAYS, TOWNS, cast, date, price
from tinyworld.text.writer import TextWriter

NEWS = (
    "[Here|In {town}] the {n:weather} has not stopped for {num:2-9} days.",
    "Your {n:kin} came to see us on {day} and brought {a+:dish}.",
    "{the:pet} is well and sends you {a:noise}.",
    "I am learning to play {the:instrument}, to the sorrow of our neighbours.",
    "We have painted {the:room} {adj:colour}, and I am not sure that I like it.",
    "Last week I went to {a+:event} and talked to {a:job} about {n:subject}.",
    "{the:vehicle} broke down again, so I walk to {the:building} every morning.",
    "The {ns:flower} you planted are in bloom.",
    "Do you still have {the+:treasure} that I gave you?",
    "I think of the days we spent by {the:outdoors} more often than you would guess.",
    "Please tell your {n:kin} that {the:reading} arrived safely.",
    "Nothing much happens here, except that {the:job} has married {the:job}.",
    "I have been {adj:mood} since you left, but {n:drink} helps.",
    "You asked about {the:machine}: it works, but it makes {a+:noise}.",
)
CLOSINGS = (
    "With love,",
    "Yours,",
    "Best wishes,",
    "Write soon!",
    "Kind regards,",
    "Your old friend,",
    "Warm greetings from all of us,",
    "Yours sincerely,",
    "Until {day},",
)


def letter(w: TextWriter) -> None:
    """Write a letter with a date, a greeting, news and a name at the end."""
    a, c = cast(w.rng, 2)
    slots = {"A": a, "B": c, "day": w.pick(DAYS), "town": w.pick(TOWNS)}
    w.add("{town}, ", **slots)
    w.phrase(date(w.rng))
    w.line(blank=True)
    w.say("[Dear|My dear|Dearest] {B},", **slots)
    w.line(blank=True)
    w.say(
        (
            "[Thank you|Many thanks] for your letter, which came on {day}.",
            "I am sorry that I have not written for so long.",
            "It was good to hear that you are {adj:goodmood} in your new {n:building}.",
            "I hope this finds you well and not too {adj:badmood}.",
            "You will laugh when you read what happened here on {day}.",
        ),
        **slots,
    )
    for template in w.sample(NEWS, w.between(2, 5)):
        w.say(template, **slots)
    w.line(blank=True)
    w.say(CLOSINGS, **slots)
    w.line()
    w.add("{A}", **slots)


def interview(w: TextWriter) -> None:
    """Write questions and answers under two names, about one job and one place."""
    a, c = cast(w.rng, 2)
    job, place = draw_noun(w.rng, "job"), draw_noun(w.rng, "building,outdoors")
    slots = {"A": a, "B": c, "job": job, "place": place, "town": w.pick(TOWNS), "day": w.pick(DAYS)}
    w.say("{A} talks to {B}, {job.a} [from|in] {town}.", **slots)
    pairs = w.sample(
        (
            ("How did you become {job.a}?", "My {n:kin} was {job.a}, and so was {a:kin} of mine."),
            (
                "What do you do on a normal {day}?",
                "I get up at {num:4-9}, feed {the:pet}, and go to {the:building}.",
            ),
            ("What is the hardest part?", "{the:weather}. {job.a} cannot work in {n:weather}."),
            ("And the best part?", "When {a:person} thanks me, or when the day is over."),
            (
                "Which tool could you not do without?",
                "My {n:tool,device}. I have had it for {num:2-40} years.",
            ),
            (
                "What would you tell a young person?",
                "Be {adj:character}, and never trust {a+:machine}.",
            ),
            (
                "Where do you go when you want {n:quality}?",
                "To {place.the}, with {a:reading} and some {n:drink}.",
            ),
            (
                "Is it true that you once met {a:creature,wild}?",
                "Yes, near {place.the}. It was {adj:mood}, and so was I.",
            ),
        ),
        w.between(3, 5),
    )
    for question, answer in pairs:
        w.line()
        w.add("{A}: ", **slots)
        w.no_space()
        w.say(question, **slots)
        w.line()
        w.add("{B}: ", **slots)
        w.no_space()
        w.say(answer, **slots)


DIARY = (
    "Woke up at {num:5-10} and could not sleep again because of {the:bird,noise}.",
    "Had {n:drink} and {a:fruit} for breakfast.",
    "It was {adj:weatherday} all day, so I stayed in {the:room} and read {a+:reading}.",
    "Met {A} at {the:townplace}; {A.he} was {adj:mood} and talked of nothing but {A.his} {n:kin}.",
    "Bought {a:clothing} for {money}, though I did not need it.",
    "Spent {num:2-6} hours looking for {the:household,office} and found {the:treasure} instead.",
    "{A} wants me to teach {A.him} {n:subject}, and I did not know how to refuse.",
    "Wrote a letter to my {n:kin}, then tore it up.",
    "Tomorrow I must not forget {the:event}.",
    "Dreamed of {a+:creature,wild} that could speak.",
    "Ate too many {ns:sweet}; felt {adj:badmood} until evening.",
    "Heard that {the:job} is leaving {town}. Nobody knows why.",
    "Mended {the+:furniture}. It looks worse than before.",
    "Saw {num:2-30} {ns:bird} fly over {the:outdoors}, going south.",
)


def diary(w: TextWriter) -> None:
    """Write a few days of a diary in clipped sentences."""
    slots = {"A": cast(w.rng, 1)[0], "town": w.pick(TOWNS)}
    first, deck = w.between(0, 6), w.sample(DIARY, len(DIARY))
    for i in range(w.between(1, 3)):
        if i:
            w.line()
        w.phrase(DAYS[(first + i) % 7])
        w.add(". ")
        w.no_space()
        for _ in range(w.between(2, 4)):
            template = deck.pop()
            w.say(template, money=price(w.between(1, 40), 5 * w.between(0, 19)), **slots)

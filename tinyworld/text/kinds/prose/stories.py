"""Stories: one about a belonging, one about a visit, one about a journey, and a fable."""

from tinyworld.text.inflect import ordinal_word
from tinyworld.text.kinds.props import thing, word
from tinyworld.text.lexicon import NOUNS
from tinyworld.text.people import ANIMALS, DAYS, MONTHS, TOWNS, PersonGroup, pair, person
from tinyworld.text.writer import TextWriter

SETTINGS = (
    "It was {aadj:weatherday} {t} in {town}.",
    "One {t}, {A} was sitting in {the:room} of {A.his} {n+:building}.",
    "On the edge of {town} there [stood|was] {a+:building}.",
    "Long before {the:building} was built, {A} lived by {the+:outdoors}.",
    "The {t} began like any other in {town}.",
    "Nobody in {town} [knew|remembered] {A} as well as {B}.",
    "{A} and {B} had been [friends|neighbours] for {num:2-30} years.",
    "Every {t}, {A} [went|walked] to {the:townplace} in {town}.",
    "There was once {a:job} called {A}, who lived near {a+:outdoors}.",
    "{A} was {aadj:character} {A.girl} of {num:7-14}, and {A.he} loved {n:feeling,quality} and "
    "{ns:sweet}.",
    "In those days {A} worked as {a:job} in {town}.",
    "Everybody said that {A} was [the most {adj:character}|a very {adj:character}] {A.woman} in "
    "{town}.",
)
OWNING = (
    "{A} had {X.a} that had belonged to {A.his} {n:kin}.",
    "{A.his} {n:kin} had given {A.him} {X.a}, and {A} never left the house without it.",
    "Of all {A.his} things, {A} loved {X.a} the most.",
    "For {A.his} birthday, {A} had been given {X.a}.",
    "{A} always carried {X.a} in {A.his} {n:container}.",
    "Years ago, {A} had bought {X.a} at {a:event} in {town2}.",
    "The only thing {A} owned was {X.a}, wrapped in {a+:clothing}.",
    "{A} kept {X.a} in {a:container} under the bed.",
)
LOSING = (
    "One {t2}, {X.the} was gone.",
    "But on {day} {A.he} put {A.his} hand into {the:container}, and {X.the} was not there.",
    "Then, on the way to {the:building}, {A} [lost|dropped] it without noticing.",
    "When {A.he} came home from {the:townplace}, {A} could not find it anywhere.",
    "Somewhere between {the:building} and {the:outdoors}, {X.the_bare} disappeared.",
    "That night a [thief|stranger] broke a window and took {X.the}.",
    "{A} lent it to {a:person}, who forgot to bring it back.",
)
SEARCHING = (
    "{A} looked under {the:furniture}, behind {the:furniture} and even in {the:container}.",
    "{A.he} [searched|turned out] every {n:container} in {the:room}.",
    "{A.he} asked {the:job}, {the:job} and {a+:job}, but [nobody|not one of them] had seen it.",
    "With {a:device} in {A.his} hand, {A} went back along {the:townplace}.",
    "{A.he} walked {adv:manner} from {the:building} to {the:building} and [found nothing|came "
    "back with empty hands].",
    "All that [day|week], {A} could think of nothing else.",
    "{A} wrote a notice and [hung|pinned] it on the door of {the:building}.",
    "The [whole|entire] {t2} went by, and {A} was [still looking|no wiser].",
)
FILLER = (
    "Outside, {the:sky,weather} [went on|did not stop|grew stronger].",
    "Somewhere, {a:farm,pet,bird} made {a+:noise}.",
    "From {the:room} came the smell of {ns:dish,sweet}.",
    "{a:wild,bird,insect} [crossed the road|watched from {a:tree}|slipped into the grass].",
    "The {n:townplace} was [full of|crowded with] {ns:person}, and {a:job} was selling "
    "{ns:fruit,flower}.",
    "It smelled of {n:spice} and {n:drink}.",
    "Two {ns:job} were arguing about {the+:idea}.",
    "{the:bird} on the roof [began to sing|flew away].",
    "[Far away|Not far off|Down the road], {a:instrument} was playing.",
    "The light was [fading|growing], and {the:tree} threw {a+:shape} of shadow on the wall.",
    "{a:vehicle} [rattled|rolled|went] past, loaded with {ns:vegetable,fruit}.",
    "{adj:colour} {ns:flower} grew along the wall.",
    "In {the:outdoors}, {ns:insect,bird} were {ing:animalverb}.",
    "The [church|school] clock struck {num:2-11}.",
    "There was {a:reading} on the [table|desk|bench|chair], open at page {#3-240}.",
)
MEETING = (
    "On {day}, {A.he} met {B} near {the+:townplace,outdoors}.",
    "That was when {B} knocked at the door.",
    "{B}, {a+:job}, [saw|noticed] that {A} was {adj:badmood}.",
    "{A.he} told {A.his} friend {B} [all about it|the whole story].",
    "{B} had heard {the:noise} and came {adv:manner} down from {the:room}.",
)
COUNSEL = (
    "Think of the last place where you were happy.",
    "What is lost in {the:weather} is found in {the:weather}.",
    "Have you looked in {the:container} by the door?",
    "Let us ask {the:job}, who sees everything.",
    "My {n:kin} once lost {a:treasure} and found it in {a:sweet}.",
    "Things come back when you stop looking for them.",
    "Do not be {adj:badmood}; we will look together.",
    "{a:bird} may have taken it; they like whatever shines.",
    "Wait until {day}, and then look again with fresh eyes.",
    "Nobody has ever lost anything in {town} for good.",
)
FINDING = (
    "In the end it was {B} who found {X.the} in {a+:container}, under {a:household}.",
    "And there it was, beneath {the+:furniture}: {X.the}.",
    "It was {a:pet,farm} that found {X.the} at last, in the middle of {the:outdoors}.",
    "The next {t2}, {a+:person} stood at the door with {X.the} in [one|an open] hand.",
    "When {A} opened {the:container} to take out {A.his} {n:clothing}, {X.the} fell on the floor.",
    "Weeks later, {the:job} dug up {X.the} beside {the:tree}.",
    "{X.the} had been in {the:container} [all the time|from the beginning].",
)
ENDINGS = (
    '"You [see|know]," said {B}, "~nothing is ever quite lost." {A} only smiled and closed '
    "{A.his} hand around {X.the_bare}.",
    "{A} [thanked|hugged] {B} and gave {B.him} {a+:sweet,fruit}.",
    "From that day on, {A} wore {X.the} on {a:household} around {A.his} neck.",
    "{A} was so {adj:goodmood} that {A.he} [danced|sang] all the way to {the:building}.",
    "After that, {A} and {B} met every {day} and talked about [it|{ns:idea}].",
    "{A} kept the {X.bare} for the rest of {A.his} life.",
    "As for {B}, {B.he} got {a:sweet} and a place in this story.",
    "{A} gave {X.the} to {B}, because {n:quality} is worth more than {n:material}.",
    "And {A} promised {A.himself} never to let {X.the_bare} out of {A.his} sight again.",
)
DIGRESSIONS = (
    "({B} was {a:job}, although {B.he} had once been {a:job}; that was long before {the:event}, "
    "when {the:building} still had a roof and {the:outdoors} was full of {ns:bird}.)",
    "(This was the year of {the+:sky}, when {ns:farm} walked through {the:townplace} and even "
    "{the:job} carried {a:household}, which nobody in {town} has forgotten.)",
    "(It must be said that {A} had never liked {ns:vegetable}, that {A.he} was afraid of "
    "{ns:insect}, and that {A.his} {n:kin} had always warned {A.him} about {n:feeling}.)",
)


def _slots(w: TextWriter) -> dict[str, object]:
    a, c = pair(w.rng)
    return {
        "A": a,
        "B": c,
        "AB": PersonGroup(a, c),
        "t": word(w.pick(("morning", "afternoon", "evening", "night")), "noun"),
        "t2": word(w.pick(("morning", "afternoon", "evening")), "noun"),
        "town": w.pick(TOWNS),
        "town2": w.pick(TOWNS),
        "day": w.pick(DAYS),
        "deck": w.sample(FILLER, len(FILLER)),
    }


def _fill(w: TextWriter, low: int, high: int, slots: dict[str, object]) -> None:
    deck = slots["deck"]
    for _ in range(w.between(low, high)):
        w.say(deck.pop(), **slots)  # type: ignore[attr-defined]


def _quoted_advice(w: TextWriter, slots: dict[str, object]) -> None:
    """Let B speak; the quotation may run over several sentences before it closes."""
    start = w.pick(
        (
            "{B} {past:say}:",
            "{B} {past:look} at {A.him} and {past:say}:",
            "{B} {past:say} {adv:sayhow}:",
        )
    )
    counsel = w.sample(COUNSEL, w.between(1, 4))
    if len(counsel) == 1 and w.chance(0.6):
        ending = w.pick((" {past:say} {B}.", " {B} {past:say} {adv:sayhow}.", " was all {B} said."))
        w.say(
            '"' + counsel[0][:-1] + ("?" if counsel[0][-1] == "?" else ",") + '"' + ending, **slots
        )
        return
    w.say(start, **slots)
    w.say('"' + counsel[0], **slots)
    for line in counsel[1:]:
        w.say(line, **slots)
    w.close_quote()


def belonging(w: TextWriter) -> None:
    """Write of a thing owned, lost, searched for and found; it stays the same thing throughout."""
    slots = _slots(w)
    slots["X"] = thing(w.rng, "treasure", "belonging")
    w.say(SETTINGS, **slots)
    if w.chance(0.5):
        _fill(w, 1, 2, slots)
    w.say(OWNING, **slots)
    if w.chance(0.3):
        w.say(DIGRESSIONS, **slots)
    w.say(LOSING, **slots)
    for template in w.sample(SEARCHING, w.between(1, 3)):
        w.say(template, **slots)
    _fill(w, 1, 3, slots)
    if w.chance(0.5):
        w.line(blank=w.chance(0.7))
    w.say(MEETING, **slots)
    _quoted_advice(w, slots)
    _fill(w, 0, 2, slots)
    w.say(FINDING, **slots)
    w.say(ENDINGS, **slots)


VISITS = (
    "On {day}, {A} visited {A.his} {n:kin} in {town2}.",
    "{A} had not seen {B} since {the:event} in {town2}.",
    "{B} invited {A} to {a+:event} at {the:building}.",
    "{A} came to {town} to [learn|study|teach] {n:subject}.",
    "It was {the:event} that brought {A} and {B} together.",
)
DOINGS = (
    "{A} {past:make} {a+:furniture,toy} for {B}, who gave {A.him} {a:reading} in return.",
    "Together {AB.they} {past:cookverb} {ns:vegetable} and ate {a+:dish} in {the:room}.",
    "{B} played {the:instrument} while {A} {past:feelverb} in the corner.",
    "{AB.they} [talked|argued] about {n:subject} until {the:bird} began to sing.",
    "{A} showed {B} {A.his} collection of {ns:treasure,insect}.",
    "{B} told {A} that {B.he} wanted to become {a:job}.",
    "In {the:room}, {A} found {a+:reading} with {B.s} name in it.",
    "{A.he} wore {a+:clothing}, and {B} could not stop looking at it.",
    "{B} taught {A} how to [play {the:instrument}|ride {a:farm}|bake {a:sweet}|mend "
    "{a:furniture}].",
    "{AB.they} walked as far as {the:outdoors}, where {ns:wild,bird} live.",
    "{A} gave {B} {num:2-12} {ns:fruit,sweet,flower}, and {B.he} thanked {A.him} {adv:sayhow}.",
    "At {num:2-11} o'clock {AB.they} drank {n:drink} and ate {ns:sweet}.",
    "{B} was {adj:mood}, and {A} could see it in {B.his} eyes.",
    "{A} asked {B.him} about {B.his} {n:kin}, and {B} told {A.him} everything.",
)
PARTINGS = (
    "When it was time to go, {B} gave {A} {a+:treasure} [to remember {B.him} by|and asked "
    "{A.him} to come again].",
    "{AB.they} promised to write to each other, and they did.",
    "{A} went home {adv:manner}, tired but {adj:goodmood}.",
    "That {t2}, {A} wrote in {A.his} diary that {B} was [the most {adj:character} person|the "
    "only real friend] {A.he} knew.",
    "Neither of them ever spoke of {the:idea} again.",
)


def visit(w: TextWriter) -> None:
    """Write of two people who spend a day together; the pronouns keep them apart."""
    slots = _slots(w)
    w.say(VISITS, **slots)
    doings = w.sample(DOINGS, w.between(3, 6))
    for i, template in enumerate(doings):
        w.say(template, **slots)
        if i % 2 and w.chance(0.6):
            _fill(w, 1, 1, slots)
    if w.chance(0.4):
        _quoted_advice(w, slots)
    w.say(PARTINGS, **slots)


STAGES = (
    "On the {nth} day {A.he} came to {a+:outdoors}.",
    "{A.he} [crossed|reached|left] {the+:outdoors} by {n:vehicle}.",
    "The {n:vehicle} broke down near {town}, and {A} had to walk.",
    "At {the:building} {A.he} met {a+:job}, who gave {A.him} {n:staple} and {n:drink}.",
    "{a+:wild} followed {A.him} for {num:2-9} [hours|days|kilometres].",
    "{A.he} slept under {a:tree} and dreamed of {ns:sweet} and {ns:space}.",
    "{a:sky} tore {A.his} {n:clothing} and blew {A.his} {n:reading} into {the:outdoors}.",
    "In {town2}, {A.he} sold {A.his} {n:treasure} for {num:3-90} [coins|florins|crowns].",
    "Nobody there had ever seen {a:instrument,device}, so {A} built one.",
    "{A.he} counted {num:3-60} {ns:bird} and {num:3-60} {ns:sea,wild}.",
    "The road went through {a+:outdoors}, past {a:building} and over a bridge.",
)


def journey(w: TextWriter) -> None:
    """Write of a traveller who leaves with one thing in the bag and arrives with it."""
    slots = _slots(w)
    slots["X"] = thing(w.rng, "treasure,reading,instrument", "belonging")
    w.say(
        (
            "{A} left {town} with nothing but {X.a} and {a:container}.",
            "In {month}, {A} set out to bring {X.a} to {B}.",
            "{A} had promised {A.his} {n:kin} to carry {X.a} to {B} in {town2}.",
        ),
        month=w.pick(MONTHS),
        **slots,
    )
    for i, template in enumerate(w.sample(STAGES, w.between(3, 6))):
        w.say(template, nth=word(ordinal_word(i + 2), "adj"), **slots)
    w.say(
        (
            "At last {A.he} stood before {B} and laid {X.the} in {B.his} hands.",
            "When {A} arrived, {B} was waiting, and {X.the} was safe.",
            "{B} took {X.the} and {past:feelverb}.",
        ),
        **slots,
    )
    w.say(ENDINGS[1:2] + PARTINGS[:4], **slots)


FABLE_MORALS = (
    "{n:quality} is worth more than {n:quality}.",
    "The one who [laughs|waits|shares] last [laughs|eats|sleeps] best.",
    "A small friend is better than a big promise.",
    "Whoever wants everything gets nothing.",
    "It is easy to be brave behind a wall.",
    "Those who help are helped.",
    "Shared {n:feeling} is half {n:feeling}.",
    "Look before you leap, and think before you speak.",
)


def fable(w: TextWriter) -> None:
    """Write of two animals, a quarrel and a moral; the animals keep their names and pronouns."""
    p, q = w.sample(ANIMALS, 2)
    groups = ("wild", "bird", "farm", "pet")
    x, y = w.pick(NOUNS[w.pick(groups)]), w.pick(NOUNS[w.pick(groups)])
    food = w.pick(NOUNS[w.pick(("fruit", "vegetable", "sweet"))])
    s = {"P": p, "Q": q, "x": x, "y": y, "f": food, "human": person(w.rng)}
    w.say(
        (
            "{x.a} called {P} and {y.a} called {Q} lived [near|by] {the+:outdoors}.",
            "Once upon a time {x.a} by the name of {P} met {y.a} by the name of {Q}.",
            "{P} was {x.a}, and {Q} was {y.a}, and they were [enemies|friends|neighbours].",
        ),
        **s,
    )
    w.say(
        (
            "One day {P} found {f.a} under {a:tree} and would not share it.",
            "One hungry {day}, {Q} saw that {P} had {num:3-20} {f.ns} and asked for one.",
            "Both of them wanted the same {f.n}, which lay in the middle of {the:outdoors}.",
        ),
        day=w.pick(DAYS),
        **s,
    )
    w.say(
        (
            '"It is mine," said {P}, "~because I saw it first." "And I," said {Q}, "~smelled it '
            'first."',
            '"Give me half," said {Q}, "~and I will [carry|teach|guard] you." {P} only laughed.',
            '"I am {adj:character}," said {P}, "~and you are {adj:character}, so the {f.n} is '
            'for me."',
            '"Let us race to {the:outdoors}," said {Q}, "~and the winner may have the {f.n}."',
        ),
        **s,
    )
    for template in w.sample(
        (
            "Then came {a+:wild}, and {P} was {adj:badmood}.",
            "{Q} hid behind {the:tree} and waited.",
            "{P} ran {adv:manner} and fell into a ditch.",
            "While they were arguing, {human} came along and put the {f.n} into {human.his} "
            "[basket|bag|pocket].",
            "{the:sky} broke over them, and both were wet to the skin.",
            "{Q} pulled {P} out by {P.his} tail.",
            "It took them {num:2-9} days to see how [foolish|stubborn|greedy] they had been.",
        ),
        w.between(2, 4),
    ):
        w.say(template, **s)
    w.say(("Moral:", "The moral is this:", "So remember:", "What does this teach us?"))
    w.say(FABLE_MORALS, **s)

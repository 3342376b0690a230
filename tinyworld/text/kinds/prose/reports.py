"""Reports: weather, sports, product reviews and news briefs."""

from tinyworld.text.inflect import ordinal_digits
from tinyworld.text.kinds.props import draw_noun, thing, word
from tinyworld.text.lexicon import names, tagged
from tinyworld.text.lexicon.world import COUNTRIES
from tinyworld.text.people import DAYS, TOWNS, Person, cast, clock, date, pair, person, price
from tinyworld.text.writer import TextWriter

WEATHER = (
    "It will be {adj:weatherday} and {adj:weatherday} in the {side} of the country.",
    "{n+:weather} is expected [before noon|towards evening|by {time}].",
    "The temperature will [rise|climb|drop|fall] to {temp} degrees.",
    "A [gentle|fresh|strong|light] wind will blow from the {side}.",
    "Over {the:outdoors} there may be {a+:sky}.",
    "In {town}, it will stay {adj:weatherday} [all day|until {day}].",
    "Drivers should beware of {n:weather} on the road to {town2}.",
    "The {n:weather} will [clear|stop|return] [during the night|on {day}].",
    "Sunrise is at {sunrise}, sunset at {sunset}.",
    "{a+:clothing} will be useful.",
    "Farmers are hoping for {n:weather}; {ns:job} are not.",
    "The coast will be {adj:weatherday}, with waves of up to {num:2-7} metres.",
    "Nights are growing [longer|shorter|colder|warmer], and {ns:bird} are [leaving|returning].",
    "No {n:weather} is in sight, and the rivers are [low|high].",
    "The outlook for {day}: {adj:weatherday}, then {adj:weatherday}, with a chance of {n:weather}.",
)
SIDES = tuple(word(s, "noun") for s in ("north", "south", "east", "west"))


def weather(w: TextWriter) -> None:
    """Write a forecast for one place and day."""
    slots = {
        "town": w.pick(TOWNS),
        "town2": w.pick(TOWNS),
        "day": w.pick(DAYS),
        "side": w.pick(SIDES),
        "temp": w.between(-8, 36),
        "time": clock(w.rng),
        "sunrise": clock(w.rng, 5, 7),
        "sunset": clock(w.rng, 17, 20),
        "date": date(w.rng),
    }
    w.heading(
        (
            "Weather for {town}, {date}",
            "Forecast for {day}",
            "The weather in {town}",
            "Weather report, {date}",
        ),
        **slots,
    )
    for template in w.sample(WEATHER, w.between(3, 6)):
        w.say(template, **slots)


SPORT_EVENTS = (
    "{P} [scored|struck] in the {nth} minute after a long pass from {Q}.",
    "{P} hit the post, and the crowd {past:feelverb}.",
    "{Q}, who is only {#16-22}, [played|ran] as if {Q.he} had wings.",
    "The referee showed {P} a yellow card for an argument with {the:job}.",
    "{P} missed a penalty and hid {P.his} face in {P.his} shirt.",
    "At half-time the coach, {C}, promised {C.his} team {ns:sweet,dish}.",
    "{Q} was carried off with a hurt {n:bodypart}.",
    "{n+:weather} made the field slippery.",
    "{a:farm} ran across the field and held up play for {num:2-9} minutes.",
    "{P} [kept|lost] {P.his} nerve when it mattered.",
    "{the:job} in the front row sang from beginning to end.",
)


DRAWS = (
    "{T} and {O} drew {x}-{y} in {town} on {day}.",
    "There was no winner between {T} and {O}: it ended {x}-{y}.",
)
WINS = (
    "{T} {past:gamewin} {O} {x}-{y} on {day}.",
    "{O} lost {y}-{x} to {T} in front of {crowd} people.",
    "A good day for {sport} in {town}: {T} won {x}-{y} against {O}.",
    "{T} are through to the next round after {ing:gamewin} {O} {x}-{y}.",
)
COACH_WANTED = (
    '"We [wanted|needed] this," said {C}. "Now we shall rest, and on {day} we train again."'
)
COACH_ON_WIN = '"{sport} is a simple game," {C} {past:say}: "~you run, you kick, and then {T} win."'
COACH_ON_DRAW = '"A fair result," said {C}, "~although nobody is {adj:goodmood} with it."'
COACH_PRAISED = (
    "Asked about {P}, {C} {past:say} that {P.he} had the best {n:bodypart} in the country."
)
OUTLOOKS = (
    "{T} now have {#3-60} points, {O} {#3-60}.",
    "Next week {T} play at home.",
    "The return match is on {day}.",
    "{crowd} people had bought tickets.",
)


def sports(w: TextWriter) -> None:
    """Write of a match: two teams, a score that stays the same, and who did what."""
    home, away = w.sample(names.TOWNS, 2)
    first, second = w.sample(names.TEAMS, 2)
    high = w.between(1, 6)
    low = w.between(0, high - 1) if w.chance(0.8) else high
    p, q = pair(w.rng)
    slots = {
        "T": tagged(f"{home} {first}", "pos:name", "entity:team", "number:plural"),
        "O": tagged(f"{away} {second}", "pos:name", "entity:team", "number:plural"),
        "P": p,
        "Q": q,
        "C": cast(w.rng, 1)[0],
        "x": high,
        "y": low,
        "day": w.pick(DAYS),
        "town": tagged(home, "pos:name", "entity:place"),
        "nth": tagged(ordinal_digits(w.between(2, 88)), "pos:num"),
        "sport": draw_noun(w.rng, "sport"),
        "crowd": w.between(2, 90) * 100,
    }
    w.say(DRAWS if high == low else WINS, **slots)
    for template in w.sample(SPORT_EVENTS, w.between(2, 4)):
        w.say(template, **slots)
    if w.chance(0.6):
        on_result = COACH_ON_DRAW if high == low else COACH_ON_WIN
        w.say((COACH_WANTED, on_result, COACH_PRAISED), **slots)
    w.say(OUTLOOKS, **slots)


GOOD = (
    "It is {aadj:praise} {X.bare}, and I use it every day.",
    "I am [very|really] {adj:goodmood} with it.",
    "My {n:kin} loves it [too|as much as I do].",
    "The {n:material} feels {adj:praise}.",
    "It arrived in {num:2-4} days, packed with care.",
    "After {num:2-9} months it still looks like new.",
    "It does what it should, and it does it {adv:manner}.",
    "For {money}, nobody could ask for more.",
    "Even {the:pet} seems to approve.",
    "I have already ordered {num:2-4} more as presents.",
    "The [colour|shape|size] is exactly right.",
    "It was easy to [clean|set up|carry].",
)
BAD = (
    "It is {aadj:scorn} {X.bare}, and I want my money back.",
    "It broke after {num:2-9} days.",
    "The {n:material} feels {adj:scorn}.",
    "It arrived late, and the box was crushed.",
    "My {n:kin} [laughed at|complained about] it.",
    "It makes {a:noise} whenever I touch it.",
    "The seller never answered my letters.",
    "I would not give it to my worst enemy.",
    "For {money}, this is a bad joke.",
    "The instructions must have been written by {a:insect,wild}.",
    "It smells of old fish.",
    "Do not waste your time on it.",
)


BUT_GOOD = (
    "it was easy to [clean|set up|carry].",
    "the [colour|shape|size] is exactly right.",
    "my {n:kin} likes it.",
    "it arrived in {num:2-4} days, packed with care.",
    "it was not expensive.",
    "the instructions are clear.",
)
BUT_BAD = (
    "it arrived late, and the box was crushed.",
    "it smells of old fish.",
    "my {n:kin} laughed at it.",
    "it could be [smaller|larger|quieter].",
    "the seller never answered my letters.",
    "it was not cheap at {money}.",
    "it makes {a:noise} now and then.",
)


def review(w: TextWriter) -> None:
    """Write a product review: all praise, all complaint, or one side with a "but"."""
    good = w.chance(0.5)
    tag, other_tag = ("positive", "negative") if good else ("negative", "positive")
    x = thing(w.rng, "wares,device,kitchenware,toy,clothing")
    money = price(w.between(3, 199), w.pick((0, 50, 95, 99)))
    slots = {"X": x, "money": money, "day": w.pick(DAYS), "A": cast(w.rng, 1)[0]}
    stars = w.between(4, 5) if good else w.between(1, 2)
    w.heading(
        (
            "{s} out of 5 [stars|points]: {X.n}",
            "{X.n}, {s} of 5 stars",
            "Review: {X.n} ({s} stars)",
        ),
        s=stars,
        **slots,
    )
    w.say(
        (
            "I bought {X.a} [on {day}|last month|for my {n:kin}].",
            "We have had {X.the} for {num:2-12} weeks now.",
            "{X.the} was a gift from {A}.",
            "Having needed {X.a_bare} for years, I chose this one.",
        ),
        **slots,
    )
    main, side = (GOOD, BUT_BAD) if good else (BAD, BUT_GOOD)
    for template in w.sample(main, w.between(2, 4)):
        start = w.pos
        w.say(template, **slots)
        w.mark(start, f"sentiment:{tag}")
    if w.chance(0.3):
        start = w.pos
        w.say(
            w.pick(("To be fair, ", "On the other hand, ", "Still, ", "I must say that "))
            + w.pick(side),
            **slots,
        )
        w.mark(start, f"sentiment:{other_tag}")
    start = w.pos
    w.say(
        (
            "[Highly recommended|Warmly recommended]!",
            "Buy it; you will not regret it.",
            "Five people have asked me where I got it.",
            "I would buy it again tomorrow.",
            "Thank you, {A}, for the advice!",
        )
        if good
        else (
            "Stay away from it.",
            "Never again.",
            "I have sent it back.",
            "Save your money for something better.",
            "What a disappointment!",
        ),
        **slots,
    )
    w.mark(start, f"sentiment:{tag}")


NEWS_LEADS = (
    "{a+:building} in {town} was [closed|opened|sold] on {day}, [police|officials] said.",
    "{C} has [elected|chosen] {A}, {a+:job}, as the new mayor of {town}.",
    "{a+:sky} [damaged|destroyed] {num:3-90} houses near {town} on {day}.",
    "Scientists from {town} have discovered {a+:insect,sea,flower} that nobody had described "
    "before.",
    "Workers at the {n:building} in {town} [stopped work|went on strike] on {day}.",
    "{a:vehicle} [left the road|broke down|caught fire] near {town}; nobody was hurt.",
    "The price of {n:staple,material} in {C} rose by {#2-40} per cent [this month|last year].",
    "{A}, {a:job} from {town}, has won the great prize for {n:subject}.",
    "{num:12-90} {ns:farm} escaped from {a:building} in {town} and blocked the road for hours.",
    "The government of {C} will build {a+:townplace} between {town} and {town2}.",
)
NEWS_MORE = (
    '"{quote}" {A} told our newspaper.',
    '{A}, who lives nearby, {past:say}: "{full}"',
    "The cost is put at {#2-90} million [crowns|florins].",
    "Nobody knows yet [what caused it|who will pay for it|when it will end].",
    "It is the {nth} time this year that such a thing has happened.",
    "Traffic was [slow|stopped] until {time}.",
    "The mayor of {town2} sent help and {num:2-20} {ns:vehicle}.",
    "{ns:job} and {ns:job} came to see for themselves.",
    "A meeting has been called for {date2}.",
    "According to {the:job}, {the:weather} was to blame.",
    "People in {town} are {adj:mood}.",
    "{A.he} will speak about it on {day}.",
)
QUOTES = (
    "We have never seen anything like it",
    "I was asleep and heard {a+:noise}",
    "It will be better next year",
    "We ask everyone to stay calm",
    "{n:quality} comes first",
    "I have nothing more to say",
    "My {n:pet} saw it before I did",
    "This is a great day for {town}",
    "We shall rebuild the {n:building}",
)


def news(w: TextWriter) -> None:
    """Write a news brief with a dateline, a lead, a quotation and details."""
    country = w.pick(COUNTRIES)
    a: Person = person(w.rng, surname=True)
    a.default = a.full
    quote = w.pick(QUOTES)
    slots = {
        "A": a,
        "C": tagged(country.name, "pos:name", "entity:country"),
        "town": w.pick(TOWNS),
        "town2": w.pick(TOWNS),
        "day": w.pick(DAYS),
        "time": clock(w.rng),
        "date": date(w.rng),
        "date2": date(w.rng),
        "nth": tagged(ordinal_digits(w.between(2, 9)), "pos:num"),
    }
    w.raw(country.capital.upper(), "entity:place", "pos:name")
    w.add(", {date}.", **slots)
    w.say(NEWS_LEADS, **slots)
    mentioned = False
    for template in w.sample(NEWS_MORE[2:], w.between(2, 4)):
        if "{A.he}" in template and not mentioned:
            template = NEWS_MORE[0]
        if "{quote}" in template:
            template, mentioned = template.replace("{quote}", quote + ","), True
        w.say(template, **slots)
    if not mentioned:
        w.say(NEWS_MORE[1].replace("{full}", quote + "."), **slots)

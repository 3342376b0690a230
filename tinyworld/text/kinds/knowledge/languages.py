"""French, German and Spanish passages, and translations between them and English."""

from tinyworld.text.lexicon import names, tagged
from tinyworld.text.lexicon.foreign import ADJECTIVES, DAYS, NUMBERS, PHRASES, SEASONS, THINGS
from tinyworld.text.people import PEOPLE
from tinyworld.text.writer import TextWriter

COLUMN = {"en": 0, "fr": 1, "de": 2, "es": 3}
LANGUAGE_NAME = {"en": "English", "fr": "French", "de": "German", "es": "Spanish"}
# {T} a thing with its article, {U} another, {a} an adjective that agrees with {T}.
FRAMES: dict[str, tuple[str, ...]] = {
    "en": (
        "{T} is {a}.",
        "{T} is not {a}.",
        "{T} is more beautiful than {U}.",
        "Where is {T}?",
        "I see {T}.",
        "{n} loves {T}.",
        "Here are {T} and {U}.",
        "{n} says that {T} is very {a}.",
        "{T} was {a} yesterday.",
        "Why is {T} so {a}?",
    ),
    "fr": (
        "{T} est {a}.",
        "{T} n'est pas {a}.",
        "{T} est plus {b} que {U}.",
        "Où est {T} ?",
        "Je vois {T}.",
        "{n} aime {T}.",
        "Voici {T} et {U}.",
        "{n} dit que {T} est très {a}.",
        "Hier, {T} était {a}.",
        "Pourquoi {T} est si {a} ?",
    ),
    "de": (
        "{T} ist {a}.",
        "{T} ist nicht {a}.",
        "{T} ist schöner als {U}.",
        "Wo ist {T}?",
        "Ich sehe {T}.",
        "{n} mag {T}.",
        "Hier sind {T} und {U}.",
        "{n} sagt, dass {T} sehr {a} ist.",
        "Gestern war {T} {a}.",
        "Warum ist {T} so {a}?",
    ),
    "es": (
        "{T} es {a}.",
        "{T} no es {a}.",
        "{T} es más {b} que {U}.",
        "¿Dónde está {T}?",
        "Veo {T}.",
        "A {n} le gusta {T}.",
        "Aquí están {T} y {U}.",
        "{n} dice que {T} es muy {a}.",
        "Ayer {T} era {a}.",
        "¿Por qué {T} es tan {a}?",
    ),
}
_ACCUSATIVE = (4, 5)
_PEOPLE_TOO = {"the boy", "the girl", "the teacher", "the queen", "the king"}
OPENERS = {
    "fr": (
        "Aujourd'hui, c'est {d}.",
        "Nous sommes {d}.",
        "{n} habite ici {s}.",
        "{n} a {k} ans.",
        "Il y a {k} personnes ici.",
        "Bonjour, je m'appelle {n}.",
        "J'aime voyager {s}.",
    ),
    "de": (
        "Heute ist {d}.",
        "Es ist {d}.",
        "{n} wohnt {s} hier.",
        "{n} ist {k} Jahre alt.",
        "Hier sind {k} Leute.",
        "Guten Tag, ich heiße {n}.",
        "Ich reise gern {s}.",
    ),
    "es": (
        "Hoy es {d}.",
        "Estamos a {d}.",
        "{n} vive aquí {s}.",
        "{n} tiene {k} años.",
        "Aquí hay {k} personas.",
        "Hola, me llamo {n}.",
        "Me gusta viajar {s}.",
    ),
}


def _capital(text: str) -> str:
    for i, letter in enumerate(text):
        if letter.isalpha():
            return text[:i] + letter.upper() + text[i + 1 :]
    return text


def _adjective(row: tuple[str, ...], thing: tuple[str, ...], language: str) -> str:
    if language == "en":
        return row[0]
    if language == "de":
        return row[3]
    noun = thing[COLUMN[language]]
    feminine = noun.startswith(("la ", "une ")) or (language == "fr" and noun == "l'eau")
    first = 1 if language == "fr" else 4
    return row[first + int(feminine)]


def _fill(frame: int, languages: tuple[str, ...], w: TextWriter) -> list[str]:
    thing, other = w.sample(THINGS, 2)
    adjective = w.pick(ADJECTIVES)
    name = w.pick(PEOPLE).plain
    out = []
    for language in languages:
        t, u = thing[COLUMN[language]], other[COLUMN[language]]
        if language == "de" and frame in _ACCUSATIVE:
            t = t.replace("der ", "den ", 1).replace("den Junge", "den Jungen")
        if language == "es" and frame == 4 and thing[0] in _PEOPLE_TOO:
            t = "a " + t if not t.startswith("el ") else "al " + t[3:]
        text = FRAMES[language][frame]
        beautiful = _adjective(ADJECTIVES[2], thing, language)
        text = (
            text.replace("{T}", t).replace("{U}", u).replace("{n}", name).replace("{b}", beautiful)
        )
        out.append(_capital(text.replace("{a}", _adjective(adjective, thing, language))))
    return out


def _sentence(w: TextWriter, language: str) -> str:
    style = w.rng.random()
    if style < 0.3:
        return w.pick(PHRASES)[COLUMN[language]]
    if style < 0.5:
        return _capital(
            w.pick(OPENERS[language])
            .replace("{d}", w.pick(DAYS[language]))
            .replace("{n}", w.pick(PEOPLE).plain)
            .replace("{s}", w.pick(SEASONS[language]))
            .replace("{k}", w.pick(NUMBERS[language][1:]))
        )
    return _fill(w.between(0, len(FRAMES["en"]) - 1), (language,), w)[0]


def _passage(w: TextWriter, language: str) -> None:
    start = w.pos
    for i in range(w.between(5, 10)):
        if i:
            w.raw(" ")
        text = _sentence(w, language)
        w.raw(text)
        w.mark(w.pos - 1, "sentence_end")
    if w.chance(0.3):
        w.raw("\n" + ", ".join(NUMBERS[language][: w.between(4, 12)]) + ".")
    w.mark(start, f"lang:{language}")


def french(w: TextWriter) -> None:
    """Write a short passage in French."""
    _passage(w, "fr")


def german(w: TextWriter) -> None:
    """Write a short passage in German."""
    _passage(w, "de")


def spanish(w: TextWriter) -> None:
    """Write a short passage in Spanish."""
    _passage(w, "es")


def translation(w: TextWriter) -> None:
    """Write the same sentences in two to four languages; or a list of words."""
    style = w.between(0, 2)
    languages = w.sample(("fr", "de", "es"), w.between(1, 3))
    order = ["en", *languages]
    if style == 0:
        w.rng.shuffle(order)
    rows = w.sample(THINGS, 8)
    for i in range(w.between(3, 8) if style == 2 else w.between(2, 4)):
        if i:
            w.line(blank=style == 0)
        if style == 2:
            row = rows.pop()
            w.phrase(tagged(row[0], "pos:noun"))
            for k, language in enumerate(languages):
                w.raw(", " if k else ": ")
                w.raw(row[COLUMN[language]], f"lang:{language}")
                w.add(" ({L})", L=tagged(LANGUAGE_NAME[language], "pos:name"))
            continue
        meaning = (
            w.pick(PHRASES)
            if w.chance(0.4)
            else _fill(w.between(0, 9), ("en", "fr", "de", "es"), w)
        )
        for j, language in enumerate(order):
            if style == 0:
                w.raw("\n" if j else "")
                w.raw(f"{LANGUAGE_NAME[language]}: ")
            else:
                w.raw(" = " if j else "")
            text = meaning[COLUMN[language]]
            w.raw(text, *((f"lang:{language}",) if language != "en" else ()))


def lesson(w: TextWriter) -> None:
    """Write of a pupil and a teacher: English prose with foreign words in quotation marks."""
    language = w.pick(("fr", "de", "es"))
    a, c = w.sample(PEOPLE, 2)
    slots = {
        "A": a,
        "B": c,
        "L": tagged(LANGUAGE_NAME[language], "pos:name"),
        "town": w.pick(names.TOWNS),
    }
    w.say(
        (
            "{A} is learning {L} with {B}.",
            "In {town}, {B} teaches {L}, and {A} is {B.his} {adj:character} pupil.",
            "{A} wanted to speak {L} before {the:event}.",
        ),
        **slots,
    )
    for row in w.sample(THINGS, w.between(2, 4)):
        w.say(
            ("{B} pointed at {x}.", "{B} drew {x} on the wall.", "Then {B} asked for {x}."),
            x=tagged(row[0], "pos:noun"),
            **slots,
        )
        w.say('"')
        w.raw(_capital(row[COLUMN[language]]), f"lang:{language}")
        w.add(('," said {A}.', '," {A} {past:say} {adv:sayhow}.', '," answered {A}.'), **slots)
    phrase = w.pick(PHRASES)
    w.say('"', **slots)
    w.raw(phrase[COLUMN[language]], f"lang:{language}")
    w.close_quote()
    w.say(("That means:", "In English:", "{B} explained what it means:"), **slots)
    w.raw(" ")
    w.raw(phrase[0])

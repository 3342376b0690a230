"""English inflection by rule, with the irregular forms listed where a rule fails."""

_VOWEL_SOUND = ("hour", "honest", "heir", "honour")
_CONSONANT_SOUND = ("uni", "use", "usu", "eu", "one", "once", "ukulele", "unicorn", "ewe")
_PLURALS = """
man/men woman/women child/children foot/feet tooth/teeth goose/geese mouse/mice louse/lice
ox/oxen person/people sheep/sheep deer/deer fish/fish trout/trout salmon/salmon moose/moose
squid/squid cod/cod tuna/tuna scissors/scissors half/halves loaf/loaves leaf/leaves knife/knives
wolf/wolves calf/calves shelf/shelves scarf/scarves thief/thieves wife/wives life/lives
elf/elves hoof/hooves potato/potatoes tomato/tomatoes hero/heroes echo/echoes mango/mangoes
series/series crisis/crises cactus/cacti buffalo/buffaloes mosquito/mosquitoes medium/media
quiz/quizzes
"""
_IRREGULAR_PLURALS = dict(pair.split("/") for pair in _PLURALS.split())
_VOWELS = "aeiou"


def article(word: str) -> str:
    """Return "a" or "an", by the sound of the first word."""
    low = word.lower()
    if low.startswith(_VOWEL_SOUND):
        return "an"
    if low.startswith(_CONSONANT_SOUND):
        return "a"
    return "an" if low[0] in _VOWELS else "a"


def plural(noun: str) -> str:
    """Return the plural of a singular noun; of a compound, that of its last word."""
    head, space, last = noun.rpartition(" ")
    if last in _IRREGULAR_PLURALS:
        return head + space + _IRREGULAR_PLURALS[last]
    for end in ("man", "woman"):
        if last.endswith(end) and last not in ("human", "ottoman", "talisman"):
            return head + space + last[: -len(end)] + _IRREGULAR_PLURALS[end]
    return head + space + _add_s(last)


def _add_s(word: str) -> str:
    if word.endswith(("s", "x", "z", "ch", "sh")):
        return word + "es"
    if word.endswith("y") and word[-2] not in _VOWELS:
        return word[:-1] + "ies"
    return word + "s"


def verb_forms(entry: str) -> tuple[str, str, str, str, str]:
    """Return base, third person, past, participle and -ing form.

    ``entry`` is a regular verb ("walk"), one that doubles its last letter ("stop+"),
    or an irregular one with its past and participle ("sing/sang/sung").
    """
    base, *irregular = entry.split("/")
    doubled = base.endswith("+")
    base = base.rstrip("+")
    stem = base + base[-1] if doubled else base
    third = base + "es" if base.endswith("o") else _add_s(base)
    if base.endswith("ie"):
        ing = base[:-2] + "ying"
    elif base.endswith("e") and not base.endswith(("ee", "oe", "ye")):
        ing = base[:-1] + "ing"
    else:
        ing = stem + "ing"
    if irregular:
        past, part = irregular[0], irregular[-1]
    elif base.endswith("e"):
        past = part = base + "d"
    elif base.endswith("y") and base[-2] not in _VOWELS:
        past = part = base[:-1] + "ied"
    else:
        past = part = stem + "ed"
    return base, third, past, part, ing


_NUMBERS = """
zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen
sixteen seventeen eighteen nineteen
"""
_UNITS = _NUMBERS.split()
_TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]


def number_word(n: int) -> str:
    """Spell a whole number from 0 to 999."""
    if n < 20:
        return _UNITS[n]
    if n < 100:
        ten, unit = divmod(n, 10)
        return _TENS[ten - 2] + (f"-{_UNITS[unit]}" if unit else "")
    hundred, rest = divmod(n, 100)
    return f"{_UNITS[hundred]} hundred" + (f" and {number_word(rest)}" if rest else "")


_ORDINALS = """
zeroth first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth
"""


def ordinal_word(n: int) -> str:
    """Spell an ordinal from 1 to 12."""
    return _ORDINALS.split()[n]


def ordinal_digits(n: int) -> str:
    """Write an ordinal in digits: 1st, 2nd, 3rd, 4th, 11th."""
    if 10 <= n % 100 <= 13:
        return f"{n}th"
    return f"{n}{ {1: 'st', 2: 'nd', 3: 'rd'}.get(n % 10, 'th') }"

"""Code: Python-like functions, HTML-like pages, settings and logs."""

from itda_core.tinyworld.builder import Builder
from itda_core.tinyworld.lexicon import ADJECTIVES, NOUN, NOUNS, VERBS, names
from itda_core.tinyworld.lexicon.world import COUNTRIES
from itda_core.tinyworld.people import PEOPLE

GROUPS = (
    "fruit",
    "pet",
    "wild",
    "tool",
    "treasure",
    "toy",
    "device",
    "container",
    "vehicle",
    "reading",
    "office",
    "space",
)
ADJ = [a.word.text for g in ("colour", "size", "age", "condition") for a in ADJECTIVES[g]]


class Source:
    """Lines of code with their depth; each becomes one ``indent`` span."""

    def __init__(self, b: Builder, step: str) -> None:
        self.b = b
        self.step = step
        self.first = True
        self.start = b.pos

    def line(self, depth: int, text: str) -> None:
        """Write one line at a depth."""
        if not self.first:
            self.b.raw("\n")
        self.first = False
        self.b.raw(self.step * depth + text, f"indent:{depth}")

    def done(self) -> None:
        """Tag everything as code."""
        self.b.mark(self.start, "code")


def _noun(b: Builder) -> str:
    while True:
        noun = b.pick(NOUNS[b.pick(GROUPS)])
        if noun.word.isalpha() and noun.word.isascii():
            return noun.word


def _plural(b: Builder, word: str) -> str:
    return NOUN[word].ns.text


def _verb(b: Builder) -> str:
    return b.pick(VERBS[b.pick(("code", "take", "find", "make", "code"))]).base.text


def _sum_of(b: Builder) -> list[tuple[int, str]]:
    word = _noun(b)
    many, total = _plural(b, word), b.pick(("total", "count", "result", "best", "n"))
    if many == word:
        many = f"all_{word}"
    lines = [(0, f"def {_verb(b)}_{many}({many}, limit={b.between(1, 99)}):")]
    if b.chance(0.5):
        lines.append((1, f'"""Return the {total} of the {many}."""'))
    lines.append((1, f"{total} = 0"))
    lines.append((1, f"for {word} in {many}:"))
    field = b.pick(("price", "size", "weight", "age", "points", "length", "cost"))
    if b.chance(0.5):
        lines += [(2, f"if {word}.{field} > limit:"), (3, b.pick(("continue", "break")))]
    amounts = (f"{word}.{field}", "1", f"len({word}.{field})", f"max(0, {word}.{field} - limit)")
    lines.append((2, f"{total} += {b.pick(amounts)}"))
    lines.append((1, f"return {total}"))
    return lines


def _class(b: Builder) -> list[tuple[int, str]]:
    noun = _noun(b)
    a, c = b.sample(("colour", "size", "owner", "price", "age", "speed", "label", "weight"), 2)
    verb = _verb(b)
    value = b.pick(ADJ)
    return [
        (0, f"class {noun.capitalize()}:"),
        (1, f"def __init__(self, {a}, {c}={b.between(0, 40)}):"),
        (2, f"self.{a} = {a}"),
        (2, f"self.{c} = {c}"),
        (0, ""),
        (1, f"def {verb}(self, other):"),
        (2, f"if self.{a} == other.{a}:"),
        (3, f'return "{value} {noun}"'),
        (
            2,
            b.pick(
                (
                    f"return [self.{c}, other.{c}]",
                    f"return (self.{c} + other.{c}) * {b.between(2, 9)}",
                    "return None",
                )
            ),
        ),
    ]


def _script(b: Builder) -> list[tuple[int, str]]:
    word = _noun(b)
    keys = b.sample(
        [n.word for n in NOUNS[b.pick(("fruit", "flower", "tool", "bird"))] if n.word.isalpha()],
        b.between(2, 5),
    )
    inner = ", ".join(f'"{k}": {b.between(1, 60)}' for k in keys)
    lines = [(0, f"{word}_by_name = {{{inner}}}"), (0, "")]
    lines += [
        (0, f"for name, number in {word}_by_name.items():"),
        (1, f"while number > {b.between(1, 30)}:"),
    ]
    lines += [(2, f"number -= {b.between(1, 9)}"), (1, f'print("{b.pick(ADJ)}", name, number)')]
    if b.chance(0.6):
        lines += [
            (0, "try:"),
            (1, f'{_verb(b)}({word}_by_name["{keys[0]}"])'),
            (0, "except KeyError:"),
            (1, f'print("no {keys[0]} here")'),
        ]
    return lines


def _arith(b: Builder) -> list[tuple[int, str]]:
    x, y = b.between(1, 20), b.between(1, 20)
    op = b.pick("+-*")
    value = {"+": x + y, "-": x - y, "*": x * y}[op]
    f = _verb(b)
    return [
        (0, f"def {f}(x, y):"),
        (1, f"return x {op} y"),
        (0, ""),
        (0, f"assert {f}({x}, {y}) == {value}"),
    ]


def _numbers(b: Builder) -> str:
    return ", ".join(str(b.between(1, 20)) for _ in range(b.between(1, 4)))


def _data(b: Builder) -> list[tuple[int, str]]:
    lines = [(0, f"{_noun(b)}_list = [")]
    for person in b.sample(PEOPLE, b.between(2, 4)):
        lines.append((1, f'("{person.plain}", {b.between(6, 90)}, [{_numbers(b)}]),'))
    return [*lines, (0, "]")]


def _match(b: Builder) -> list[tuple[int, str]]:
    country = b.sample(COUNTRIES, b.between(2, 4))
    lines = [(0, "def capital_of(country):")]
    for i, c in enumerate(country):
        lines += [
            (1, f'{"if" if i == 0 else "elif"} country == "{c.name}":'),
            (2, f'return "{c.capital}"'),
        ]
    return [
        *lines,
        (1, f'raise ValueError("no such {b.pick(("country", "place", "name"))}: " + country)'),
    ]


def python(b: Builder) -> None:
    """Python-like code: functions, classes, loops, data; brackets balance, depth is right."""
    source = Source(b, "    ")
    if b.chance(0.4):
        source.line(
            0,
            f"# {b.pick(VERBS['code']).base.text.capitalize()} the {b.pick(ADJ)} {_noun(b)} "
            f"of {b.pick(PEOPLE).plain}.",
        )
    if b.chance(0.4):
        source.line(
            0,
            b.pick(
                (
                    "import math",
                    "import random",
                    "from pathlib import Path",
                    f"from {_noun(b)} import {_verb(b)}",
                )
            ),
        )
        source.line(0, "")
    for i in range(b.between(1, 3)):
        if i:
            source.line(0, "")
        for depth, text in b.pick((_sum_of, _sum_of, _class, _script, _arith, _data, _match))(b):
            source.line(depth, text)
    source.done()


def _text(b: Builder) -> str:
    noun = b.pick(NOUNS[b.pick(("fruit", "bird", "job", "event", "building", "idea"))])
    return b.pick(
        (
            f"The {b.pick(ADJ)} {noun.word}",
            f"{b.pick(PEOPLE).plain} and the {noun.word}",
            f"Buy {b.between(2, 30)} {noun.ns.text}",
            f"News from {b.pick(names.TOWNS)}",
            f"{b.pick(PEOPLE).plain} was here",
            f"All about {noun.ns.text}",
        )
    )


def _element(b: Builder, source: Source, depth: int) -> None:
    tag = b.pick(
        ("div", "ul", "section", "p", "table", "p", "a") if depth < 4 else ("p", "span", "a")
    )
    attribute = b.pick(("", "", f' class="{b.pick(ADJ)}"', f' id="{_noun(b)}-{b.between(1, 99)}"'))
    if tag in ("p", "span"):
        source.line(depth, f"<{tag}{attribute}>{_text(b)}</{tag}>")
    elif tag == "a":
        source.line(depth, f'<a href="/{_noun(b)}/{b.between(1, 400)}">{_text(b)}</a>')
    elif tag == "ul":
        source.line(depth, f"<ul{attribute}>")
        for _ in range(b.between(2, 4)):
            source.line(depth + 1, f"<li>{_text(b)}</li>")
        source.line(depth, "</ul>")
    elif tag == "table":
        source.line(depth, "<table>")
        for _ in range(b.between(1, 3)):
            source.line(
                depth + 1,
                "<tr>" + "".join(f"<td>{c}</td>" for c in (_noun(b), b.between(1, 99))) + "</tr>",
            )
        source.line(depth, "</table>")
    else:
        source.line(depth, f"<{tag}{attribute}>")
        for _ in range(b.between(1, 3)):
            _element(b, source, depth + 1)
        source.line(depth, f"</{tag}>")


def html(b: Builder) -> None:
    """An HTML-like page; elements close in the right order, often far later."""
    source = Source(b, "  ")
    source.line(0, "<html>")
    source.line(1, "<head>")
    source.line(2, f"<title>{_text(b)}</title>")
    source.line(1, "</head>")
    source.line(1, "<body>")
    if b.chance(0.6):
        source.line(2, f"<h1>{_text(b)}</h1>")
    for _ in range(b.between(1, 3)):
        _element(b, source, 2)
    source.line(1, "</body>")
    source.line(0, "</html>")
    source.done()


def _value(b: Builder) -> str:
    return b.pick(
        (
            str(b.between(0, 500)),
            f'"{_noun(b)}"',
            b.pick(("true", "false", "null")),
            f'"{b.pick(ADJ)} {_noun(b)}"',
            f'"{b.pick(names.TOWNS)}"',
            "[" + ", ".join(str(b.between(0, 20)) for _ in range(b.between(1, 5))) + "]",
        )
    )


def _object(b: Builder, source: Source, depth: int) -> None:
    keys: list[str] = []
    while len(keys) < b.between(2, 4):
        key = _noun(b)
        if key not in keys:
            keys.append(key)
    for i, key in enumerate(keys):
        comma = "," if i < len(keys) - 1 else ""
        if depth < 4 and b.chance(0.3):
            source.line(depth, f'"{key}": {{')
            _object(b, source, depth + 1)
            source.line(depth, "}" + comma)
        else:
            source.line(depth, f'"{key}": {_value(b)}{comma}')


def settings(b: Builder) -> None:
    """Nested settings in braces; every brace closes."""
    source = Source(b, "  ")
    source.line(0, "{")
    source.line(1, f'"name": "{b.pick(PEOPLE).plain}",')
    _object(b, source, 1)
    source.line(0, "}")
    source.done()


def log(b: Builder) -> None:
    """A program's log: times that go forward, levels, messages."""
    source = Source(b, "")
    at = b.between(0, 80000)
    program = _noun(b)
    for _ in range(b.between(4, 9)):
        at += b.between(0, 90)
        level = b.pick(("INFO", "INFO", "INFO", "WARNING", "ERROR", "DEBUG"))
        noun = _noun(b)
        good = (
            f"{_verb(b)} {noun}: done",
            f"{b.between(2, 900)} {_plural(b, noun)} loaded",
            f"user {b.pick(PEOPLE).plain.lower()} logged in",
            f"saved /{program}/{noun}.txt",
        )
        bad = (
            f"cannot {_verb(b)} {noun} {b.between(1, 99)}",
            f"no {noun} in /{program}/{b.pick(ADJ)}",
            f"timeout after {b.between(2, 60)} s",
            f"{noun} is {b.pick(ADJ)}, trying again",
        )
        clock = f"{at // 3600:02d}:{at // 60 % 60:02d}:{at % 60:02d}"
        source.line(0, f"{clock} {level} {b.pick(bad if level in ('WARNING', 'ERROR') else good)}")
    source.done()

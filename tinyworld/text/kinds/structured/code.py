"""Code: Python-like functions, HTML-like pages, settings and logs."""

from tinyworld.text.lexicon import ADJECTIVES, NOUN, NOUNS, VERBS, names
from tinyworld.text.lexicon.world import COUNTRIES
from tinyworld.text.people import PEOPLE
from tinyworld.text.writer import TextWriter

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


class CodeLines:
    """Lines of code with their depth; each becomes one ``indent`` span."""

    def __init__(self, w: TextWriter, step: str) -> None:
        self.writer = w
        self.step = step
        self.first = True
        self.start = w.pos

    def line(self, depth: int, text: str) -> None:
        """Write one line at a depth."""
        if not self.first:
            self.writer.raw("\n")
        self.first = False
        self.writer.raw(self.step * depth + text, f"indent:{depth}")

    def mark_as_code(self) -> None:
        """Tag everything as code."""
        self.writer.mark(self.start, "code")


def _noun(w: TextWriter) -> str:
    while True:
        noun = w.pick(NOUNS[w.pick(GROUPS)])
        if noun.word.isalpha() and noun.word.isascii():
            return noun.word


def _plural(w: TextWriter, word: str) -> str:
    return NOUN[word].ns.text


def _verb(w: TextWriter) -> str:
    return w.pick(VERBS[w.pick(("code", "take", "find", "make", "code"))]).base.text


def _sum_of(w: TextWriter) -> list[tuple[int, str]]:
    word = _noun(w)
    many, total = _plural(w, word), w.pick(("total", "count", "result", "best", "n"))
    if many == word:
        many = f"all_{word}"
    lines = [(0, f"def {_verb(w)}_{many}({many}, limit={w.between(1, 99)}):")]
    if w.chance(0.5):
        lines.append((1, f'"""Return the {total} of the {many}."""'))
    lines.append((1, f"{total} = 0"))
    lines.append((1, f"for {word} in {many}:"))
    field = w.pick(("price", "size", "weight", "age", "points", "length", "cost"))
    if w.chance(0.5):
        lines += [(2, f"if {word}.{field} > limit:"), (3, w.pick(("continue", "break")))]
    amounts = (f"{word}.{field}", "1", f"len({word}.{field})", f"max(0, {word}.{field} - limit)")
    lines.append((2, f"{total} += {w.pick(amounts)}"))
    lines.append((1, f"return {total}"))
    return lines


def _class(w: TextWriter) -> list[tuple[int, str]]:
    noun = _noun(w)
    a, c = w.sample(("colour", "size", "owner", "price", "age", "speed", "label", "weight"), 2)
    verb = _verb(w)
    value = w.pick(ADJ)
    return [
        (0, f"class {noun.capitalize()}:"),
        (1, f"def __init__(self, {a}, {c}={w.between(0, 40)}):"),
        (2, f"self.{a} = {a}"),
        (2, f"self.{c} = {c}"),
        (0, ""),
        (1, f"def {verb}(self, other):"),
        (2, f"if self.{a} == other.{a}:"),
        (3, f'return "{value} {noun}"'),
        (
            2,
            w.pick(
                (
                    f"return [self.{c}, other.{c}]",
                    f"return (self.{c} + other.{c}) * {w.between(2, 9)}",
                    "return None",
                )
            ),
        ),
    ]


def _script(w: TextWriter) -> list[tuple[int, str]]:
    word = _noun(w)
    keys = w.sample(
        [n.word for n in NOUNS[w.pick(("fruit", "flower", "tool", "bird"))] if n.word.isalpha()],
        w.between(2, 5),
    )
    inner = ", ".join(f'"{k}": {w.between(1, 60)}' for k in keys)
    lines = [(0, f"{word}_by_name = {{{inner}}}"), (0, "")]
    lines += [
        (0, f"for name, number in {word}_by_name.items():"),
        (1, f"while number > {w.between(1, 30)}:"),
    ]
    lines += [(2, f"number -= {w.between(1, 9)}"), (1, f'print("{w.pick(ADJ)}", name, number)')]
    if w.chance(0.6):
        lines += [
            (0, "try:"),
            (1, f'{_verb(w)}({word}_by_name["{keys[0]}"])'),
            (0, "except KeyError:"),
            (1, f'print("no {keys[0]} here")'),
        ]
    return lines


def _arith(w: TextWriter) -> list[tuple[int, str]]:
    x, y = w.between(1, 20), w.between(1, 20)
    op = w.pick("+-*")
    value = {"+": x + y, "-": x - y, "*": x * y}[op]
    f = _verb(w)
    return [
        (0, f"def {f}(x, y):"),
        (1, f"return x {op} y"),
        (0, ""),
        (0, f"assert {f}({x}, {y}) == {value}"),
    ]


def _numbers(w: TextWriter) -> str:
    return ", ".join(str(w.between(1, 20)) for _ in range(w.between(1, 4)))


def _data(w: TextWriter) -> list[tuple[int, str]]:
    lines = [(0, f"{_noun(w)}_list = [")]
    for person in w.sample(PEOPLE, w.between(2, 4)):
        lines.append((1, f'("{person.plain}", {w.between(6, 90)}, [{_numbers(w)}]),'))
    return [*lines, (0, "]")]


def _match(w: TextWriter) -> list[tuple[int, str]]:
    country = w.sample(COUNTRIES, w.between(2, 4))
    lines = [(0, "def capital_of(country):")]
    for i, c in enumerate(country):
        lines += [
            (1, f'{"if" if i == 0 else "elif"} country == "{c.name}":'),
            (2, f'return "{c.capital}"'),
        ]
    return [
        *lines,
        (1, f'raise ValueError("no such {w.pick(("country", "place", "name"))}: " + country)'),
    ]


def python(w: TextWriter) -> None:
    """Write Python-like code: functions, classes, loops, data; brackets balance, depth is right."""
    source = CodeLines(w, "    ")
    if w.chance(0.4):
        source.line(
            0,
            f"# {w.pick(VERBS['code']).base.text.capitalize()} the {w.pick(ADJ)} {_noun(w)} "
            f"of {w.pick(PEOPLE).plain}.",
        )
    if w.chance(0.4):
        source.line(
            0,
            w.pick(
                (
                    "import math",
                    "import random",
                    "from pathlib import Path",
                    f"from {_noun(w)} import {_verb(w)}",
                )
            ),
        )
        source.line(0, "")
    for i in range(w.between(1, 3)):
        if i:
            source.line(0, "")
        for depth, text in w.pick((_sum_of, _sum_of, _class, _script, _arith, _data, _match))(w):
            source.line(depth, text)
    source.mark_as_code()


def _text(w: TextWriter) -> str:
    noun = w.pick(NOUNS[w.pick(("fruit", "bird", "job", "event", "building", "idea"))])
    return w.pick(
        (
            f"The {w.pick(ADJ)} {noun.word}",
            f"{w.pick(PEOPLE).plain} and the {noun.word}",
            f"Buy {w.between(2, 30)} {noun.ns.text}",
            f"News from {w.pick(names.TOWNS)}",
            f"{w.pick(PEOPLE).plain} was here",
            f"All about {noun.ns.text}",
        )
    )


def _element(w: TextWriter, source: CodeLines, depth: int) -> None:
    tag = w.pick(
        ("div", "ul", "section", "p", "table", "p", "a") if depth < 4 else ("p", "span", "a")
    )
    attribute = w.pick(("", "", f' class="{w.pick(ADJ)}"', f' id="{_noun(w)}-{w.between(1, 99)}"'))
    if tag in ("p", "span"):
        source.line(depth, f"<{tag}{attribute}>{_text(w)}</{tag}>")
    elif tag == "a":
        source.line(depth, f'<a href="/{_noun(w)}/{w.between(1, 400)}">{_text(w)}</a>')
    elif tag == "ul":
        source.line(depth, f"<ul{attribute}>")
        for _ in range(w.between(2, 4)):
            source.line(depth + 1, f"<li>{_text(w)}</li>")
        source.line(depth, "</ul>")
    elif tag == "table":
        source.line(depth, "<table>")
        for _ in range(w.between(1, 3)):
            source.line(
                depth + 1,
                "<tr>" + "".join(f"<td>{c}</td>" for c in (_noun(w), w.between(1, 99))) + "</tr>",
            )
        source.line(depth, "</table>")
    else:
        source.line(depth, f"<{tag}{attribute}>")
        for _ in range(w.between(1, 3)):
            _element(w, source, depth + 1)
        source.line(depth, f"</{tag}>")


def html(w: TextWriter) -> None:
    """Write an HTML-like page; elements close in the right order, often far later."""
    source = CodeLines(w, "  ")
    source.line(0, "<html>")
    source.line(1, "<head>")
    source.line(2, f"<title>{_text(w)}</title>")
    source.line(1, "</head>")
    source.line(1, "<body>")
    if w.chance(0.6):
        source.line(2, f"<h1>{_text(w)}</h1>")
    for _ in range(w.between(1, 3)):
        _element(w, source, 2)
    source.line(1, "</body>")
    source.line(0, "</html>")
    source.mark_as_code()


def _value(w: TextWriter) -> str:
    return w.pick(
        (
            str(w.between(0, 500)),
            f'"{_noun(w)}"',
            w.pick(("true", "false", "null")),
            f'"{w.pick(ADJ)} {_noun(w)}"',
            f'"{w.pick(names.TOWNS)}"',
            "[" + ", ".join(str(w.between(0, 20)) for _ in range(w.between(1, 5))) + "]",
        )
    )


def _object(w: TextWriter, source: CodeLines, depth: int) -> None:
    keys: list[str] = []
    while len(keys) < w.between(2, 4):
        key = _noun(w)
        if key not in keys:
            keys.append(key)
    for i, key in enumerate(keys):
        comma = "," if i < len(keys) - 1 else ""
        if depth < 4 and w.chance(0.3):
            source.line(depth, f'"{key}": {{')
            _object(w, source, depth + 1)
            source.line(depth, "}" + comma)
        else:
            source.line(depth, f'"{key}": {_value(w)}{comma}')


def settings(w: TextWriter) -> None:
    """Write nested settings in braces; every brace closes."""
    source = CodeLines(w, "  ")
    source.line(0, "{")
    source.line(1, f'"name": "{w.pick(PEOPLE).plain}",')
    _object(w, source, 1)
    source.line(0, "}")
    source.mark_as_code()


def log(w: TextWriter) -> None:
    """Write a program's log: times that go forward, levels, messages."""
    source = CodeLines(w, "")
    at = w.between(0, 80000)
    program = _noun(w)
    for _ in range(w.between(4, 9)):
        at += w.between(0, 90)
        level = w.pick(("INFO", "INFO", "INFO", "WARNING", "ERROR", "DEBUG"))
        noun = _noun(w)
        good = (
            f"{_verb(w)} {noun}: done",
            f"{w.between(2, 900)} {_plural(w, noun)} loaded",
            f"user {w.pick(PEOPLE).plain.lower()} logged in",
            f"saved /{program}/{noun}.txt",
        )
        bad = (
            f"cannot {_verb(w)} {noun} {w.between(1, 99)}",
            f"no {noun} in /{program}/{w.pick(ADJ)}",
            f"timeout after {w.between(2, 60)} s",
            f"{noun} is {w.pick(ADJ)}, trying again",
        )
        clock = f"{at // 3600:02d}:{at // 60 % 60:02d}:{at % 60:02d}"
        source.line(0, f"{clock} {level} {w.pick(bad if level in ('WARNING', 'ERROR') else good)}")
    source.mark_as_code()

"""Arithmetic: sums, word problems, counting and sequences; every result is right."""

from typing import NamedTuple

from tinyworld.text.inflect import number_word
from tinyworld.text.kinds.props import draw_noun
from tinyworld.text.lexicon import Noun, Phrase, tagged
from tinyworld.text.people import Person, cast, pair
from tinyworld.text.writer import TextWriter

SIGNS = {"plus": "+", "minus": "-", "times": "*", "divide": "/"}
OP_WORDS = {"plus": "plus", "minus": "minus", "times": "times", "divide": "divided by"}


def operation(w: TextWriter) -> tuple[int, str, int, int]:
    """Draw a calculation; small numbers are the rule and large ones the exception."""
    op = w.pick(("plus", "plus", "plus", "minus", "minus", "times", "times", "divide"))
    high = 99 if w.chance(0.06) else 20
    if op == "plus":
        x, y = w.between(0, high), w.between(0, high)
        return x, op, y, x + y
    if op == "minus":
        x = w.between(1, high)
        y = w.between(0, x)
        return x, op, y, x - y
    x, y = w.between(1, 10), w.between(1, 10)
    if op == "times":
        return x, op, y, x * y
    return x * y, op, y, x


def _number(n: int, words: bool, tag: str) -> Phrase:
    return tagged(number_word(n) if words else str(n), "pos:num", tag)


def _calculation(w: TextWriter, words: bool) -> None:
    """Write one calculation, in signs or in words."""
    x, op, y, z = operation(w)
    w.phrase(_number(x, words, "operand"))
    w.add(" ")
    w.phrase(tagged(OP_WORDS[op] if words else SIGNS[op], f"op:{op}"))
    w.add(" ")
    w.phrase(_number(y, words, "operand"))
    w.add(" ")
    w.phrase(tagged(w.pick(("is", "equals", "makes")) if words else "=", "op:equals"))
    w.add(" ")
    w.phrase(_number(z, words, "result"))


def arithmetic(w: TextWriter) -> None:
    """Write a page of sums, in digits or in words."""
    if w.chance(0.4):
        w.heading(
            (
                "Sums for [today|this week|practice]:",
                "Exercise {#1-60}",
                "{a+:shape} of sums:",
                "Mental arithmetic, page {#1-99}",
                "Homework:",
            )
        )
    words = w.chance(0.25)
    for i in range(w.between(5, 14)):
        if i:
            w.line()
        start = w.pos
        _calculation(w, words)
        if words:
            w.add(".")
        w.mark(start, f"list_item:{i + 1}")


def chain(w: TextWriter) -> None:
    """Carry a number through several steps, each told in a sentence."""
    n = w.between(2, 20)
    w.say(
        ("Think of the number {n}.", "Start with {n}.", "Take {n}.", "I have {n}."),
        n=_number(n, False, "operand"),
    )
    form: tuple[str, ...]
    for _ in range(w.between(2, 5)):
        if n > 3 and w.chance(0.5):
            k = w.between(1, min(n - 1, 12))
            after = n - k
            form = (
                "Take away {k}: {r}.",
                "Subtract {k} and you get {r}.",
                "Less {k}, that is {r}.",
                "Now remove {k}, and {r} are left.",
            )
        elif n <= 10 and w.chance(0.3):
            k, after = 2, 2 * n
            form = ("Double it: {r}.", "Twice that is {r}.")
        else:
            k = w.between(1, 12)
            after = n + k
            form = (
                "Add {k}: {r}.",
                "With {k} more you have {r}.",
                "Add {k} and you get {r}.",
                "Put {k} to it, and it is {r}.",
            )
        w.say(form, k=_number(k, False, "operand"), r=_number(after, False, "result"))
        n = after
    w.say(
        ("So the answer is {r}.", "The result is {r}.", "What remains is {r}."),
        r=_number(n, False, "result"),
    )


def _count(n: int, noun: Noun, tag: str) -> Phrase:
    word = noun.n if n == 1 else noun.ns
    phrase = _number(n, False, tag)
    at = len(phrase.text) + 1
    return Phrase(
        f"{phrase.text} {word.text}",
        phrase.spans + tuple((s + at, e + at, t) for s, e, t in word.spans),
    )


def word_problem(w: TextWriter) -> None:
    """Write small stories with numbers, each with a question and the answer."""
    for i in range(w.between(1, 3)):
        if i:
            w.line(blank=True)
        _problem(w)


COUNTED_GROUPS = "fruit,toy,treasure,office,flower,sweet,bird,insect,reading,container"


class _Problem(NamedTuple):
    """The calculation that a word problem asks for: ``x op y = result``."""

    x: int
    op: str
    y: int
    result: int


def _problem(w: TextWriter) -> None:
    people = pair(w.rng)
    noun = draw_noun(w.rng, COUNTED_GROUPS)
    x, y = w.between(2, 20), w.between(1, 15)
    style = w.between(0, 4)
    if style == 0:
        problem = _gaining(w, people, noun, x, y)
    elif style == 1:
        problem = _losing(w, people, noun, max(x, y), min(x, y))
    elif style == 2:
        problem = _filling(w, people, noun)
    elif style == 3:
        problem = _sharing(w, people, noun)
    else:
        problem = _ages(w, people, x)
    result = _number(problem.result, False, "result")
    if w.chance(0.7):
        w.say(
            "Answer: {x} {o} {y} {e} {z}.",
            x=_number(problem.x, False, "operand"),
            o=tagged(SIGNS[problem.op], f"op:{problem.op}"),
            y=_number(problem.y, False, "operand"),
            e=tagged("=", "op:equals"),
            z=result,
        )
    else:
        w.say(("The answer is {z}.", "Answer: {z}."), z=result)


def _gaining(w: TextWriter, people: tuple[Person, Person], noun: Noun, x: int, y: int) -> _Problem:
    w.say(
        (
            "{A} has {x}, and {B} gives {A.him} {y} more.",
            "{A} had {x}. Then {A.he} found {y} more.",
            "There were {x} in {the:container}, and {A} put in {y} more.",
        ),
        A=people[0],
        B=people[1],
        x=_count(x, noun, "operand"),
        y=_number(y, False, "operand"),
    )
    w.say(("How many {n.ns} are there now?", "How many {n.ns} is that altogether?"), n=noun)
    return _Problem(x, "plus", y, x + y)


def _losing(w: TextWriter, people: tuple[Person, Person], noun: Noun, x: int, y: int) -> _Problem:
    w.say(
        (
            "{A} has {x} and gives {y} of them to {B}.",
            "{A} had {x} but lost {y} of them.",
            "Of {x} in {the:container}, {B} took {y}.",
            "{A} bought {x}; {y} of them were broken.",
        ),
        A=people[0],
        B=people[1],
        x=_count(x, noun, "operand"),
        y=_number(y, False, "operand"),
    )
    w.say(("How many {n.ns} are left?", "How many {n.ns} remain?"), n=noun)
    return _Problem(x, "minus", y, x - y)


def _filling(w: TextWriter, people: tuple[Person, Person], noun: Noun) -> _Problem:
    x, y = w.between(2, 10), w.between(2, 10)
    holder = draw_noun(w.rng, "container")
    w.say(
        ("{A} fills {x} with {y} each.", "There are {x} with {y} in each of them."),
        A=people[0],
        x=_count(x, holder, "operand"),
        y=_count(y, noun, "operand"),
    )
    w.say(("How many {n.ns} are there?", "How many {n.ns} is that in all?"), n=noun)
    return _Problem(x, "times", y, x * y)


def _sharing(w: TextWriter, people: tuple[Person, Person], noun: Noun) -> _Problem:
    y, share = w.between(2, 10), w.between(1, 10)
    x = y * share
    w.say(
        ("{x} are shared fairly by {y} people.", "{A} divides {x} among {y} children."),
        A=people[0],
        x=_count(x, noun, "operand"),
        y=_number(y, False, "operand"),
    )
    w.say("How many {n.ns} does each of them get?", n=noun)
    return _Problem(x, "divide", y, share)


def _ages(w: TextWriter, people: tuple[Person, Person], x: int) -> _Problem:
    y = w.between(1, 9)
    w.say(
        f"{{A}} is {{x}} years old, and {{B}} is {{y}} year{'s' if y > 1 else ''} older.",
        A=people[0],
        B=people[1],
        x=_number(x, False, "operand"),
        y=_number(y, False, "operand"),
    )
    w.say("How old is {B}?", B=people[1])
    return _Problem(x, "plus", y, x + y)


def counting(w: TextWriter) -> None:
    """Count up or down, in digits or words, sometimes over things."""
    words, down = w.chance(0.5), w.chance(0.35)
    first, length = w.between(1, 60), w.between(8, 16)
    numbers = [first + i for i in range(length)]
    if down:
        numbers.reverse()
    noun = draw_noun(w.rng, "farm,bird,fruit,toy")
    a = cast(w.rng, 1)[0]
    w.say(
        (
            "{A} counts {n.ns} [in {the:outdoors}|at night|from the window]:",
            "Let us count [down|backwards]:" if down else "Let us count:",
            "{A} [counted|counts] {w}:",
            "Say after me:",
        ),
        A=a,
        n=noun,
        w=tagged("down" if down else "up", "pos:adv"),
    )
    for i, n in enumerate(numbers):
        w.add(" " if i == 0 else ", ")
        start = w.pos
        w.phrase(_number(n, words, f"list_item:{i + 1}"))
        if noun and not words and w.chance(0.02):
            w.add(" ")
            w.phrase(noun.ns if n > 1 else noun.n)
        w.mark(start)
    w.add(".")
    w.say(
        (
            "That makes {num:2-3} pauses and one {n.n} too many.",
            "Then {A} fell asleep.",
            "And {n.a} makes one more.",
            "Stop!",
            "{A} took a breath and began again.",
            "Well done, {A}.",
        ),
        A=a,
        n=noun,
    )


LETTERS = "abcdefghijklmnopqrstuvwxyz"


def sequence(w: TextWriter) -> None:
    """Write sequences with a rule: steps, doubling, squares, letters, days and patterns."""
    for i in range(w.between(2, 5)):
        if i:
            w.line()
        start = w.pos
        _sequence(w)
        w.mark(start, f"list_item:{i + 1}")


def _sequence(w: TextWriter) -> None:
    style, n = w.between(0, 6), w.between(6, 10)
    if style <= 1:
        step, first = w.between(2, 11), w.between(0, 30)
        items, rule = [str(first + step * i) for i in range(n)], f"add {step}"
    elif style == 2:
        step, first = w.between(2, 9), w.between(90, 120)
        items, rule = [str(first - step * i) for i in range(n)], f"take away {step}"
    elif style == 3:
        first = w.between(1, 6)
        items, rule = [str(first * 2**i) for i in range(n)], "double it"
    elif style == 4:
        first = w.between(1, 9)
        items, rule = [str((first + i) ** 2) for i in range(n)], "square numbers"
    elif style == 5:
        first, step = w.between(0, 7), w.between(1, 3)
        items = [LETTERS[(first + step * i) % 26] for i in range(n)]
        rule = "the alphabet" if step == 1 else f"every letter but {number_word(step - 1)}"
    else:
        cycle = [draw_noun(w.rng, "shape,fruit,flower").word for _ in range(w.between(2, 3))]
        items, rule = [cycle[i % len(cycle)] for i in range(n)], "a pattern"
    for i, item in enumerate(items):
        w.add(", " if i else "")
        digits = item[0].isdigit()
        w.phrase(
            tagged(
                item,
                "pos:num" if digits else "pos:noun",
                *(("result",) if i and digits and style < 5 else ()),
            )
        )
    if w.chance(0.5):
        w.add(" (rule: ")
        w.raw(rule)
        w.add(")")

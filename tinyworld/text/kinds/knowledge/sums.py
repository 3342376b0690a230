"""Arithmetic: sums, word problems, counting and sequences; every result is right."""

from tinyworld.text.inflect import number_word
from tinyworld.text.kinds.props import draw_noun
from tinyworld.text.lexicon import Noun, Phrase, tagged
from tinyworld.text.people import cast, pair
from tinyworld.text.writer import Builder

SIGNS = {"plus": "+", "minus": "-", "times": "*", "divide": "/"}
OP_WORDS = {"plus": "plus", "minus": "minus", "times": "times", "divide": "divided by"}


def operation(b: Builder) -> tuple[int, str, int, int]:
    """Draw a calculation; small numbers are the rule and large ones the exception."""
    op = b.pick(("plus", "plus", "plus", "minus", "minus", "times", "times", "divide"))
    high = 99 if b.chance(0.06) else 20
    if op == "plus":
        x, y = b.between(0, high), b.between(0, high)
        return x, op, y, x + y
    if op == "minus":
        x = b.between(1, high)
        y = b.between(0, x)
        return x, op, y, x - y
    x, y = b.between(1, 10), b.between(1, 10)
    if op == "times":
        return x, op, y, x * y
    return x * y, op, y, x


def _number(n: int, words: bool, tag: str) -> Phrase:
    return tagged(number_word(n) if words else str(n), "pos:num", tag)


def _calculation(b: Builder, words: bool) -> None:
    """Write one calculation, in signs or in words."""
    x, op, y, z = operation(b)
    b.phrase(_number(x, words, "operand"))
    b.add(" ")
    b.phrase(tagged(OP_WORDS[op] if words else SIGNS[op], f"op:{op}"))
    b.add(" ")
    b.phrase(_number(y, words, "operand"))
    b.add(" ")
    b.phrase(tagged(b.pick(("is", "equals", "makes")) if words else "=", "op:equals"))
    b.add(" ")
    b.phrase(_number(z, words, "result"))


def arithmetic(b: Builder) -> None:
    """A page of sums, in digits or in words."""
    if b.chance(0.4):
        b.heading(
            (
                "Sums for [today|this week|practice]:",
                "Exercise {#1-60}",
                "{a+:shape} of sums:",
                "Mental arithmetic, page {#1-99}",
                "Homework:",
            )
        )
    words = b.chance(0.25)
    for i in range(b.between(5, 14)):
        if i:
            b.line()
        start = b.pos
        _calculation(b, words)
        if words:
            b.add(".")
        b.mark(start, f"list_item:{i + 1}")


def chain(b: Builder) -> None:
    """A number is carried through several steps, each told in a sentence."""
    n = b.between(2, 20)
    b.say(
        ("Think of the number {n}.", "Start with {n}.", "Take {n}.", "I have {n}."),
        n=_number(n, False, "operand"),
    )
    form: tuple[str, ...]
    for _ in range(b.between(2, 5)):
        if n > 3 and b.chance(0.5):
            k = b.between(1, min(n - 1, 12))
            after = n - k
            form = (
                "Take away {k}: {r}.",
                "Subtract {k} and you get {r}.",
                "Less {k}, that is {r}.",
                "Now remove {k}, and {r} are left.",
            )
        elif n <= 10 and b.chance(0.3):
            k, after = 2, 2 * n
            form = ("Double it: {r}.", "Twice that is {r}.")
        else:
            k = b.between(1, 12)
            after = n + k
            form = (
                "Add {k}: {r}.",
                "With {k} more you have {r}.",
                "Add {k} and you get {r}.",
                "Put {k} to it, and it is {r}.",
            )
        b.say(form, k=_number(k, False, "operand"), r=_number(after, False, "result"))
        n = after
    b.say(
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


def word_problem(b: Builder) -> None:
    """A small story with numbers, a question and the answer."""
    for i in range(b.between(1, 3)):
        if i:
            b.line(blank=True)
        _problem(b)


def _problem(b: Builder) -> None:
    a, c = pair(b.rng)
    noun = draw_noun(b.rng, "fruit,toy,treasure,office,flower,sweet,bird,insect,reading,container")
    x, y = b.between(2, 20), b.between(1, 15)
    style = b.between(0, 4)
    if style == 0:
        z = x + y
        b.say(
            (
                "{A} has {x}, and {B} gives {A.him} {y} more.",
                "{A} had {x}. Then {A.he} found {y} more.",
                "There were {x} in {the:container}, and {A} put in {y} more.",
            ),
            A=a,
            B=c,
            x=_count(x, noun, "operand"),
            y=_number(y, False, "operand"),
        )
        b.say(("How many {n.ns} are there now?", "How many {n.ns} is that altogether?"), n=noun)
        sign = "+"
    elif style == 1:
        x, y = max(x, y), min(x, y)
        z = x - y
        b.say(
            (
                "{A} has {x} and gives {y} of them to {B}.",
                "{A} had {x} but lost {y} of them.",
                "Of {x} in {the:container}, {B} took {y}.",
                "{A} bought {x}; {y} of them were broken.",
            ),
            A=a,
            B=c,
            x=_count(x, noun, "operand"),
            y=_number(y, False, "operand"),
        )
        b.say(("How many {n.ns} are left?", "How many {n.ns} remain?"), n=noun)
        sign = "-"
    elif style == 2:
        x, y = b.between(2, 10), b.between(2, 10)
        z = x * y
        holder = draw_noun(b.rng, "container")
        b.say(
            ("{A} fills {x} with {y} each.", "There are {x} with {y} in each of them."),
            A=a,
            x=_count(x, holder, "operand"),
            y=_count(y, noun, "operand"),
        )
        b.say(("How many {n.ns} are there?", "How many {n.ns} is that in all?"), n=noun)
        sign = "*"
    elif style == 3:
        y, z = b.between(2, 10), b.between(1, 10)
        x = y * z
        b.say(
            ("{x} are shared fairly by {y} people.", "{A} divides {x} among {y} children."),
            A=a,
            x=_count(x, noun, "operand"),
            y=_number(y, False, "operand"),
        )
        b.say("How many {n.ns} does each of them get?", n=noun)
        sign = "/"
    else:
        y = b.between(1, 9)
        z = x + y
        b.say(
            (
                "{A} is {x} years old, and {B} is {y} [year|years] older."
                if y > 1
                else "{A} is {x} years old, and {B} is {y} year older."
            ).replace("[year|years]", "years"),
            A=a,
            B=c,
            x=_number(x, False, "operand"),
            y=_number(y, False, "operand"),
        )
        b.say("How old is {B}?", B=c)
        sign = "+"
    name = {"+": "plus", "-": "minus", "*": "times", "/": "divide"}[sign]
    if b.chance(0.7):
        b.say(
            "Answer: {x} {o} {y} {e} {z}.",
            x=_number(x, False, "operand"),
            o=tagged(sign, f"op:{name}"),
            y=_number(y, False, "operand"),
            e=tagged("=", "op:equals"),
            z=_number(z, False, "result"),
        )
    else:
        b.say(("The answer is {z}.", "Answer: {z}."), z=_number(z, False, "result"))


def counting(b: Builder) -> None:
    """Count up or down, in digits or words, sometimes over things."""
    words, down = b.chance(0.5), b.chance(0.35)
    first, length = b.between(1, 60), b.between(8, 16)
    numbers = [first + i for i in range(length)]
    if down:
        numbers.reverse()
    noun = draw_noun(b.rng, "farm,bird,fruit,toy")
    a = cast(b.rng, 1)[0]
    b.say(
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
        b.add(" " if i == 0 else ", ")
        start = b.pos
        b.phrase(_number(n, words, f"list_item:{i + 1}"))
        if noun and not words and b.chance(0.02):
            b.add(" ")
            b.phrase(noun.ns if n > 1 else noun.n)
        b.mark(start)
    b.add(".")
    b.say(
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


def sequence(b: Builder) -> None:
    """Sequences that go on by a rule: steps, doubling, squares, letters, days and patterns."""
    for i in range(b.between(2, 5)):
        if i:
            b.line()
        start = b.pos
        _sequence(b)
        b.mark(start, f"list_item:{i + 1}")


def _sequence(b: Builder) -> None:
    style, n = b.between(0, 6), b.between(6, 10)
    if style <= 1:
        step, first = b.between(2, 11), b.between(0, 30)
        items, rule = [str(first + step * i) for i in range(n)], f"add {step}"
    elif style == 2:
        step, first = b.between(2, 9), b.between(90, 120)
        items, rule = [str(first - step * i) for i in range(n)], f"take away {step}"
    elif style == 3:
        first = b.between(1, 6)
        items, rule = [str(first * 2**i) for i in range(n)], "double it"
    elif style == 4:
        first = b.between(1, 9)
        items, rule = [str((first + i) ** 2) for i in range(n)], "square numbers"
    elif style == 5:
        first, step = b.between(0, 7), b.between(1, 3)
        items = [LETTERS[(first + step * i) % 26] for i in range(n)]
        rule = "the alphabet" if step == 1 else f"every letter but {number_word(step - 1)}"
    else:
        cycle = [draw_noun(b.rng, "shape,fruit,flower").word for _ in range(b.between(2, 3))]
        items, rule = [cycle[i % len(cycle)] for i in range(n)], "a pattern"
    for i, item in enumerate(items):
        b.add(", " if i else "")
        digits = item[0].isdigit()
        b.phrase(
            tagged(
                item,
                "pos:num" if digits else "pos:noun",
                *(("result",) if i and digits and style < 5 else ()),
            )
        )
    if b.chance(0.5):
        b.add(" (rule: ")
        b.raw(rule)
        b.add(")")

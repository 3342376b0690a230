"""The parts of an address: each reader's good, bad and edge input, with the exact note."""

import pytest

from pages.shell import parameters
from pages.shell.parameters import Parameter, Unreadable

SIZE = parameters.integer("demo", "size", 20, 1, 100, what="Size")
PLACE = parameters.integer("demo", "place", None, 0, 9, what="place")
HEAT = parameters.decimal("demo", "heat", 1.0, 0.1, 5.0, what="Heat")
WAY = parameters.choice("demo", "way", "fast", ("fast", "slow"), what="way")
LEFT_OUT = parameters.flag("demo", "left_out", what="choice")
MARKED = parameters.integers("demo", "marked", 10, what="Places")
WORDS = parameters.text("demo", "words", "hello", longest=8)
DENSITY = parameters.between("demo", "density", (0, 0.1, 5, 100), what="Density")


@pytest.mark.parametrize(
    ("parameter", "text", "value"),
    [
        (SIZE, None, 20),
        (SIZE, "1", 1),
        (SIZE, "100", 100),
        (SIZE, "007", 7),
        (PLACE, None, None),
        (PLACE, "0", 0),
        (HEAT, None, 1.0),
        (HEAT, "0.1", 0.1),
        (HEAT, "5", 5.0),
        (HEAT, "7e-1", 0.7),
        (WAY, None, "fast"),
        (WAY, "slow", "slow"),
        (LEFT_OUT, None, False),
        (LEFT_OUT, "True", True),
        (LEFT_OUT, "False", False),
        (MARKED, None, []),
        (MARKED, "", []),
        (MARKED, "2,4", [2, 4]),
        (MARKED, "4,2,2", [2, 4]),
        (MARKED, "9", [9]),
        (WORDS, None, "hello"),
        (WORDS, "", ""),
        (WORDS, "12345678", "12345678"),
        (WORDS, "123456789", "12345678"),
        (WORDS, "<b>\0\n", "<b>\0\n"),
        (DENSITY, None, (0, 100)),
        (DENSITY, "0.1-5", (0.1, 5)),
        (DENSITY, "5-5", (5, 5)),
        (DENSITY, "0-100", (0, 100)),
    ],
)
def test_what_can_be_read(parameter, text, value):
    notes: list[str] = []
    assert parameter.read(text, notes) == value
    assert notes == []


SIZE_NOTE = "Size {!r} is not a whole number from 1 to 100; showing 20."
HEAT_NOTE = "Heat {!r} is no number from 0.1 to 5; showing 1."
LEFT_OUT_NOTE = "The choice {!r} is neither True nor False; showing False."
LONG = "0" * 5000 + "1"  # more digits than Python reads
MARKED_NOTE = "Places {!r} are no whole numbers below 10, such as 2,4."
DENSITY_NOTE = "Density {!r} is no range between two of 0, 0.1, 5, 100; showing all."


@pytest.mark.parametrize(
    ("parameter", "text", "note"),
    [
        *((SIZE, text, SIZE_NOTE) for text in ("", "0", "101", "-1", "+5", "5.0", "²", "٣", "x y")),
        (SIZE, "1" * 9, SIZE_NOTE),
        (SIZE, "9" * 50, SIZE_NOTE.format("9" * 40)),
        (PLACE, "10", "place '10' is not a whole number from 0 to 9; showing another."),
        *((HEAT, text, HEAT_NOTE) for text in ("", "0.09", "5.01", "-1", "nan", "inf", "warm")),
        (WAY, "", "The way '' is none of fast, slow; showing fast."),
        (WAY, "Slow", "The way 'Slow' is none of fast, slow; showing fast."),
        (WAY, "<b>" * 20, f"The way {('<b>' * 20)[:40]!r} is none of fast, slow; showing fast."),
        *((LEFT_OUT, text, LEFT_OUT_NOTE) for text in ("", "true", "1", "yes")),
        *((MARKED, text, MARKED_NOTE) for text in ("10", "2,,4", "-1", "2, 4", "a", "9999999999")),
        (MARKED, LONG, MARKED_NOTE.format(LONG[:40])),
        (SIZE, LONG, SIZE_NOTE.format(LONG[:40])),
        (HEAT, "9" * 5000, HEAT_NOTE.format("9" * 40)),
        *((DENSITY, text, DENSITY_NOTE) for text in ("", "5", "5-0.1", "0-7", "-", "0--5", "a-b")),
    ],
)
def test_what_cannot_be_read_is_the_default_and_a_note(parameter, text, note):
    notes: list[str] = []
    assert parameter.read(text, notes) == parameter.default
    assert notes == [note.format(text)]


def test_notes_add_up():
    notes = ["first."]
    SIZE.read("x", notes)
    WAY.read("y", notes)
    assert len(notes) == 3 and notes[0] == "first."


def test_a_key_names_its_page_once():
    assert SIZE.key == "demo_size"
    assert parameters.text("add", "add_pasted").key == "add_pasted"
    assert parameters.text("add", "address").key == "add_address"


def test_a_reader_of_ones_own():
    def parse(text: str) -> str:
        if text.isupper():
            return text
        raise Unreadable("not loud")

    loud = Parameter("loud", "demo_loud", parse, "HEY", "; shouting anyway")
    notes: list[str] = []
    assert loud.read("HO", notes) == "HO" and not notes
    assert loud.read("ho", notes) == "HEY" and notes == ["not loud; shouting anyway."]


def test_a_list_by_default_is_nobody_elses():
    """A widget may change the list that it was given."""
    first, second = MARKED.read(None, []), MARKED.read(None, [])
    first.append(3)
    assert MARKED.default == [] and second == []

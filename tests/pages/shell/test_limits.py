"""What visitors may ask for, and the variables that set it."""

from dataclasses import fields

import pytest
from appdata import PROMPT
from openpage import lines, open_page, shown

from itda_core import InputError
from pages.shell.limits import Limits, limits

NUMBERS = [field.name for field in fields(Limits) if field.name != "build"]


@pytest.fixture(autouse=True)
def no_variables(monkeypatch):
    for field in fields(Limits):
        monkeypatch.delenv(f"ITDA_{field.name.upper()}", raising=False)


def test_without_variables():
    assert limits() == Limits() and limits().build


@pytest.mark.parametrize("name", NUMBERS)
@pytest.mark.parametrize(("text", "value"), [("7", 7), (" 7 ", 7), ("007", 7), ("9" * 12, 10**12)])
def test_a_number_is_set_by_its_variable(name, text, value, monkeypatch):
    monkeypatch.setenv(f"ITDA_{name.upper()}", text)
    expected = value - (text == "9" * 12)
    assert getattr(limits(), name) == expected
    others = [field.name for field in fields(Limits) if field.name != name]
    assert all(getattr(limits(), other) == getattr(Limits(), other) for other in others)


@pytest.mark.parametrize("text", ["0", "-1", "1.5", "ten", "1_000", "²", "9" * 13, "<b>"])
def test_a_number_that_is_none_is_said(text, monkeypatch):
    monkeypatch.setenv("ITDA_L0", text)
    with pytest.raises(InputError) as caught:
        limits()
    assert str(caught.value) == f"ITDA_L0 is {text!r}; expected a whole number above 0"


@pytest.mark.parametrize("text", ["", "  "])
def test_an_empty_variable_says_nothing(text, monkeypatch):
    monkeypatch.setenv("ITDA_L0", text)
    monkeypatch.setenv("ITDA_BUILD", text)
    assert limits() == Limits()


@pytest.mark.parametrize(
    ("text", "value"),
    [("off", False), ("OFF", False), ("0", False), ("no", False), ("False", False), ("on", True)],
)
def test_building_can_be_switched_off(text, value, monkeypatch):
    monkeypatch.setenv("ITDA_BUILD", text)
    assert limits().build is value


def test_a_page_keeps_to_the_limits(data, monkeypatch):
    monkeypatch.setenv("ITDA_L0", "4")
    monkeypatch.setenv("ITDA_PROMPT_CHARACTERS", str(len(PROMPT)))
    app = open_page(dictionary="tiny-l1", prompt=PROMPT)
    assert lines(app) == [] and len(shown(app, "itda_citations")["rows"]) <= 4
    slider = app.slider(key="explore_l0")
    assert slider.max == 4 and slider.value == 4  # built with 6
    (line,) = lines(open_page(dictionary="tiny-l1", l0="5", prompt=PROMPT))
    assert line == "L0 '5' is not a whole number from 1 to 4; showing 4."
    (line,) = lines(open_page(dictionary="tiny-l1", prompt=PROMPT + "!"))
    assert line == (
        f"The prompt has {len(PROMPT) + 1} characters; at most {len(PROMPT)} are read. "
        "Shorten it, or use `evaluate` for whole texts"
    )


def test_a_variable_that_cannot_be_read_is_a_line_on_the_page(data, monkeypatch):
    monkeypatch.setenv("ITDA_L0", "many")
    (line,) = lines(open_page())
    assert line == "ITDA_L0 is 'many'; expected a whole number above 0"

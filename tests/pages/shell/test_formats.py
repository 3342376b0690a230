"""Numbers and texts made fit to be shown."""

import pytest

from pages.shell.formats import number, percent, plain, short_name, signed_decimal, with_minus


def test_numbers_and_texts():
    assert [number(x) for x in (0.069312, 12.345, 1234.4, 0, -0.5)] == [
        "0.0693",
        "12.3",
        "1,234",
        "0",
        "-0.500",
    ]
    assert number(float("nan")) == "–"
    assert [percent(x) for x in (0.931, 0.9999999, 0.998, 0.0, 0.001)] == [
        "93%",
        "100%",
        "> 99%",
        "0%",
        "< 1%",
    ]
    assert plain("a\nb [x](y) <b>") == r"a b \[x\]\(y\) \<b\>"
    assert short_name("EleutherAI/pythia-70m") == "pythia-70m"


@pytest.mark.parametrize(
    ("value", "text"), [(0.16849, "+0.168"), (-0.1689, "−0.169"), (0.0, "+0.000"), (12, "+12.000")]
)
def test_a_number_with_its_sign(value, text):
    assert signed_decimal(value) == text


def test_a_sign_is_never_a_hyphen():
    assert signed_decimal(-2.5, digits=1) == "−2.5"
    assert with_minus(f"× {-1e-05:g}") == "× −1e−05"


@pytest.mark.parametrize(
    "text",
    ["https://a.example", "HTTP://a.example", "www.a.example", "me@a.example", "a -> b", "a -- b"],
)
def test_plain_text_shows_nothing_but_itself(text):
    """An invisible character parts what Streamlit would make a link or a sign of."""
    shown = plain(text)
    assert shown.replace("\\", "").replace("\u2060", "") == text
    assert "\u2060" in shown


def test_plain_text_that_is_copied_is_what_was_written():
    assert "\u2060" not in plain("tinyworld:0:4000 of tiny-l1-tau0.3 (12:30), 3 > 2")

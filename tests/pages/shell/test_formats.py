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

"""Colours that axe-core does not see in every state: a text on its fullest shade, both themes."""

import re
import tomllib
from pathlib import Path

import pytest

from pages.shell.start import _STYLE

ROOT = Path(__file__).parents[2]
THEMES = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text(encoding="utf-8"))["theme"]
STYLES = {
    path.name: path.read_text(encoding="utf-8") for path in (ROOT / "pages").glob("*/web/*.css")
}
HUES = ("primaryColor", "blueColor", "orangeColor")
LEAST = 4.5
CAPTION = 0.6
"""Of the colour of text, in Streamlit's captions."""


def rgb(colour: str) -> list[int]:
    return [int(colour[i : i + 2], 16) for i in (1, 3, 5)]


def over(colour: list[float], opacity: float, ground: list[float]) -> list[float]:
    return [c * opacity + g * (1 - opacity) for c, g in zip(colour, ground, strict=True)]


def light(colour: list[float]) -> float:
    """Relative luminance, as WCAG 2 defines it."""
    parts = [value / 255 for value in colour]
    r, g, b = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * r + 0.7152 * g + 0.0722 * b


def contrast(one: list[float], other: list[float]) -> float:
    low, high = sorted((light(one), light(other)))
    return (high + 0.05) / (low + 0.05)


def test_contrast_is_that_of_wcag():
    assert contrast([0, 0, 0], [255, 255, 255]) == pytest.approx(21)
    assert contrast(rgb("#777777"), [255, 255, 255]) == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_texts_of_the_theme(theme):
    colours = {k: rgb(v) for k, v in THEMES[theme].items()}
    for ground in (colours["backgroundColor"], colours["secondaryBackgroundColor"]):
        assert contrast(over(colours["textColor"], CAPTION, ground), ground) >= LEAST
        assert contrast(colours["orangeTextColor"], ground) >= LEAST
        assert contrast(colours["linkColor"], ground) >= LEAST


def test_what_the_style_sets_itself_are_colours_of_the_themes():
    accents = [THEMES[theme]["primaryColor"] for theme in ("light", "dark")]
    assert f"light-dark({', '.join(accents)})" in _STYLE
    assert f"light-dark(#ffffff, {THEMES['dark']['backgroundColor']})" in _STYLE


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_texts_on_their_fullest_shade(theme):
    colours = {k: rgb(v) for k, v in THEMES[theme].items()}
    text, ground = colours["textColor"], colours["backgroundColor"]
    shades = [
        float(share) / 100
        for style in STYLES.values()
        for share in re.findall(r"(?:\* |accent\) )(\d+)%", style)
    ]
    assert max(shades) >= 0.5
    for hue in HUES:
        assert contrast(text, over(colours[hue], max(shades), ground)) >= LEAST


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("name", STYLES)
def test_no_text_is_muted_too_far(name, theme):
    text, ground = (rgb(THEMES[theme][key]) for key in ("textColor", "backgroundColor"))
    least = [float(o) for o in re.findall(r"opacity: (?:calc\()?([\d.]+)", STYLES[name])]
    for opacity in least:
        assert contrast(over(text, opacity, ground), ground) >= LEAST

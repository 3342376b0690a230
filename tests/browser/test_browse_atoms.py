"""The page *Atoms*, in a real Chromium."""

import os
import re
import shutil
from itertools import product
from urllib.parse import quote

import pytest
from appdata import PROMPT, add_dictionary, add_statistics
from playwright.sync_api import Page, expect
from server import ROOT, Serve, picture

NAME = "tiny-atoms"
READY = ".focus.label"
VIEW = f"atoms?dictionary={NAME}&atom=5"
SHOWN_BY = {
    "uses": ".js-plotly-plot .xtitle",
    "near": ".bar",
    "predicts": ".js-plotly-plot .xtitle",
    "text": ".ramp",
    "elsewhere": "td.name",
}
"""Section -> what is there once it is drawn."""


@pytest.fixture(scope="module", autouse=True)
def described(data):
    """A dictionary with statistics, there for the tests of this file."""
    add_dictionary(data, NAME, 1)
    add_statistics(data, NAME)
    yield
    shutil.rmtree(data / "dictionaries" / NAME)


def address_has(page: Page, part: str) -> None:
    page.wait_for_function("part => location.search.includes(part)", arg=part)


def title(page: Page):
    return page.locator(".st-key-atoms_head h3")


def test_the_first_view_explains_an_atom(visit):
    page = visit(f"atoms?dictionary={NAME}", wait=READY)
    expect(page.get_by_role("heading", name="Atoms", exact=True)).to_be_visible()
    expect(page.get_by_text("of its use falls")).to_be_visible()
    expect(page.locator(".js-plotly-plot .xtitle")).to_contain_text("coefficient")
    expect(page.locator(".row .lead").first).to_have_text(re.compile(r"^[+−][\d.]+$"))
    expect(page.locator('[data-testid="stException"]')).to_have_count(0)
    # Without scrolling, at 1440 x 900: what the atom is used for most.
    assert page.locator(".row .lead").first.bounding_box()["y"] < 640


def test_a_long_source_text_is_shown_around_its_token(visit):
    page = visit(VIEW, wait=READY)
    box = page.locator(".row.whole .text").first
    assert box.bounding_box()["height"] < 110
    inside, outside = page.locator(READY).bounding_box(), box.bounding_box()
    assert outside["y"] <= inside["y"] + inside["height"] / 2 <= outside["y"] + outside["height"]


def test_the_density_filter_works_from_the_keyboard_and_in_the_address(visit):
    page = visit(VIEW, wait=READY)
    said = page.get_by_text(re.compile(r"^[\d,]+ of [\d,]+ atoms"))
    before = said.inner_text()
    assert "density" not in page.evaluate("location.search")
    lower = page.get_by_test_id("stSlider").get_by_role("slider").first
    lower.focus()
    page.keyboard.press("ArrowRight")
    address_has(page, "density=0.01-100")
    lower.press("End")
    address_has(page, "density=100-100")
    expect(page.get_by_text("No atom fits")).to_be_visible()
    lower.press("Home")
    expect(said).to_have_text(before)
    page.wait_for_function("!location.search.includes('density')")


def test_a_click_on_a_row_opens_its_atom(visit):
    page = visit(f"{VIEW}&order=entry", wait=READY)
    expect(title(page)).to_contain_text("atom 5")
    table = page.get_by_test_id("stDataFrame").first
    table.click(position={"x": 150, "y": 36 + 28 * 2 + 14})
    expect(title(page)).to_contain_text("atom 2")
    address_has(page, "atom=2&")
    page.get_by_role("button", name="Next").click()
    expect(title(page)).to_contain_text("atom 3")
    page.get_by_role("textbox", name="Text in the source").fill("no such text")
    page.keyboard.press("Enter")
    expect(page.get_by_text("No atom fits")).to_be_visible()
    address_has(page, "search=no+such+text")
    page.get_by_role("button", name="Show all atoms").click()
    expect(page.get_by_text("No atom fits")).to_have_count(0)
    expect(title(page)).to_contain_text("atom 3")


def test_a_context_unfolds_and_says_its_tags(visit):
    page = visit(VIEW, wait=READY)
    line = page.locator("button.text").first
    line.focus()
    page.keyboard.press("Enter")
    expect(line).to_have_attribute("aria-expanded", "true")
    line.locator(".focus").hover()
    expect(page.locator(".tip:visible")).to_contain_text("coefficient")
    expect(page.locator(".tip:visible")).to_contain_text("tags:")


def test_neighbours_are_links_that_keep_the_page(visit):
    page = visit(f"{VIEW}&section=near", wait=".bar")
    page.evaluate("window.here = true")
    link = page.locator(".st-key-atoms_nearest a, td.name a").first
    name = link.inner_text()
    link.focus()
    page.keyboard.press("Enter")
    expect(title(page)).to_contain_text(name)
    address_has(page, name.replace("atom ", "atom="))
    assert page.evaluate("window.here") is True


def test_markup_in_ones_own_text_stays_text(visit):
    text = "the <b>cat</b> <img src=x onerror='window.hacked = 1'>"
    page = visit(f"{VIEW}&section=text&measure=cosine&text={quote(text)}", wait=".ramp")
    shown = page.locator(".row.whole").last
    assert shown.inner_text() == text
    assert shown.locator("b, img").count() == 0 and page.evaluate("window.hacked") is None
    shown.locator(".run[style]").first.hover()
    expect(page.locator(".tip:visible")).to_contain_text("cosine")


def test_the_token_in_the_other_dictionaries(visit):
    page = visit(f"{VIEW}&section=elsewhere", wait="td.name")
    link = page.locator("td.name a").first
    expect(link).to_have_attribute("href", re.compile(r"^atoms\?dictionary=tiny-l\d&atom=\d+$"))
    link.click()
    address_has(page, "dictionary=tiny-l")


def test_a_citation_leads_to_its_atom(visit):
    page = visit(f"?dictionary={NAME}&l0=6&token=2&prompt={quote(PROMPT)}")
    link = page.locator("td.open a").first
    atom = link.inner_text()
    link.focus()
    page.keyboard.press("Enter")
    page.locator(READY).wait_for()
    expect(title(page)).to_contain_text(f"atom {atom}")
    address_has(page, f"dictionary={NAME}")


@pytest.mark.parametrize(("theme", "width"), [("light", 1440), ("dark", 1440), ("dark", 900)])
def test_both_themes_and_a_narrow_window(visit, theme, width):
    page = visit(VIEW, width=width, theme=theme, wait=READY)
    background = page.locator(".stApp").evaluate("e => getComputedStyle(e).backgroundColor")
    dark = sum(map(float, background[background.index("(") + 1 : -1].split(",")[:3])) < 384
    assert dark == (theme == "dark")
    main = page.locator('[data-testid="stMain"]')
    assert main.evaluate("e => e.scrollWidth - e.clientWidth") <= 0
    table = page.get_by_test_id("stDataFrame").first.bounding_box()
    source = page.locator(READY).bounding_box()
    assert (source["x"] > table["x"] + table["width"]) == (width == 1440)
    assert source["y"] < 860  # the atom is to be seen in a narrow window too, below a short table
    picture(page, f"atoms-{theme}-{width}")


@pytest.mark.skipif(not os.environ.get("UPDATE_SCREENSHOTS"), reason="UPDATE_SCREENSHOTS not set")
def test_screenshots_of_the_bundled_data(visit, tmp_path):
    if not list((ROOT / "data" / "dictionaries").glob("*/statistics/statistics.json")):
        pytest.skip("no bundled dictionary with statistics in data/dictionaries")
    with Serve(ROOT / "data", tmp_path) as address:
        for section, theme, width in product(SHOWN_BY, ("light", "dark"), (1440, 900)):
            page = visit(
                f"atoms?section={section}",
                width=width,
                height=900 if width == 1440 else 1700,
                theme=theme,
                address=address,
                wait=READY,
            )
            page.locator(SHOWN_BY[section]).first.wait_for()
            page.wait_for_timeout(1200)
            picture(page, f"atoms-{section}-{theme}-{width}")
            page.close()

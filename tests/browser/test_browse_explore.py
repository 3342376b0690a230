"""Explore a prompt, in a real Chromium against a real server."""

import json
import os
import re
import shutil
from urllib.parse import quote

import pytest
from appdata import PROMPT, add_dictionary, make_data
from playwright.sync_api import Page, expect
from server import ROOT, Serve, picture

BODY, ROWS = ".wrap tbody", ".wrap tbody tr"
VIEW = f"?dictionary=tiny-l1&l0=6&method=mp&colour=explained&token=2&prompt={quote(PROMPT)}"


def picked(page: Page) -> str:
    return page.locator(".token[aria-selected=true]").inner_text()


def explained_word(page: Page):
    return page.locator(".word")


def type_prompt(page: Page, text: str) -> None:
    area = page.locator("textarea").first
    area.fill(text)
    area.press("Control+Enter")


def address_has(page: Page, part: str) -> None:
    page.wait_for_function("part => location.search.includes(part)", arg=part)


def test_the_first_view_explains_itself(visit):
    page = visit()
    expect(page.get_by_role("heading", name="Explore a prompt")).to_be_visible()
    expect(page.locator(".headline")).to_contain_text("explained by")
    expect(page.locator(ROWS).first).to_be_visible()
    assert page.locator(".token").count() > 10
    assert page.locator('[data-testid="stException"]').count() == 0
    # Without scrolling, at 1440 x 900: the strip, the headline and the first citations.
    assert page.locator(ROWS).nth(3).bounding_box()["y"] < 860


def test_a_typed_prompt_is_taken_apart(visit):
    page = visit(VIEW)
    type_prompt(page, "The teacher paints a river.")
    expect(page.locator(".strip")).to_contain_text("river")
    expect(page.locator(".strip")).not_to_contain_text("sea")
    address_has(page, "paints")
    expect(page.locator(".headline")).to_contain_text("explained by")


def test_a_click_cites_another_token(visit):
    page = visit(VIEW)
    before = page.locator(BODY).inner_text()
    page.locator(".token").nth(4).click()
    expect(page.locator(".headline")).to_contain_text("token 4 ")
    assert page.locator(BODY).inner_text() != before
    assert page.locator('.token[aria-selected="true"]').get_attribute("data-index") == "4"
    address_has(page, "token=4")
    page.locator(".token").nth(2).click()  # and back: the same value as the address began with
    expect(page.locator(".headline")).to_contain_text("token 2 ")


def test_it_works_from_the_keyboard(visit):
    page = visit(VIEW)
    page.locator('.token[aria-selected="true"]').focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    focused = page.locator(".token:focus")
    assert focused.get_attribute("data-index") == "4"
    assert focused.evaluate("e => getComputedStyle(e).outlineStyle") == "solid"
    expect(page.locator(".tip")).to_contain_text("token 4")
    page.keyboard.press("Enter")
    expect(page.locator(".headline")).to_contain_text("token 4 ")
    assert page.locator(".token:focus").get_attribute("data-index") == "4"  # focus stays
    page.keyboard.press("Home")
    page.keyboard.press("Space")
    expect(page.locator(".headline")).to_contain_text("token 0 ")
    page.keyboard.press("End")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Enter")
    last = page.locator(".token").count() - 2
    expect(page.locator(".headline")).to_contain_text(f"token {last} ")
    expect(page.locator('[role="listbox"] [role="option"]').first).to_have_attribute(
        "aria-label", re.compile(r"token 0 .*explained by")
    )


def test_up_and_down_move_between_lines(visit):
    page = visit(f"?dictionary=tiny-l1&token=1&prompt={quote(' '.join([PROMPT] * 9))}", width=900)
    tops = page.locator(".token").evaluate_all("all => all.map(e => e.getBoundingClientRect().top)")
    assert len({round(top) for top in tops}) >= 2  # it wraps
    page.locator('.token[aria-selected="true"]').focus()
    page.keyboard.press("ArrowDown")
    below = int(page.locator(".token:focus").get_attribute("data-index"))
    assert tops[below] > tops[1]
    page.keyboard.press("ArrowUp")
    assert tops[int(page.locator(".token:focus").get_attribute("data-index"))] == tops[1]


def test_a_shared_link_shows_the_same(visit):
    page = visit(VIEW)
    page.get_by_text("Novelty", exact=True).click()
    page.get_by_text("Orthogonal", exact=True).click()
    address_has(page, "method=omp")
    address_has(page, "colour=novelty")
    page.locator(".token").nth(5).click()
    address_has(page, "token=5")
    expect(page.locator(".headline")).to_contain_text("token 5 ")
    link = page.evaluate("location.search")
    other = visit(link, stranger=True)
    expect(other.locator(".headline")).to_contain_text("token 5 ")
    for part in (".strip", ".headline", BODY, ".legend"):
        assert other.locator(part).first.inner_text() == page.locator(part).first.inner_text()
    assert other.locator("textarea").first.input_value() == PROMPT
    shades = "all => all.map(e => e.getAttribute('style'))"
    assert other.locator(".token").evaluate_all(shades) == page.locator(".token").evaluate_all(
        shades
    )


def test_quick_clicks_all_count(visit):
    page = visit(VIEW)
    for index in (3, 4, 5, 6, 7):
        page.locator(".token").nth(index).click()
    expect(page.locator(".headline")).to_contain_text("token 7 ")
    address_has(page, "token=7")
    page.wait_for_timeout(800)
    expect(page.locator(".headline")).to_contain_text("token 7 ")


def test_back_in_the_browser_goes_back(visit):
    page = visit(VIEW)
    page.locator(".token").nth(6).click()
    address_has(page, "token=6")
    page.go_back()
    expect(page.locator(".headline")).to_contain_text("token 2 ")


MARKUP = "<script>window.hacked = 1</script> <img src=x onerror='window.hacked = 1'> <b>bold</b>"
ESCAPE = "</textarea></style></span><svg onload='window.hacked = 1'> ]]> {{7*7}} ${7*7}"


def test_markup_in_a_prompt_stays_text(visit):
    page = visit(f"?dictionary=tiny-l1&prompt={quote(MARKUP)}")
    written = "all => all.map(e => e.textContent).join('').replaceAll('·', ' ')"
    assert page.locator(".token").evaluate_all(written) == MARKUP
    type_prompt(page, ESCAPE)
    expect(page.locator(".strip")).to_contain_text("svg")
    assert page.locator(".token").evaluate_all(written) == ESCAPE
    assert page.evaluate("window.hacked") is None
    assert page.locator(".strip img, .strip script, .strip b, .strip svg").count() == 0


def test_spaces_controls_and_direction(visit):
    page = visit(
        f"?dictionary=tiny-l1&prompt={quote('the cat' + chr(10) + 'sees  a bird' + chr(0))}"
    )
    expect(page.locator(".strip")).to_contain_text("␀")
    text = page.locator(".strip").inner_text()
    assert "·" in text and "↵" in text
    assert float(page.locator(".mark").first.evaluate("e => getComputedStyle(e).opacity")) < 1
    assert page.locator(".strip").evaluate("e => getComputedStyle(e).direction") == "ltr"
    type_prompt(page, "مرحبا بالعالم")
    expect(page.locator(".strip")).to_contain_text("م")
    assert page.locator(".strip").evaluate("e => getComputedStyle(e).direction") == "rtl"
    lefts = page.locator(".token").evaluate_all(
        "all => all.map(e => e.getBoundingClientRect().left)"
    )
    assert lefts[0] > lefts[-1]  # reads from right to left


def test_an_answer_in_place_of_an_error(visit):
    page = visit("?dictionary=nobody&l0=9999&token=12345678&colour=%3Cscript%3E&method=%00")
    expect(page.get_by_text("There is no dictionary 'nobody'")).to_be_visible()
    expect(page.locator(".headline")).to_contain_text("explained by")
    type_prompt(page, "")
    expect(page.get_by_text("The prompt is empty")).to_be_visible()
    type_prompt(page, "x" * 100_000)
    expect(page.get_by_text("100,000 characters")).to_be_visible()
    type_prompt(page, PROMPT)
    expect(page.locator(".headline")).to_contain_text("explained by")
    assert page.locator('[data-testid="stException"]').count() == 0


def test_long_lists_open_and_texts_unfold(visit):
    page = visit(VIEW.replace("l0=6", "l0=60").replace("method=mp", "method=omp"))
    rows = page.locator(ROWS)
    expect(page.locator(".headline")).to_contain_text("explained by")
    n_atoms = int(page.locator(".headline").inner_text().partition("explained by ")[2].split()[0])
    if n_atoms > 12:
        assert rows.count() == 12
        page.get_by_role("button", name=f"Show all {n_atoms}").click()
        assert rows.count() == n_atoms
    page.locator(".quote").first.click()
    expect(page.locator(".quote").first).to_have_attribute("aria-expanded", "true")
    assert page.locator(".wrap mark").count() == rows.count()


def test_pursuit_step_by_step(visit):
    page = visit(VIEW)
    page.get_by_role("tab", name="Step by step").click()
    expect(page.locator(".js-plotly-plot")).to_be_visible()
    expect(page.locator(".js-plotly-plot .ytitle")).to_contain_text("share of |x|²")


def test_the_codes_can_be_had(visit):
    page = visit(VIEW)
    page.get_by_test_id("stSidebar").get_by_role("button", name="Download").click()
    with page.expect_download() as waiting:
        page.get_by_role("button", name="JSON").click()
    content = json.loads(waiting.value.path().read_text(encoding="utf-8"))
    assert content["prompt"] == PROMPT and content["dictionary"] == "tiny-l1"
    assert content["rows"][0]["atom_context"]


@pytest.mark.parametrize("width", [1440, 900])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_both_themes_and_a_narrow_window(visit, theme, width):
    page = visit(VIEW, width=width, theme=theme)
    background = page.locator(".stApp").evaluate("e => getComputedStyle(e).backgroundColor")
    ink = page.locator(".strip").evaluate("e => getComputedStyle(e).color")
    dark = [
        sum(map(float, c[c.index("(") + 1 : -1].split(",")[:3])) < 384 for c in (background, ink)
    ]
    assert dark == [theme == "dark", theme != "dark"]
    overflow = "() => document.scrollingElement.scrollWidth - window.innerWidth"
    assert page.evaluate(overflow) <= 0
    main = page.locator('[data-testid="stMain"]')
    assert main.evaluate("e => e.scrollWidth - e.clientWidth") <= 0
    context = page.locator("td.context").first.bounding_box()
    assert context["width"] > 150
    picture(page, f"explore-{theme}-{width}")


def test_a_new_dictionary_shows_up_by_itself(visit, data):
    page = visit(VIEW)
    layers = page.locator(".st-key-layer")
    expect(layers).not_to_contain_text("0")
    try:
        add_dictionary(data, "tiny-l0", 0)
        expect(layers).to_contain_text("0", timeout=15_000)
        expect(page.locator(".headline")).to_contain_text("token 2 ")  # the view stays
    finally:
        shutil.rmtree(data / "dictionaries" / "tiny-l0")
    expect(layers).not_to_contain_text("0", timeout=15_000)


def test_an_app_without_dictionaries_waits_for_one(visit, tmp_path, tiny_causal):
    full = make_data(tmp_path / "full", tiny_causal, layers=(1,))
    bare = tmp_path / "bare"
    shutil.copytree(full / "models", bare / "models")
    with Serve(bare, tmp_path) as address:
        page = visit(address=address, wait="text=No dictionary yet")
        expect(page.locator("code").first).to_contain_text("python -m itda_core build")
        (bare / "dictionaries").mkdir()
        (full / "dictionaries" / "tiny-l1").rename(bare / "dictionaries" / "tiny-l1")
        page.locator(".token").first.wait_for(timeout=30_000)


@pytest.mark.skipif(not os.environ.get("UPDATE_SCREENSHOTS"), reason="UPDATE_SCREENSHOTS not set")
def test_screenshot_of_the_readme(visit, tmp_path):
    if not list((ROOT / "data" / "dictionaries").glob("*/dictionary.json")):
        pytest.skip("no bundled dictionary in data/dictionaries")
    (ROOT / "docs").mkdir(exist_ok=True)
    with Serve(ROOT / "data", tmp_path) as address:
        page = visit(address=address)
        page.wait_for_timeout(1500)
        page.screenshot(path=ROOT / "docs" / "explore.png")

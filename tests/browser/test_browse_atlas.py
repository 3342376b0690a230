"""The atlas, in a real Chromium."""

import json
import re
import shutil

import pytest
from appdata import add_dictionary, add_statistics
from playwright.sync_api import Page, expect
from server import picture

NAME = "tiny-atlas"
READY = ".atlas[data-ready]"
VIEW = f"atlas?dictionary={NAME}&map_colour=tag"


@pytest.fixture(scope="module", autouse=True)
def mapped(data):
    """A dictionary with statistics, there for the tests of this file."""
    add_dictionary(data, NAME, 1)
    add_statistics(data, NAME)
    yield
    shutil.rmtree(data / "dictionaries" / NAME)


def shown_atoms(page: Page) -> int:
    return int(page.locator(".said b").inner_text().split()[0].replace(",", ""))


def draw_box(page: Page, left: float, top: float, right: float, bottom: float) -> None:
    """Drag over a part of the map, in shares of its size."""
    box = page.locator(".map").bounding_box()
    page.get_by_role("button", name="Box").click()
    page.mouse.move(box["x"] + left * box["width"], box["y"] + top * box["height"])
    page.mouse.down()
    for step in (0.3, 0.7, 1.0):
        page.mouse.move(
            box["x"] + (left + step * (right - left)) * box["width"],
            box["y"] + (top + step * (bottom - top)) * box["height"],
        )
    page.mouse.up()


def a_dot(page: Page) -> tuple[float, float]:
    """Where the first atom is drawn, in pixels of the page."""
    return page.locator(".atlas").evaluate(
        "e => { const box = e.querySelector('.map').getBoundingClientRect();"
        " const [x, y] = e.atlas.place(0); return [box.left + x, box.top + y]; }"
    )


def test_the_first_view_explains_itself(visit):
    page = visit(VIEW, wait=READY)
    expect(page.locator(".title")).to_contain_text(re.compile(r"\d+ atoms of layer 1"))
    expect(page.locator(".legend")).to_contain_text("tag")
    drawn = page.locator("canvas.points").evaluate(
        "c => new Set(new Uint32Array(c.getContext('2d').getImageData(0, 0, c.width, c.height)"
        ".data.buffer)).size"
    )
    assert drawn > 3  # ground and several colours
    assert page.locator(".growth").bounding_box()["y"] < 860
    assert page.locator('[data-testid="stException"]').count() == 0


def test_hover_and_open(visit):
    page = visit(VIEW, wait=READY)
    page.mouse.move(*a_dot(page))
    expect(page.locator(".tip")).to_contain_text(re.compile(r"\[.+\].*atom \d+ · density", re.S))
    expect(page.locator(".tip")).to_contain_text("tag ")
    atom = re.search(r"atom (\d+)", page.locator(".tip").inner_text()).group(1)
    page.mouse.click(*a_dot(page))
    page.wait_for_url(re.compile(rf"/atoms\?.*dictionary={NAME}.*atom={atom}\b"))
    page.go_back()
    page.locator(READY).wait_for()


def test_a_selection_is_summed_up_listed_downloaded_and_cleared(visit):
    page = visit(VIEW, wait=READY)
    n = shown_atoms(page)
    draw_box(page, 0.01, 0.01, 0.99, 0.99)
    expect(page.get_by_text(f"{n:,} atoms selected")).to_be_visible()
    expect(page.get_by_text("Mean density")).to_be_visible()
    expect(page.get_by_test_id("stDataFrame")).to_be_visible()
    page.get_by_role("button", name="Download", exact=True).click()
    with page.expect_download() as waiting:
        page.get_by_role("button", name="JSON").click()
    content = json.loads(waiting.value.path().read_text(encoding="utf-8"))
    assert content["dictionary"] == NAME and len(content["rows"]) == n
    page.keyboard.press("Escape")
    draw_box(page, 0.01, 0.01, 0.5, 0.99)
    expect(page.get_by_text(f"{n:,} atoms selected")).not_to_be_visible()
    page.get_by_role("button", name="Clear selection").click()
    expect(page.get_by_text("Nothing is selected")).to_be_visible()
    assert page.locator(".atlas").evaluate("e => e.atlas.selected") is None


def test_a_finger_scrolls_over_the_map_until_a_tool_is_pressed(visit, browser, server):
    phone = browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True)
    page = phone.new_page()
    page.goto(f"{server}/{VIEW}")
    page.locator(READY).wait_for(timeout=60_000)
    for action in ("auto", "none", "auto"):
        expect(page.locator(".map")).to_have_css("touch-action", action)
        page.get_by_role("button", name="Lasso").tap()
    phone.close()


def test_growth_is_replayed_in_the_browser_and_kept_in_the_address(visit):
    page = visit(VIEW, wait=READY)
    n = shown_atoms(page)
    page.locator(".seen").focus()
    page.keyboard.press("Home")
    assert shown_atoms(page) <= 1
    for _ in range(3):
        page.keyboard.press("PageUp")
    half = shown_atoms(page)
    assert 1 < half < n
    page.wait_for_function("location.search.includes('seen=')")
    other = visit("atlas" + page.evaluate("location.search"), wait=READY)
    assert shown_atoms(other) == half
    other.get_by_role("button", name="Replay the growth").click()
    expect(other.locator(".said b")).to_have_text(f"{n:,} atoms")
    other.wait_for_function("!location.search.includes('seen=')")


def test_search_lights_what_it_finds(visit):
    page = visit(VIEW, wait=READY)
    box = page.get_by_placeholder("Find atoms")
    box.fill("garden")
    box.press("Enter")
    said = page.get_by_text("in their source text")
    expect(said).to_be_visible()
    found = int(said.inner_text().split()[0].replace(",", ""))
    page.get_by_role("button", name="Select these").click()
    expect(page.get_by_text(f"{found:,} atoms selected")).to_be_visible()
    for mask in ("matches", "selected"):
        lit = f"e => e.atlas.{mask}.reduce((a, b) => a + b, 0)"
        assert page.locator(".atlas").evaluate(lit) == found > 0


def test_a_selection_stays_visible_under_a_search(visit):
    page = visit(VIEW, wait=READY)
    draw_box(page, 0.01, 0.01, 0.99, 0.99)
    expect(page.get_by_text("atoms selected")).to_be_visible()
    box = page.get_by_placeholder("Find atoms")
    box.fill("no text holds this")
    box.press("Enter")
    expect(page.get_by_text("in their source text")).to_be_visible()
    drawn = """async e => {
      const { atlas } = e, { points } = atlas.picture, context = points.getContext("2d");
      while (!atlas.matches) await new Promise(requestAnimationFrame);
      const picture = () => {
        atlas.picture.drawPoints();
        return context.getImageData(0, 0, points.width, points.height).data.join();
      };
      const shown = picture(), selected = atlas.selected;
      atlas.selected = null;
      const without = picture();
      atlas.selected = selected;
      return shown !== without;
    }"""
    assert page.locator(".atlas").evaluate(drawn)


def test_it_works_from_the_keyboard(visit):
    page = visit(VIEW, wait=READY)
    page.locator(".map").focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator(".tip")).to_be_visible()
    first = page.locator(".tip").inner_text()
    page.keyboard.press("ArrowRight")
    assert page.locator(".tip").inner_text() != first
    page.keyboard.press("+")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/atoms\?"))


@pytest.mark.parametrize(("theme", "width"), [("light", 1440), ("dark", 1440), ("light", 900)])
def test_both_themes_and_a_narrow_window(visit, theme, width):
    page = visit(VIEW, width=width, theme=theme, wait=READY)
    corner = page.locator("canvas.points").evaluate(
        "c => [...c.getContext('2d').getImageData(2, 2, 1, 1).data].slice(0, 3)"
    )
    assert (sum(corner) < 384) == (theme == "dark")
    main = page.locator('[data-testid="stMain"]')
    assert main.evaluate("e => e.scrollWidth - e.clientWidth") <= 0
    draw_box(page, 0.2, 0.2, 0.6, 0.8)
    expect(page.get_by_text("atoms selected")).to_be_visible()
    picture(page, f"atlas-{theme}-{width}")

"""Every page can be read: what axe-core finds, in both themes, wide and narrow.

axe-core sees neither a canvas (the tables of ``st.dataframe``, the map) nor the text of an SVG: the
texts of figures are measured here, and the colours of components in ``tests/pages``.
"""

import shutil
from collections.abc import Callable
from importlib.resources import files
from urllib.parse import quote

import pytest
from appdata import add_dictionary, add_statistics
from playwright.sync_api import Page, expect

from itda_core.jobs.orders import StatisticsOrder
from itda_core.jobs.queue import Queue
from itda_core.jobs.states import State

NAME = "tiny-read"
PROMPT = quote("The old dog zzqx follows (42).")
VIEW = f"?dictionary={NAME}&prompt={PROMPT}&token=4"
LEAST = 4.5
GROUNDS = {"light": "rgb(255, 255, 255)", "dark": "rgb(17, 19, 26)"}
"""Of the page, as .streamlit/config.toml has them."""
TOKEN, ATOM = ".word:not(:empty)", ".focus.label"
MAP, BUILD = ".atlas[data-ready]", ".st-key-add_build"
AT_ONCE = "* { transition: none !important; animation: none !important }"
AXE = files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8")
FIND = """async (rules) => {
  const options = { resultTypes: ["violations"], selectors: false };
  if (rules) options.runOnly = rules;
  const found = await axe.run(options);
  const bad = found.violations.filter(
    (v) => ["serious", "critical"].includes(v.impact) || v.id === "color-contrast");
  return bad.flatMap((v) => v.nodes.map((n) => `${v.id}: ${n.html.slice(0, 160)} ` +
    n.failureSummary.split("\\n").slice(1, 2).join("").trim()));
}"""
ON_TOP = """(title) => {
  const { left, top, height } = title.getBoundingClientRect();
  return title.contains(document.elementFromPoint(left + 4, top + height / 2));
}"""
FIGURES = """(least) => {
  const parts = (colour) => colour.match(/[\\d.]+/g).map(Number);
  const app = document.querySelector("[data-testid=stApp]");
  const ground = parts(getComputedStyle(app).backgroundColor);
  const light = (colour) => colour.slice(0, 3).map((value) => value / 255)
    .map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4))
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const texts = [...document.querySelectorAll(".js-plotly-plot svg text")]
    .filter((text) => text.textContent.trim() && text.getClientRects().length);
  const faint = texts.flatMap((text) => {
    const style = getComputedStyle(text);
    const colour = parts(style.fill);
    let alpha = (colour[3] ?? 1) * Number(style.fillOpacity);
    for (let node = text; node.closest("svg"); node = node.parentElement) {
      alpha *= Number(getComputedStyle(node).opacity);
    }
    const seen = ground.map((under, i) => under + (colour[i] - under) * alpha);
    const [low, high] = [light(seen), light(ground)].sort((a, b) => a - b);
    const contrast = (high + 0.05) / (low + 0.05);
    return contrast < least ? [`${text.textContent.slice(0, 40)}: ${contrast.toFixed(2)}`] : [];
  });
  return { n: texts.length, faint };
}"""


@pytest.fixture(scope="module", autouse=True)
def shown(data):
    """A dictionary with statistics and a job that failed, there for the tests of this file."""
    add_dictionary(data, NAME, 1)
    add_statistics(data, NAME)
    queue = Queue(data / "jobs")
    job = queue.submit(queue.new_folder(), StatisticsOrder((NAME,), "tinyworld:7:20"))
    queue.write(job, State("failed", message="no text in it"))
    yield
    shutil.rmtree(data / "dictionaries" / NAME)
    shutil.rmtree(data / "jobs")


def a_figure(page: Page) -> None:
    expect(page.locator(".js-plotly-plot .gtitle").first).to_be_visible(timeout=60_000)


def popovers(page: Page) -> None:
    a_figure(page)
    page.get_by_role("button", name="How computed?").first.click()
    expect(page.get_by_text("A dictionary holds")).to_be_visible()


def continuation(page: Page) -> None:
    a_figure(page)
    expect(page.get_by_text("▸")).to_have_count(2)


def a_selection(page: Page) -> None:
    page.get_by_role("button", name="Box").click()
    box = page.locator(".map").bounding_box()
    page.mouse.move(box["x"] + 5, box["y"] + 5)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] - 5, box["y"] + box["height"] - 5, steps=3)
    page.mouse.up()
    expect(page.get_by_text("atoms selected")).to_be_visible()


def a_preview(page: Page) -> None:
    page.get_by_role("button", name="Preview", exact=True).click()
    expect(page.get_by_text("Built on")).to_be_visible(timeout=60_000)
    page.get_by_role("button", name="Build", exact=True).hover()


def text(words: str) -> Callable[[Page], None]:
    return lambda page: expect(page.get_by_text(words).first).to_be_visible()


VIEWS = {
    "step by step": (f"{VIEW}&step=2&colour=novelty", TOKEN, a_figure),
    "what the model predicts": (f"{VIEW}&tab=model&colour=strongest", TOKEN, popovers),
    "intervene": (f"{VIEW}&tab=intervene&edit=1:%2B1&continued=yes", TOKEN, continuation),
    "whole prompt": (f"{VIEW}&tab=prompt&l0=900&colour=shared", TOKEN, a_figure),
    "all layers": (f"{VIEW}&tab=layers", TOKEN, a_figure),
    "no prompt": (f"?dictionary={NAME}&prompt=", '[data-testid="stAlert"]', text("empty")),
    "uses": (f"atoms?dictionary={NAME}", ATOM, a_figure),
    "neighbours": (f"atoms?dictionary={NAME}&section=near", ATOM, text("Jaccard index")),
    "predictions": (f"atoms?dictionary={NAME}&section=predicts", ATOM, a_figure),
    "own text": (f"atoms?dictionary={NAME}&section=text&measure=cosine", ATOM, text("The numbers")),
    "elsewhere": (f"atoms?dictionary={NAME}&section=elsewhere", ATOM, text("an atom in")),
    "no statistics": ("atoms?dictionary=tiny-l1&search=zzzz", ATOM, text("Compute them")),
    "map": (f"atlas?dictionary={NAME}&map_colour=tag&map_search=the", MAP, a_selection),
    "add": ("add?add_layers=1,2&add_tau=0.3", BUILD, a_preview),
}


@pytest.mark.parametrize("name", VIEWS)
def test_nothing_is_too_faint_or_out_of_reach(visit, name):
    query, wait, prepare = VIEWS[name]
    page = visit(query, wait=wait)
    prepare(page)
    page.evaluate(AXE)
    page.add_style_tag(content=AT_ONCE)
    for width in (1440, 390):
        page.set_viewport_size({"width": width, "height": 900})
        for theme, ground in GROUNDS.items():
            page.emulate_media(color_scheme=theme)
            expect(page.get_by_test_id("stApp")).to_have_css("background-color", ground)
            # Of a theme only colours depend.
            problems = page.evaluate(FIND, ["color-contrast"] if theme == "dark" else None)
            figures = page.evaluate(FIGURES, LEAST)
            assert not problems + figures["faint"], f"{theme}, {width} pixels wide"
    assert figures["n"] or prepare is not a_figure
    # With the sidebar shut, as it is by itself where a window is narrow, nothing hides the title.
    title = page.locator("h1")
    title.scroll_into_view_if_needed()
    assert title.evaluate(ON_TOP) and page.title() == f"{title.inner_text()} · ITDA explorer"


def test_a_faint_text_is_noticed(visit):
    page = visit(VIEW, wait=TOKEN)
    a_figure(page)
    page.evaluate(AXE)
    page.add_style_tag(content="h1 { opacity: 0.4 }")
    title = page.locator(".gtitle").first
    title.evaluate("e => e.style.setProperty('fill', '#aaa', 'important')")
    (problem,) = page.evaluate(FIND, None)
    assert "Explore a prompt" in problem
    (faint,) = page.evaluate(FIGURES, LEAST)["faint"]
    assert title.text_content()[:20] in faint

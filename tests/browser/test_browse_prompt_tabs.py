"""The tabs below a prompt, in a real Chromium: a journey through all of them."""

from urllib.parse import quote

import pytest
from appdata import PROMPT
from playwright.sync_api import Page, expect
from server import picture

VIEW = f"?dictionary=tiny-l1&l0=6&method=mp&colour=explained&token=4&prompt={quote(PROMPT)}"


def chart(page: Page, title: str):
    """The figure of that title."""
    return page.locator(".js-plotly-plot").filter(has_text=title)


def address_has(page: Page, part: str) -> None:
    page.wait_for_function("part => location.search.includes(part)", arg=part)


def test_a_journey_through_the_tabs(visit):
    page = visit(VIEW)
    expect(chart(page, "What is left of")).to_be_visible()
    page.get_by_role("tab", name="What the model predicts").click()
    expect(chart(page, "What comes after")).to_be_visible()
    expect(page.get_by_text("Zeros in place")).to_be_visible()
    address_has(page, "tab=model")
    page.get_by_role("tab", name="Intervene").click()
    page.get_by_role("button", name="Remove the strongest atom").click()
    expect(chart(page, "Change of the loss")).to_be_visible()
    address_has(page, "edit=")
    page.get_by_role("button", name="Continue the text").click()
    expect(page.get_by_text("▸")).to_have_count(2)
    page.get_by_role("tab", name="Whole prompt").click()
    expect(chart(page, "atoms that explain most")).to_be_visible()
    assert page.locator('[data-testid="stException"]').count() == 0


def test_the_stepper_from_the_keyboard(visit):
    page = visit(f"?dictionary=tiny-l1&l0=6&prompt={quote('zzzz qqqq the cat 12345')}&token=6")
    thumb = page.locator(".st-key-explore_step_slider").get_by_role("slider")
    thumb.focus()
    page.keyboard.press("ArrowLeft")
    expect(page.get_by_text("loss now")).to_be_visible()
    expect(chart(page, "What comes after")).to_be_visible()
    address_has(page, "step=")


def test_a_click_on_a_cell_goes_there(visit):
    page = visit(VIEW + "&tab=layers")
    plot = chart(page, "How well 2 layers")
    expect(plot).to_be_visible()
    # The middle of the cell of layer 2, token 1: of two rows the upper, of T columns the second.
    area = plot.locator(".nsewdrag").first.bounding_box()
    n_tokens = page.locator(".token").count()
    page.mouse.click(area["x"] + 1.5 * area["width"] / n_tokens, area["y"] + area["height"] / 4)
    expect(page.locator(".headline")).to_contain_text("token 1 ")
    address_has(page, "dictionary=tiny-l2")
    address_has(page, "token=1")
    address_has(page, "tab=layers")


def test_a_figure_is_kept_as_svg_and_a_click_on_its_cell_opens_the_atom(visit):
    page = visit(VIEW + "&tab=prompt")
    plot = chart(page, "atoms that explain most")
    expect(plot).to_be_visible()
    plot.hover()
    with page.expect_download() as waiting:
        plot.locator(".modebar-btn").filter(has=page.locator("svg")).first.click()
    assert waiting.value.suggested_filename == "explore-prompt-atoms.svg"
    assert "<svg" in waiting.value.path().read_text(encoding="utf-8")[:60]
    x, y, atom = plot.evaluate(
        "e => { const [, held] = e._fullData; const { xaxis, yaxis } = e._fullLayout;"
        " const box = e.getBoundingClientRect(); return [box.left + xaxis._offset +"
        " xaxis.d2p(held.x[0]), box.top + yaxis._offset + yaxis.d2p(held.y[0]),"
        " held.customdata[0][0]]; }"
    )
    page.mouse.click(x, y)
    expect(page.locator(".st-key-atoms_head h3")).to_contain_text(f"atom {atom}")
    address_has(page, f"atom={atom}")


def test_the_layers_can_be_followed_from_the_keyboard(visit):
    page = visit(VIEW + "&tab=layers")
    expect(chart(page, "How well 2 layers")).to_be_visible()
    page.locator(".token[aria-selected=true]").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    expect(page.locator(".headline")).to_contain_text("token 5 ")
    page.locator(".st-key-layer").get_by_text("1", exact=True).locator(
        "xpath=ancestor::button"
    ).focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    address_has(page, "dictionary=tiny-l2")
    address_has(page, "tab=layers")
    expect(page.locator(".headline")).to_contain_text("token 5 ")


def test_a_link_reproduces_an_intervention(visit):
    page = visit(VIEW + "&tab=intervene&edit=1:0,2:%2B0.5&where=all")
    expect(page.get_by_text("+0.5 |x| ×")).to_be_visible()
    expect(chart(page, "Change of the loss")).to_be_visible()
    expect(page.get_by_role("radio", name="Every token", exact=True)).to_be_checked()


@pytest.mark.parametrize("width", [1440, 900])
@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("tab", ["steps", "model", "intervene", "prompt", "layers"])
def test_nothing_runs_out_of_the_page(visit, tab, theme, width):
    page = visit(VIEW + f"&tab={tab}&step=1&edit=1:%2B1", width=width, theme=theme, height=1700)
    expect(page.locator(".js-plotly-plot").first).to_be_visible()
    main = page.locator('[data-testid="stMain"]')
    assert main.evaluate("e => e.scrollWidth - e.clientWidth") <= 0
    picture(page, f"explore-{tab}-{theme}-{width}")

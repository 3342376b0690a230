"""What a visitor does in one go, across pages, in a real Chromium."""

import re

from appdata import PROMPT
from playwright.sync_api import Page, expect

VIEW = "?dictionary=tiny-l1&l0=6"
READY = ".focus.label"


def type_prompt(page: Page, text: str) -> None:
    area = page.locator("textarea").first
    area.fill(text)
    area.press("Control+Enter")


def address_has(page: Page, part: str) -> None:
    page.wait_for_function("part => location.search.includes(part)", arg=part)


def test_from_a_prompt_to_an_atom_and_to_the_same_label_in_another_layer(visit):
    page = visit(VIEW)
    type_prompt(page, PROMPT)
    expect(page.locator(".strip")).to_contain_text("follows")
    page.locator(".token").nth(4).click()
    expect(page.locator(".headline")).to_contain_text("token 4 ")
    link = page.locator("td.open a").first
    atom = link.inner_text()
    link.click()
    page.locator(READY).wait_for()
    title = page.locator(".st-key-atoms_head h3")
    expect(title).to_contain_text(f"atom {atom}")

    def label() -> tuple[str, str]:
        """The atom's token, marked in all of its text."""
        marked = page.locator(READY)
        return marked.inner_text(), marked.locator(
            "xpath=ancestor::*[@role='listitem']"
        ).inner_text()

    before = label()
    page.get_by_role("radio", name="Other layers").or_(
        page.get_by_role("button", name="Other layers")
    ).first.click()
    other = page.locator("td.name a").filter(has_text="layer 2")
    there = re.search(r"dictionary=tiny-l2&atom=(\d+)", other.get_attribute("href"))
    assert there, "the atom is none of layer 2: choose another prompt for this journey"
    other.click()
    expect(title).to_contain_text(f"atom {there.group(1)}")
    address_has(page, "dictionary=tiny-l2")
    address_has(page, "section=elsewhere")
    assert label() == before
    expect(page.locator("td.name a").filter(has_text="layer 1")).to_have_attribute(
        "href", re.compile(rf"dictionary=tiny-l1&atom={atom}$")
    )


def test_an_address_copied_after_many_choices_shows_a_stranger_the_same(visit):
    page = visit(VIEW)
    type_prompt(page, PROMPT)
    expect(page.locator(".strip")).to_contain_text("follows")
    page.locator(".token").nth(5).click()
    expect(page.locator(".headline")).to_contain_text("token 5 ")
    page.get_by_role("tab", name="Intervene").click()
    page.get_by_role("button", name="Remove the strongest atom").click()
    page.get_by_text("Every token", exact=True).click()
    address_has(page, "where=all")
    page.get_by_text("Keep the reconstruction error").click()
    address_has(page, "error=dropped")
    page.get_by_text("Sampled", exact=True).click()
    seed = page.get_by_role("spinbutton", name="Seed")
    seed.fill("7")
    seed.press("Enter")
    address_has(page, "continue_seed=7")
    page.get_by_role("button", name="Continue the text").click()
    expect(page.get_by_text("▸")).to_have_count(2)
    address_has(page, "continued=yes")

    other = visit(page.evaluate("location.search"), stranger=True)
    expect(other.get_by_text("▸")).to_have_count(2)
    for one in (page, other):
        expect(one.get_by_role("tab", name="Intervene")).to_have_attribute("aria-selected", "true")
        expect(one.get_by_role("radio", name="Every token", exact=True)).to_be_checked()
        expect(
            one.get_by_role("checkbox", name="Keep the reconstruction error")
        ).not_to_be_checked()
        expect(one.get_by_role("spinbutton", name="Seed")).to_have_value("7")
    for part in (".strip", ".headline", ".wrap tbody", ".st-key-explore_loss_change"):
        assert other.locator(part).first.inner_text() == page.locator(part).first.inner_text()
    for place in (0, 1):
        written = [one.get_by_text("▸").nth(place).inner_text() for one in (page, other)]
        assert written[0] == written[1]
    assert other.evaluate("location.search") == page.evaluate("location.search")

"""The page *Add a dictionary*, in a real Chromium, with the real queue behind it."""

import shutil

import pytest
from playwright.sync_api import Page, expect
from server import picture

WORDS = "The old dog follows the cat near the sea. Emma keeps a small bird in the garden.\n\n"
READY = ".st-key-add_build button"
MINUTES = 240_000  # ms: two commands of their own load PyTorch


@pytest.fixture(autouse=True)
def clean(data):
    """What the tests of this file build is gone after them."""
    yield
    for path in (data / "dictionaries").glob("from-pasted*"):
        shutil.rmtree(path)
    shutil.rmtree(data / "jobs", ignore_errors=True)


def fill(page: Page, label: str, text: str) -> None:
    page.get_by_label(label, exact=True).fill(text)
    page.keyboard.press("Enter")


def test_a_small_dictionary_from_pasted_text_up_to_its_atoms(visit):
    page = visit("add", wait=READY)
    page.get_by_role("radio", name="Paste").click()
    area = page.get_by_role("textbox", name="Your text")
    area.fill(WORDS * 8)
    page.keyboard.press("Control+Enter")
    page.get_by_role("button", name="Preview", exact=True).click()
    expect(page.get_by_text("The whole text has only")).to_be_visible(timeout=60_000)
    expect(page.get_by_test_id("stDataFrame").first).to_be_visible()
    fill(page, "tau", "0.95")  # few atoms: their map needs no UMAP
    fill(page, "Name", "from-pasted")
    expect(page.get_by_role("spinbutton", name="tau")).to_have_value("0.95")
    page.get_by_role("button", name="Build", exact=True).click()
    expect(page.get_by_text("Step 1 of 2")).to_be_visible(timeout=60_000)
    page.close()  # it goes on without anybody looking
    again = visit("add", wait=READY)
    links = again.locator("[class*=st-key-job_] a", has_text="Atoms")
    expect(links.first).to_be_visible(timeout=MINUTES)
    expect(again.get_by_text("from-pasted: ")).to_be_visible()
    links.first.click()
    expect(again.get_by_role("heading", name="Atoms", exact=True)).to_be_visible()
    expect(again.locator(".focus.label")).to_be_visible()
    expect(again.get_by_text("pasted.txt").first).to_be_visible()
    again.wait_for_function("location.search.includes('dictionary=from-pasted')")
    again.goto(again.url.split("/atoms")[0] + "/?dictionary=from-pasted")  # in the pickers too
    again.locator(".token[aria-selected=true]").wait_for()
    expect(again.locator('[data-testid="stException"]')).to_have_count(0)


def test_two_people_queue_and_one_thinks_better_of_it(visit):
    query = "add?add_source=bundled&add_tau=0.02&add_tokens=9000000"
    one = visit(query, wait=READY)
    fill(one, "Name", "from-pasted-long")
    one.get_by_role("button", name="Build", exact=True).click()
    expect(one.get_by_text("Step 1 of 2")).to_be_visible(timeout=60_000)
    other = visit(query.replace("tau=0.02", "tau=0.03"), wait=READY)
    fill(other, "Name", "from-pasted-later")
    other.get_by_role("button", name="Build", exact=True).click()
    expect(other.get_by_text("next in line")).to_be_visible(timeout=60_000)
    cancel = one.get_by_role("button", name="Cancel", exact=True)
    cancel.first.click()  # the newest stands first
    expect(one.get_by_text("Cancelled.")).to_be_visible(timeout=60_000)
    expect(one.get_by_text("tokens/s")).to_be_visible(timeout=MINUTES)
    cancel.first.click()
    expect(one.get_by_text("Cancelled.")).to_have_count(2, timeout=60_000)
    expect(one.get_by_role("button", name="Cancel", exact=True)).to_have_count(0)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 900])
def test_pictures(visit, theme, width):
    page = visit("add?add_layers=1,2&add_tau=0.3", wait=READY, theme=theme, width=width)
    page.get_by_role("button", name="Preview", exact=True).click()
    expect(page.get_by_text("Built on the first")).to_be_visible(timeout=60_000)
    picture(page, f"add-{theme}-{width}")
    wide = page.evaluate("document.documentElement.scrollWidth")
    assert wide <= width

"""What a stranger wrote into a dictionary is text on every page, never a link to elsewhere."""

import dataclasses
import shutil

import pytest
from appdata import add_statistics
from playwright.sync_api import expect

from itda_core import Dictionary

NAME = "www.evil.example"
SAYS = "see https://evil.example/a?b=c, www.evil.example, me@evil.example :material_home: a -> b --"
PAGES = {"": ".token[aria-selected=true]", "atoms": ".focus.label", "atlas": "canvas"}


@pytest.fixture(scope="module")
def strange(data):
    """A dictionary all of whose texts are addresses, and one that is broken."""
    made = Dictionary.load(data / "dictionaries" / "tiny-l1")
    recipe = dataclasses.replace(made.recipe, corpus_name=SAYS)
    labels = made.labels.assign(token="https://evil.example")
    prompts = made.prompts.assign(source=SAYS, text=made.prompts["text"] + " " + SAYS)
    changed = dataclasses.replace(made, recipe=recipe, labels=labels, prompts=prompts)
    place = changed.save(data / "dictionaries" / NAME)
    add_statistics(data, NAME)
    broken = data / "dictionaries" / "www.broken.example"
    shutil.copytree(place, broken)
    (broken / "dictionary.json").write_text("{")
    yield NAME
    shutil.rmtree(place)
    shutil.rmtree(broken)


@pytest.mark.parametrize("page", PAGES)
def test_no_text_of_a_dictionary_becomes_a_link(visit, strange, server, page):
    shown = visit(f"{page}?dictionary={strange}", wait=PAGES[page])
    expect(shown.get_by_text("see https").first).to_be_visible()
    shown.get_by_text("1 unusable dictionary").click()
    expect(shown.get_by_text("is damaged")).to_be_visible()
    links = shown.locator("a[href]").evaluate_all("links => links.map(link => link.href)")
    assert [link for link in links if not link.startswith(server)] == []
    said = shown.get_by_test_id("stSidebar").inner_text().replace("\u2060", "")
    assert SAYS in said

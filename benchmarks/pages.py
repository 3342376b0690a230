"""How long a person waits on the pages, in a Chromium.

    python -m benchmarks.pages [--atoms 20000 50000] [--runs 5]

First a Streamlit page that holds one word: what any page opened from its address takes here. Then
the menu with the data that ships, and the pages of dictionaries of 20,000 and 50,000 atoms. Those
are made up, in a temporary data folder: random atoms with labels in made-up texts, on a map of some
hundred clusters. The server is warm, as it is for everybody but the first visitor; every run is a
visit of its own in a browser that has the scripts in its cache.
Goals on two quiet cores, at 20,000 atoms: 2 s to the atlas, 1 s to another page, 0.3 s to filter.
"""

from __future__ import annotations

import argparse
import os
import re
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks import made_up
from benchmarks.latency import median
from benchmarks.machine import describe

NAME = "made-up"
READY = ".atlas[data-ready]"
SHOWN = {
    "Atoms": ".focus.label",
    "Atlas": READY,
    "Add a dictionary": ".st-key-add_build button",
    "Explore a prompt": ".token[aria-selected=true]",
}
"""Page -> what is there once it can be used."""
REFUSED = '[data-testid="stAlert"]'
"""The model of a made-up dictionary is nowhere."""
Visit = Callable[[Any, str], dict[str, float]]
IDLE = '[data-testid="stApp"][data-test-script-state="notRunning"]'
COUNTED = r"^[\d,]+ of [\d,]+ atoms"
OTHER = """([pattern, before]) => [...document.querySelectorAll('p')].some(
  (e) => RegExp(pattern).test(e.innerText) && e.innerText !== before)"""
"""Whether the page counts other atoms than before."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--atoms", type=int, nargs="+", default=[20_000, 50_000])
    parser.add_argument("--runs", type=int, default=5)
    given = parser.parse_args()
    sys.path.insert(0, str(Path("tests/browser").resolve()))
    from chromium import find
    from playwright.sync_api import sync_playwright
    from server import Serve

    path = find()
    if path is None:
        raise SystemExit("no Chromium found; run `python tests/browser/chromium.py`")
    os.environ["HF_HUB_OFFLINE"] = "1"  # nobody has the made-up model; not asking saves 25 s
    print(describe())
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=path, args=["--no-sandbox", "--disable-gpu"]
        )

        def measure(visit: Visit, data: Path, app: str = "app.py") -> None:
            context = browser.new_context(viewport={"width": 1440, "height": 900})
            with tempfile.TemporaryDirectory() as log, Serve(data, Path(log), app) as address:
                report([visit(context, address) for _ in range(given.runs + 1)])
            context.close()

        with tempfile.TemporaryDirectory() as scratch:
            app = Path(scratch) / "bare.py"
            app.write_text('import streamlit as st\n\nst.title("bare")\n')
            measure(bare, Path(scratch), str(app))
        print("the data that ships")
        measure(menu, Path("data").resolve())
        for n in given.atoms:
            print(f"{n:,} atoms")
            with tempfile.TemporaryDirectory() as scratch:
                data = Path(scratch)
                made_up.write(data / "dictionaries" / NAME, n)
                measure(lambda *at: atlas(*at) | atoms(*at), data)
        browser.close()


def report(visits: list[dict[str, float]]) -> None:
    for step in visits[0]:
        first, *rest = (visit[step] for visit in visits)
        print(f"  {step}: {median(rest):.2f} s (worst {max(rest):.2f}; first visit {first:.2f})")


def bare(context, address: str) -> dict[str, float]:
    """Seconds to a page with nothing but a word, from its address."""
    page = context.new_page()
    began = time.perf_counter()
    page.goto(address)
    page.get_by_role("heading", name="bare").wait_for()
    spent = time.perf_counter() - began
    page.close()
    return {"a bare Streamlit page, from its address": spent}


def menu(context, address: str) -> dict[str, float]:
    """Seconds from a click in the menu to the page."""
    page = opened(context, address)
    spent: dict[str, float] = {}
    for title, shown in (*SHOWN.items(), ("Atoms", SHOWN["Atoms"])):
        link = page.get_by_test_id("stSidebarNavLink").filter(has_text=title)
        began = time.perf_counter()
        link.click()
        page.locator(shown).first.wait_for()
        step = f"menu, to {title}" + (" again" if f"menu, to {title}" in spent else "")
        spent[step] = time.perf_counter() - began
        settle(page)
    page.close()
    return spent


def opened(context, address: str):
    """A page on *Explore*, everything there."""
    page = context.new_page()
    page.set_default_timeout(180_000)
    page.goto(address)
    page.locator(f"{SHOWN['Explore a prompt']}, {REFUSED}").first.wait_for()
    settle(page)
    return page


def atlas(context, address: str) -> dict[str, float]:
    """Seconds from an action to its result on the page *Atlas*."""
    page = context.new_page()
    page.set_default_timeout(180_000)
    spent: dict[str, float] = {}

    def measure(what: str, act: Callable[[], object], shown: Callable[[], object]) -> None:
        began = time.perf_counter()
        act()
        shown()
        spent[what] = time.perf_counter() - began

    def move(selector: str) -> Callable[[], None]:
        return lambda: page.locator(selector).first.wait_for()

    measure(
        "atlas, from its address to all atoms drawn",
        lambda: page.goto(f"{address}/atlas?dictionary={NAME}"),
        move(READY),
    )
    tag = page.get_by_text("Tag", exact=True).first
    measure("atlas, another colour", tag.click, move(".legend .swatch"))
    box = page.get_by_placeholder("Find atoms")
    box.fill("kite")
    measure("atlas, search", lambda: box.press("Enter"), move("text=in their source text"))
    frames = page.locator(".atlas").evaluate(
        """async (e) => {
          const began = performance.now();
          for (let k = 1; k <= 20; k++) {
            e.atlas.growth.tokens = (e.atlas.data.total * k) / 20;
            e.atlas.picture.drawPoints();
          }
          return (performance.now() - began) / 20;
        }"""
    )
    spent["atlas, a picture while the slider moves"] = frames / 1000
    area = page.locator(".map").bounding_box()
    corners = ((0.3, 0.3), (0.7, 0.3), (0.7, 0.7), (0.3, 0.7))
    places = [(area["x"] + x * area["width"], area["y"] + y * area["height"]) for x, y in corners]

    def lasso() -> None:
        page.mouse.move(*places[0])
        page.mouse.down()
        for place in places[1:]:
            page.mouse.move(*place)
        page.mouse.up()

    measure("atlas, lasso to its summary", lasso, move("text=atoms selected"))
    page.close()
    return spent


def atoms(context, address: str) -> dict[str, float]:
    """Seconds from a click in the menu to the page *Atoms*, and from a word to what holds it."""
    page = opened(context, f"{address}/?dictionary={NAME}")
    spent: dict[str, float] = {}
    began = time.perf_counter()
    page.get_by_test_id("stSidebarNavLink").filter(has_text="Atoms").click()
    page.locator(SHOWN["Atoms"]).first.wait_for()
    spent["menu, to Atoms"] = time.perf_counter() - began
    settle(page)
    counted = page.get_by_text(re.compile(COUNTED)).first
    box = page.get_by_placeholder("any text")
    filtered = []
    for words in ("kite river", "garden table", "seven letter", "winter bridge", "market basket"):
        before = counted.inner_text()
        box.fill(words)
        began = time.perf_counter()
        box.press("Enter")
        page.wait_for_function(OTHER, arg=[COUNTED, before], polling="raf")
        filtered.append(time.perf_counter() - began)
        settle(page)
    spent["atoms, filter by text"] = median(filtered)
    if page.locator('[data-testid="stException"]').count():
        raise SystemExit("the page Atoms shows an exception; nothing it took counts")
    page.close()
    return spent


def settle(page) -> None:
    """Until the page before is done, so that what is left of it is not counted with the next."""
    page.wait_for_timeout(500)
    page.locator(IDLE).wait_for()
    page.wait_for_load_state("networkidle")
    page.wait_for_timeout(1000)


if __name__ == "__main__":
    main()

"""How long a person waits: ``--help``, a prompt to JSON, and the page in a real browser.

    python -m benchmarks.latency [--dictionary DIR]

The page is measured in Chromium with the data that ships: from Ctrl+Enter on a changed prompt to
its strip on screen. How long the first visit takes: ``python -m benchmarks.start``.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.machine import describe
from itda_core import Dictionary
from itda_core.commands.encode import as_json
from itda_core.models.of_dictionary import load_model_of
from itda_core.prompt.decomposition import decompose

PROMPT = "Mara put the red kite in her basket because it was going to rain number {}."
DICTIONARIES = Path("data/dictionaries")


def seconds_of(work) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def median(values: list[float]) -> float:
    return sorted(values)[len(values) // 2]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--dictionary", type=Path, default=None, help="default: the first in data/")
    given = parser.parse_args()
    print(describe())

    def ask_for_help() -> None:
        command = [sys.executable, "-m", "itda_core", "--help"]
        subprocess.run(command, stdout=subprocess.DEVNULL, check=True)

    print(f"--help: {median([seconds_of(ask_for_help) for _ in range(5)]):.2f} s")

    folder = given.dictionary or sorted(p for p in DICTIONARIES.iterdir() if p.is_dir())[0]
    dictionary = Dictionary.load(folder)
    model = load_model_of(dictionary.recipe, folder)
    for method in ("mp", "omp"):

        def answer(number: int, method: str = method) -> None:
            taken = decompose(model, dictionary, PROMPT.format(number), method=method)
            json.dumps(as_json(taken, dictionary, method))

        answer(0)
        spent = median([seconds_of(lambda n=n: answer(n)) for n in range(1, 16)])
        print(f"prompt to JSON, {folder.name}, {method}, loaded: {spent:.3f} s")

    in_a_browser()


def in_a_browser() -> None:
    """The page, as a person with a Chromium on this machine meets it."""
    sys.path.insert(0, str(Path("tests/browser").resolve()))
    from chromium import find
    from playwright.sync_api import sync_playwright
    from server import Serve

    path = find()
    if path is None:
        print("page: no Chromium found; run `python tests/browser/chromium.py`")
        return
    with (
        tempfile.TemporaryDirectory() as scratch,
        Serve(Path("data").resolve(), Path(scratch)) as address,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(
            executable_path=path, args=["--no-sandbox", "--disable-gpu"]
        )
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        page.goto(address)
        page.locator(".token[aria-selected=true]").wait_for(timeout=120_000)
        box, spent = page.locator("textarea").first, []
        for number in range(1, 16):
            box.fill(PROMPT.format(number))
            began = time.perf_counter()
            box.press("Control+Enter")
            page.locator(".strip", has_text=str(number)).wait_for()
            spent.append(time.perf_counter() - began)
        print(f"page, changed prompt to its strip: {median(spent):.2f} s, worst {max(spent):.2f} s")
        browser.close()


if __name__ == "__main__":
    main()

"""How long a first visit takes: from the start of the process to the first decomposition.

    python -m benchmarks.start [--runs 3] [--data DIR]

The way a new user meets the app: ``streamlit run app.py`` with the data that ships and no index
made from it yet. Chromium is open before and loads the page as soon as the port answers. Disk
caches are warm after the first run, which is why there are several.
"""

from __future__ import annotations

import argparse
import resource
import shutil
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.machine import describe

STEPS = {
    "title": "h1",
    "pickers": '[data-testid="stSlider"]',
    "first decomposition": ".token[aria-selected=true]",
    "citations": ".word:not(:empty)",
}
"""What appears in turn, and how it is told."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--data", type=Path, default=Path("data"))
    given = parser.parse_args()
    sys.path.insert(0, str(Path("tests/browser").resolve()))
    from chromium import find
    from playwright.sync_api import sync_playwright

    path = find()
    if path is None:
        raise SystemExit("no Chromium found; run `python tests/browser/chromium.py`")
    print(describe())
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=path, args=["--no-sandbox", "--disable-gpu"]
        )
        runs = [first_visit(browser, given.data.resolve()) for _ in range(given.runs)]
        browser.close()
    for what in runs[0]:
        values = [run[what] for run in runs]
        median = sorted(values)[len(values) // 2]
        print(f"{what}: {median:.1f} s  ({', '.join(f'{value:.1f}' for value in values)})")


def first_visit(browser, data: Path) -> dict[str, float]:
    """Seconds from the start of the process to each step, and its processor time in the end."""
    from server import Serve

    with tempfile.TemporaryDirectory() as scratch:
        fresh = Path(scratch) / "data"
        shutil.copytree(data, fresh, ignore=shutil.ignore_patterns("index.duckdb*"))
        page = browser.new_context(viewport={"width": 1440, "height": 900}).new_page()
        before = processor_seconds()
        began = time.perf_counter()
        reached = {}
        with Serve(fresh, Path(scratch)) as address:
            reached["server answers"] = time.perf_counter() - began
            page.goto(address)
            for step, selector in STEPS.items():
                page.locator(selector).first.wait_for(timeout=120_000)
                reached[step] = time.perf_counter() - began
        reached["processor time of the server"] = processor_seconds() - before
        page.context.close()
    return reached


def processor_seconds() -> float:
    """User and system time of the servers that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    main()

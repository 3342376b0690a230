"""One server and one browser for all tests here; every test has a session of its own."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from appdata import make_data
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright
from server import Serve, chromium

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
FIRST_PAGE_MS = 120_000  # the first page of a process waits for PyTorch
STEP_MS = 20_000  # other programs may share the cores
expect.set_options(timeout=STEP_MS)


@pytest.fixture(scope="session")
def data(tmp_path_factory, tiny_causal) -> Path:
    """The data folder of the server; tests may add dictionaries but change none."""
    return make_data(tmp_path_factory.mktemp("browser") / "data", tiny_causal)


@pytest.fixture(scope="session")
def server(data: Path, tmp_path_factory) -> Iterator[str]:
    """Its address."""
    with Serve(data, tmp_path_factory.mktemp("server")) as address:
        yield address


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        chromium_browser = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
        yield chromium_browser
        chromium_browser.close()


@pytest.fixture(scope="session")
def context(browser: Browser) -> BrowserContext:
    """Shared, for its cache; to Streamlit every page is a session of its own all the same."""
    return browser.new_context(accept_downloads=True)


@pytest.fixture
def visit(server: str, browser: Browser, context: BrowserContext) -> Iterator[Callable[..., Page]]:
    """visit(query, width=, height=, theme=) opens a page; stranger=True in a browser of its own.

    Fails the test if the page had an error of its own or reached for another machine.
    """
    pages: list[Page] = []
    problems: list[str] = []

    def open_page(
        query: str = "",
        width: int = 1440,
        height: int = 900,
        theme: str = "light",
        address: str = server,
        wait: str = ".token[aria-selected=true]",
        stranger: bool = False,
    ) -> Page:
        page = browser.new_page() if stranger else context.new_page()
        pages.append(page)
        page.set_viewport_size({"width": width, "height": height})
        page.emulate_media(color_scheme=theme)
        page.set_default_timeout(STEP_MS)
        page.on("pageerror", lambda error: problems.append(f"error in the page: {error}"))
        page.on("dialog", lambda dialog: (problems.append("a dialog opened"), dialog.dismiss()))
        ours = (address, address.replace("http", "ws"), "data:", "blob:", "about:")

        def check(request) -> None:
            if not request.url.startswith(ours):
                problems.append(f"a request to {request.url}")

        page.on("request", check)
        page.goto(f"{address}/{query}")
        page.locator(wait).first.wait_for(timeout=FIRST_PAGE_MS)
        if wait.startswith(".token"):
            page.locator(".word:not(:empty)").wait_for()  # both components are drawn
        return page

    yield open_page
    for page in pages:
        page.close()
    assert not problems, problems

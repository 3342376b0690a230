"""The app as a process of its own, and the browser to look at it with."""

import os
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest
from chromium import ADVICE, find
from playwright.sync_api import Page

ROOT = Path(__file__).parents[2]
OUTPUT = ROOT / "tests" / "output"


def chromium() -> str:
    """A Chromium on this machine, or the test fails with what to do."""
    path = find()
    if path is None:
        pytest.fail(ADVICE, pytrace=False)
    return path


def picture(page: Page, name: str) -> None:
    """Keep what the page looks like, to be looked at after a run."""
    OUTPUT.mkdir(exist_ok=True)
    page.wait_for_timeout(300)
    page.screenshot(path=OUTPUT / f"{name}.png")


class Serve:
    """``streamlit run app.py`` on a free port, ended with the block; gives its address."""

    def __init__(self, data: Path, folder: Path, app: str = "app.py"):
        self.data, self.log, self.app = data, folder / "server.log", app

    def __enter__(self) -> str:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        command = [sys.executable, "-m", "streamlit", "run", self.app]
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [*command, "--server.port", str(port)],
                cwd=ROOT,
                env=os.environ | {"ITDA_DATA": str(self.data)},
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        address = f"http://127.0.0.1:{port}"
        for _ in range(240):
            try:
                with urllib.request.urlopen(f"{address}/_stcore/health", timeout=1) as response:
                    if response.read() == b"ok":
                        return address
            except OSError:
                time.sleep(0.25)
            if self.process.poll() is not None:
                break
        self.__exit__()
        raise AssertionError(self.log.read_text(errors="replace")[-2000:])

    def __exit__(self, *_: object) -> None:
        self.process.terminate()
        self.process.wait(20)

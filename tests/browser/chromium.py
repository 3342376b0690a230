"""Finds a Chromium, or installs one: `python tests/browser/chromium.py` prints its path."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
ADVICE = (
    "no Chromium found and none could be installed: install the package chromium, or run "
    "`.venv/bin/python -m playwright install --with-deps chromium`, or set CHROMIUM to one's path"
)


def find() -> str | None:
    """The path of a Chromium on this machine: $CHROMIUM, a package's, playwright's own."""
    from_environment = os.environ.get("CHROMIUM")
    if from_environment:
        return from_environment
    for name in NAMES:
        path = shutil.which(name) or shutil.which(f"/usr/bin/{name}")
        if path:
            return path
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        own = playwright.chromium.executable_path
    return own if Path(own).exists() else None


def install() -> None:
    """Try the system's package, then playwright's; what the installers print goes to stderr."""
    if shutil.which("apt-get") and hasattr(os, "geteuid") and os.geteuid() == 0:
        environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
        for command in (["update", "-qq"], ["install", "-y", "-qq", "chromium"]):
            subprocess.run(["apt-get", *command], stdout=sys.stderr, env=environment)
        if find():
            return
    subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"], stdout=sys.stderr)


if __name__ == "__main__":
    if not find():
        install()
    path = find()
    if path is None:
        sys.exit(ADVICE)
    print(path)

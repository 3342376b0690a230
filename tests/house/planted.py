"""Small checkouts for the tests of what measures a checkout."""

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path


def plant(folder: Path, files: Mapping[str, str]) -> Path:
    """Make `folder` a git checkout of `files`, path -> text, none of them added yet."""
    # A git hook sets GIT_DIR, with which `git init` would write elsewhere.
    environment = {key: value for key, value in os.environ.items() if not key.startswith("GIT_")}
    subprocess.run(["git", "init", "--quiet", folder], env=environment, check=True)
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder

"""What opening a hostile folder might do, for a process that must not take others with it."""

import os
import time
from pathlib import Path

from itda_core import InputError


def opens_well(folder: Path) -> None:
    """As it should be."""


def refuses(folder: Path) -> None:
    """Find something wrong, told in more than one line."""
    raise InputError(f"{folder} is\nodd \ud800")


def crashes(folder: Path) -> None:
    """As a fault in a library would."""
    os.abort()


def hangs(folder: Path) -> None:
    """Never come to an end."""
    time.sleep(600)


def takes_all(folder: Path) -> None:
    """Ask for more memory than any folder needs."""
    bytearray(1 << 34)

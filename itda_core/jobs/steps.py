"""Work as a list of commands that anybody could type: releases and the app's jobs are such lists.

A step whose outcome is there is passed over, so such a list is resumed by running it again.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

from itda_core.files import exists_safely

STOP_SECONDS = 10.0
"""How long an interrupted command may take to write its checkpoint before we insist."""
STANDARD_ERROR = 2
"""The file descriptor, whatever ``sys.stderr`` has been replaced by."""


class Step(NamedTuple):
    """One command and what it leaves."""

    command: tuple[str, ...]
    """Arguments of ``python -m itda_core``."""
    makes: tuple[Path, ...]
    """It is done when all of these exist; where there are none, only once it has run."""

    @property
    def done(self) -> bool:
        """Whether there is nothing left to do."""
        return bool(self.makes) and all(exists_safely(path) for path in self.makes)


def run(step: Step) -> int:
    """Run the command as a process of its own, in this working directory; return its exit status.

    What it prints goes to our standard error. Where we are interrupted, it ends before we do.
    """
    arguments = [sys.executable, "-m", "itda_core", *step.command]
    process = subprocess.Popen(arguments, stdout=STANDARD_ERROR)
    try:
        return process.wait()
    except BaseException:
        _end(process)
        raise


def _end(process: subprocess.Popen[bytes]) -> None:
    """Wait for an interrupted command: Ctrl-C reaches it too, any other signal is passed on."""
    for insist in (process.terminate, process.kill):
        try:
            process.wait(STOP_SECONDS)
            return
        except subprocess.TimeoutExpired:
            insist()
    process.wait()

"""Work as a list of commands that anybody could type: releases and the app's jobs are such lists.

A step whose outcome is there is passed over, so such a list is resumed by running it again.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple


class Step(NamedTuple):
    """One command and what it leaves."""

    command: tuple[str, ...]
    """Arguments of ``python -m itda_core``."""
    makes: tuple[Path, ...]
    """It is done when all of these exist; where there are none, only once it has run."""

    @property
    def done(self) -> bool:
        """Whether there is nothing left to do."""
        return bool(self.makes) and all(path.exists() for path in self.makes)

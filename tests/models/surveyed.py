"""What the processes of a survey may do in tests: work, crash, hang."""

import os
import signal
import time
from pathlib import Path

from itda_core.models.survey.families import Family
from itda_core.models.survey.rows import SUPPORTED, Row


def work(family: Family, folder: Path) -> Row:
    """A row, unless the type's name says what happens instead."""
    if family.model_type == "crashes":
        os.kill(os.getpid(), signal.SIGSEGV)
    if family.model_type == "hangs":
        time.sleep(600)
    (folder / "made").touch()
    return Row(*family, transformers="5", verdict=SUPPORTED)

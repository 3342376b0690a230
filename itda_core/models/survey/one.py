"""One architecture, tried: what a process of its own does."""

from __future__ import annotations

import traceback
from pathlib import Path

import transformers
import transformers.generation.utils  # what takes longest to import: see process.py
import transformers.models.auto.modeling_auto

from itda_core.errors import InputError
from itda_core.models.loading import load_model
from itda_core.models.survey.compare import Comparison, verdict
from itda_core.models.survey.families import Family
from itda_core.models.survey.rows import FAULT, NO_TOKENS, NOT_TINY, REFUSED, Row
from itda_core.models.survey.tiny import WithoutTokens, make_tiny, one_line


def try_family(family: Family, folder: Path) -> Row:
    """The row of ``family``; what is made for it goes into the empty ``folder``."""
    row = Row(*family, transformers=transformers.__version__, verdict=FAULT)
    try:
        alone = make_tiny(family, folder)
    except WithoutTokens:
        return row._replace(verdict=NO_TOKENS)
    except Exception as error:  # besides ``NotTiny``: a missing package, weights that do not save
        return row._replace(verdict=NOT_TINY, reason=one_line(error))
    try:
        model = load_model(folder, device="cpu", dtype="float32")
        comparison = Comparison(model, family, folder)
        faults = list(comparison.faults())
    except InputError as error:
        reason = " ".join(str(error).replace(f"{folder.parent}/", "").split())
        return row._replace(verdict=REFUSED, reason=reason[:300])
    except Exception as error:  # what a stranger would see as a traceback
        place = traceback.extract_tb(error.__traceback__)[-1]
        where = f"{Path(place.filename).name}:{place.lineno}"
        return row._replace(reason=f"{one_line(error)} ({where})" + (f"; {alone}" if alone else ""))
    return row._replace(
        verdict=FAULT if faults else verdict(model),
        reason="; ".join(faults),
        causal=comparison.causal,
        difference=comparison.difference,
    )

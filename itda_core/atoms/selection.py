"""The map of a dictionary in words and numbers: what a part of it holds, where atoms come from."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from itda_core.atoms.excerpts import excerpt_lines, visible_token

if TYPE_CHECKING:
    import pandas as pd


LONGEST = 60
"""Characters of an excerpt."""
_AROUND = (18, 28)
"""Characters before and after its word."""
COMMONEST = 8
"""Tokens, tags and kinds of text that a summary names."""


class Common(NamedTuple):
    """A tag or a kind of text that a selection holds."""

    name: str
    atoms: int
    """How many atoms of the selection have it."""
    lift: float
    """Share of the selection that has it, divided by that of the dictionary; 1: as usual."""


class Summary(NamedTuple):
    """What a selection of atoms holds, against the whole dictionary."""

    n: int
    """Atoms selected."""
    tokens: list[tuple[str, int]]
    """Commonest tokens of labels, as ``visible_token`` has them, and how many atoms have them."""
    tags: list[Common]
    """Commonest tags; empty where no text with tags was used."""
    kinds: list[Common]
    """Commonest kinds of text; empty where the texts are all of one."""
    density: float
    """Mean share of held-out tokens whose code holds an atom of the selection."""
    overall_density: float
    """The same mean over the whole dictionary."""


def summarise(frame: pd.DataFrame, rows: np.ndarray) -> Summary:
    """What the atoms ``rows`` (places in ``frame``, as of ``Store.atoms``) have in common."""
    picked = frame.iloc[rows]
    tokens = Counter(visible_token(token) for token in picked["token"])
    density = frame["density"].to_numpy(float)
    return Summary(
        len(rows),
        tokens.most_common(COMMONEST),
        _common(tags(frame), rows),
        _common(kinds(frame), rows),
        float(np.mean(density[rows])) if len(rows) else float("nan"),
        float(np.mean(density)) if len(frame) else float("nan"),
    )


def _common(names: list[str], rows: np.ndarray) -> list[Common]:
    """The commonest of ``names`` among ``rows``, each against its share of all."""
    overall = Counter(names)
    counts = Counter(names[row] for row in rows.tolist())
    for unnamed in ("", *(overall if len(overall) == 1 else ())):  # what all have says nothing
        del counts[unnamed]
    ratio = len(names) / max(len(rows), 1)
    return [Common(n, c, c * ratio / overall[n]) for n, c in counts.most_common(COMMONEST)]


def tags(frame: pd.DataFrame) -> list[str]:
    """The main tag of every atom; "" where it has none."""
    return [tag if isinstance(tag, str) else "" for tag in frame["tag"]]


def kinds(frame: pd.DataFrame) -> list[str]:
    """The kind of the document every atom comes from: the first word of its source."""
    parts = (re.split(r"[\s,:]", str(source).strip(), maxsplit=1) for source in frame["source"])
    return [first for first, *_ in parts]


def excerpts(frame: pd.DataFrame) -> list[str]:
    """For each row of ``frame`` its word in brackets in up to LONGEST characters of text."""
    lines = excerpt_lines(frame, _AROUND)
    return [line if len(line) <= LONGEST else line[: LONGEST - 1] + "…" for line in lines]


def table(frame: pd.DataFrame, rows: np.ndarray) -> pd.DataFrame:
    """atom, token, excerpt, density, tag, source, entered_at of a selection, in order of entry."""
    import pandas as pd

    picked = frame.iloc[rows]
    return pd.DataFrame(
        {
            "atom": picked["atom"].to_numpy(),
            "token": [visible_token(token) for token in picked["token"]],
            "excerpt": excerpts(picked),
            "density": picked["density"].to_numpy(),
            "tag": picked["tag"].to_numpy(),
            "source": picked["source"].to_numpy(),
            "entered_at": picked["entered_at"].to_numpy(),
        }
    )

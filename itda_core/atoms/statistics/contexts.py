"""Examples of each atom's use, from several ranges of its coefficient."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from itda_core.atoms.statistics.codes import Codes, Tokens

if TYPE_CHECKING:
    import pandas as pd

TOP = 5
"""Contexts with the largest coefficients."""
PER_RANGE = 2
"""Contexts of every other range."""
RANGES = ("top", "high", "middle", "low", "negative")
"""The largest coefficients; then samples from the upper, middle and lower third of what lies
between 0 and the largest; then the most negative ones."""


def contexts(codes: Codes, tokens: Tokens, seed: int = 0) -> pd.DataFrame:
    """Up to TOP contexts from the top and PER_RANGE from every other range, each of another prompt.

    Columns: ``atom``, ``range``, ``prompt_id``, ``token_index``, ``place`` (ordinal among the kept
    tokens of the prompt), ``coefficient``, ``tags`` of the token (names with spaces between; empty
    where nothing is known), and for shading ``places`` and ``coefficients``: every token of that
    prompt whose code holds the atom.
    """
    import pandas as pd

    rows: list[tuple[int, str, int]] = []
    rng = np.random.default_rng(seed)
    noise = rng.random(len(codes.token))  # the order in which a range is sampled
    prompt = tokens.prompt[codes.token]
    ids = np.array([p.id for p in tokens.prompts], dtype=object)
    for atom in range(len(codes.starts) - 1):
        begin, end = int(codes.starts[atom]), int(codes.starts[atom + 1])
        prompts_used: set[str] = set()
        for name, candidates in _ranges(codes.coefficient[begin:end], noise[begin:end]):
            limit = TOP if name == "top" else PER_RANGE
            for row in candidates + begin:
                if limit == 0:
                    break
                if ids[prompt[row]] not in prompts_used:
                    prompts_used.add(ids[prompt[row]])
                    rows.append((atom, name, int(row)))
                    limit -= 1
    where = np.array([row for *_, row in rows], dtype=np.int64)
    token = codes.token[where] if len(rows) else where
    shadings = [_same_prompt(codes, prompt, atom, row) for atom, _, row in rows]
    return pd.DataFrame(
        {
            "atom": np.array([atom for atom, *_ in rows], dtype=np.int32),
            "range": pd.Series([name for _, name, _ in rows], dtype=str),
            "prompt_id": pd.Series(ids[tokens.prompt[token]] if len(rows) else [], dtype=str),
            "token_index": tokens.token_index[token].astype(np.int32),
            "place": tokens.place[token].astype(np.int32),
            "coefficient": codes.coefficient[where] if len(rows) else np.empty(0, np.float32),
            "tags": pd.Series(_tags(tokens, token), dtype=str),
            "places": [tokens.place[codes.token[here]].astype(np.int16) for here in shadings],
            "coefficients": [codes.coefficient[here] for here in shadings],
        }
    )


def _tags(tokens: Tokens, rows: np.ndarray) -> list[str]:
    """The tags of these tokens."""
    if tokens.tags is None:
        return [""] * len(rows)
    names, edges = np.array(tokens.tag_names, dtype=object), tokens.tags.indptr
    return [" ".join(names[tokens.tags.indices[edges[r] : edges[r + 1]]]) for r in rows]


def _ranges(values: np.ndarray, noise: np.ndarray) -> list[tuple[str, np.ndarray]]:
    """Places in ``values`` to look at for each range, in order of preference."""
    if not len(values):
        return []
    falling = np.argsort(-values, kind="stable")
    ranges = [("top", falling[values[falling] > 0][: 4 * TOP])]
    highest = float(values.max())
    edges = (highest, 2 * highest / 3, highest / 3, 0.0)
    shuffled = np.argsort(noise, kind="stable")
    for name, upper, lower in zip(RANGES[1:4], edges, edges[1:], strict=False):
        inside = (values[shuffled] <= upper) & (values[shuffled] > lower)
        ranges.append((name, shuffled[inside]))
    rising = falling[::-1]
    ranges.append((RANGES[4], rising[values[rising] < 0]))
    return ranges


def _same_prompt(codes: Codes, prompt: np.ndarray, atom: int, row: int) -> slice:
    """The rows of ``codes`` that are of the same atom and prompt as ``row``."""
    begin, end = int(codes.starts[atom]), int(codes.starts[atom + 1])
    low, high = np.searchsorted(prompt[begin:end], [prompt[row], prompt[row] + 1])
    return slice(begin + int(low), begin + int(high))

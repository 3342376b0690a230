"""One row an atom: how often it is used and on what, from the codes of held-out tokens."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy import sparse

from itda_core.atoms.statistics.codes import Codes, Tokens

if TYPE_CHECKING:
    import pandas as pd

BINS = 31
"""Bins of a histogram, the middle one around 0."""
PARTNERS = 8
"""Atoms named beside each as standing in the same codes."""


def usage(codes: Codes, n_tokens: int) -> pd.DataFrame:
    """Count and size of each atom's coefficients.

    Columns: ``count`` tokens whose code holds the atom, ``density`` = count / ``n_tokens``,
    ``positive`` share of the coefficients above 0, ``mean_coefficient`` of the absolute values,
    ``max_coefficient`` and ``min_coefficient`` signed. An unused (dead) atom has zeros.
    """
    import pandas as pd

    n = len(codes.starts) - 1
    count = np.diff(codes.starts)
    divisor = np.maximum(count, 1)  # an unused atom has zeros, not NaN
    high, low = np.zeros(n, np.float32), np.zeros(n, np.float32)
    np.maximum.at(high, codes.atom, codes.coefficient)
    np.minimum.at(low, codes.atom, codes.coefficient)
    size = np.bincount(codes.atom, np.abs(codes.coefficient), n)
    return pd.DataFrame(
        {
            "atom": np.arange(n),
            "count": count,
            "density": count / max(n_tokens, 1),
            "positive": np.bincount(codes.atom, codes.coefficient > 0, n) / divisor,
            "mean_coefficient": (size / divisor).astype(np.float32),
            "max_coefficient": high,
            "min_coefficient": low,
        }
    )


def histograms(codes: Codes) -> np.ndarray:
    """(n, BINS) int64: each atom's signed coefficients, in equal bins from -m to m.

    m is the atom's largest absolute coefficient.
    """
    n = len(codes.starts) - 1
    largest = np.zeros(n, np.float32)
    np.maximum.at(largest, codes.atom, np.abs(codes.coefficient))
    unit = codes.coefficient / np.maximum(largest[codes.atom], np.finfo(np.float32).tiny)
    bins = np.clip(((unit + 1) / 2 * BINS).astype(int), 0, BINS - 1)
    return np.bincount(codes.atom * BINS + bins, minlength=n * BINS).reshape(n, BINS)


def token_purity(codes: Codes, tokens: Tokens) -> tuple[list[str], np.ndarray]:
    """The token on which each atom's positive coefficients are largest in sum, and its share."""
    names, ids = np.unique(tokens.text.astype(str), return_inverse=True)
    rows = np.arange(len(ids))
    table = sparse.csr_array((np.ones(len(ids)), (rows, ids)), shape=(len(ids), len(names)))
    best, share, _ = _purest(_mass(codes, len(ids)) @ table, np.zeros(len(names)))
    return [str(names[b]) if s > 0 else "" for b, s in zip(best, share, strict=True)], share


def tag_purity(codes: Codes, tokens: Tokens) -> tuple[list[str], np.ndarray, np.ndarray]:
    """The tag that says most about where each atom is used, its share, and the tag's base rate.

    The share is that of the atom's positive coefficients (their sum) that fall on tokens with the
    tag; the base rate is the share of all tokens that carry it. The tag with the largest
    difference is named, so that one that half the corpus carries does not win by default.
    """
    assert tokens.tags is not None
    base = np.asarray(tokens.tags.sum(axis=0)).ravel() / max(tokens.tags.shape[0], 1)
    best, share, used = _purest(_mass(codes, tokens.tags.shape[0]) @ tokens.tags, base)
    names = [tokens.tag_names[b] if u else "" for b, u in zip(best, used, strict=True)]
    return names, share, np.where(used, base[best], 0.0)


def _mass(codes: Codes, n_tokens: int) -> sparse.csr_array:
    """(n, N): each atom's positive coefficients as shares of their sum."""
    n = len(codes.starts) - 1
    positive = np.maximum(codes.coefficient, 0).astype(np.float64)
    total = np.bincount(codes.atom, positive, n)
    values = positive / np.maximum(total[codes.atom], 1e-30)
    return sparse.csr_array((values, codes.token, codes.starts), shape=(n, n_tokens))


def _purest(
    shares: sparse.csr_array, base: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Column with the largest share above ``base`` (first of equals), its share, whether any."""
    n = shares.shape[0]
    best, share = np.zeros(n, int), np.zeros(n)
    used = np.zeros(n, bool)
    shares.sort_indices()
    for row in range(n):
        here = slice(shares.indptr[row], shares.indptr[row + 1])
        if here.start < here.stop and shares.data[here].any():
            columns = shares.indices[here]
            winner = int(np.argmax(shares.data[here] - base[columns]))
            best[row], share[row] = columns[winner], min(1.0, shares.data[here][winner])
            used[row] = True
    return best, share, used


def partners(codes: Codes, n_tokens: int) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """Atoms that stand in the same codes: up to PARTNERS of each by the Jaccard index of tokens."""
    n = len(codes.starts) - 1
    uses = sparse.csr_array(
        (np.ones(len(codes.token), np.float32), codes.token, codes.starts), shape=(n, n_tokens)
    )
    count = np.diff(codes.starts)
    atoms, indices = [], []
    for first in range(0, n, 1024):  # so many rows of the n x n table at a time
        both = sparse.csr_array(uses[first : first + 1024] @ uses.T)
        for row in range(both.shape[0]):
            here = slice(both.indptr[row], both.indptr[row + 1])
            others, shared = both.indices[here], both.data[here]
            other = others != first + row
            others, shared = others[other], shared[other]
            index = shared / (count[first + row] + count[others] - shared)
            order = np.lexsort((others, -index))[:PARTNERS]
            atoms.append(others[order].astype(np.int32))
            indices.append(index[order].astype(np.float32))
    return atoms, indices

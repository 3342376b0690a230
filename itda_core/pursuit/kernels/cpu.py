"""The matching-pursuit step for a CPU: update and arg-max in one pass over a row (numba).

A row of correlations is read and written once a step instead of four times, and stays in
the first-level cache. The kernels release the GIL and are called from plain threads:
numba's own parallel loops abort the process when two sessions enter them at once.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import torch
from numba import njit
from torch import Tensor

from itda_core.pursuit.code import SparseCode
from itda_core.pursuit.kernels.cache import be_modest
from itda_core.pursuit.matching import STOP

be_modest()
BLOCK = 256
"""Elements whose largest |value| is found together; the index is searched in one block only."""

# Everything but NaN semantics: without reassociation the maximum does not vectorise.
FAST = {"nnan", "ninf", "nsz", "contract", "reassoc"}


@njit(nogil=True, cache=True, fastmath=FAST, inline="always")
def _abs_argmax_in(values, start, end):
    best = np.float32(-1.0)
    where = start
    for k in range(start, end):
        magnitude = abs(values[k])
        if magnitude > best:
            best = magnitude
            where = k
    return where


@njit(nogil=True, cache=True, fastmath=FAST)
def abs_argmax(values, n):
    """Index of the largest |values[k]|, k < n; the lowest index on a tie."""
    best = np.float32(-1.0)
    best_start = 0
    for start in range(0, n, BLOCK):
        end = min(start + BLOCK, n)
        highest = np.float32(0.0)
        for k in range(start, end):
            highest = max(highest, abs(values[k]))
        if highest > best:
            best = highest
            best_start = start
    return _abs_argmax_in(values, best_start, min(best_start + BLOCK, n))


@njit(nogil=True, cache=True, fastmath=FAST)
def subtract_and_argmax(values, row, c, n):
    """``values -= c * row`` over the first n, and the index of the largest |value| after it."""
    best = np.float32(-1.0)
    best_start = 0
    for start in range(0, n, BLOCK):
        end = min(start + BLOCK, n)
        highest = np.float32(0.0)
        for k in range(start, end):
            value = values[k] - c * row[k]
            values[k] = value
            highest = max(highest, abs(value))
        if highest > best:
            best = highest
            best_start = start
    return _abs_argmax_in(values, best_start, min(best_start + BLOCK, n))


class Batch(NamedTuple):
    """N activations as a pursuit on correlations sees them."""

    correlations: np.ndarray
    """(N, n) float32: <x, d_k>, overwritten."""
    energy: np.ndarray
    """(N,) float32: |x|^2."""
    gram: np.ndarray
    """(n, n) float32: the atoms' correlations with each other."""


class Codes(NamedTuple):
    """The arrays of a ``SparseCode``, to be filled in."""

    indices: np.ndarray
    """(N, L0) int64, -1 throughout."""
    coefficients: np.ndarray
    """(N, L0) float32, 0 throughout."""
    residual_energy: np.ndarray
    """(N, L0) float32."""


@njit(nogil=True, cache=True)
def _pursue_rows(first, last, batch, codes):
    """Pursue activations ``first`` to ``last`` of a batch, into ``codes``."""
    batch, codes = Batch(*batch), Codes(*codes)
    n = batch.gram.shape[0]
    l0 = codes.indices.shape[1]
    for i in range(first, last):
        values = batch.correlations[i]
        energy = float(batch.energy[i])
        floor = np.float32(STOP * np.sqrt(energy))
        j = abs_argmax(values, n)
        for step in range(l0):
            c = values[j]
            if abs(c) <= floor:
                codes.residual_energy[i, step:] = energy
                break
            codes.indices[i, step] = j
            codes.coefficients[i, step] = c
            energy = max(energy - float(c) * float(c), 0.0)
            codes.residual_energy[i, step] = energy
            if step + 1 < l0:
                j = subtract_and_argmax(values, batch.gram[j], c, n)


def in_threads(work: Callable[[int, int], object], n_rows: int) -> None:
    """Run ``work(first, last)`` over slices of ``n_rows``, one thread a core torch may use."""
    workers = min(torch.get_num_threads(), n_rows)
    if workers <= 1:
        work(0, n_rows)
        return
    edges = np.linspace(0, n_rows, workers + 1).astype(int)
    with ThreadPoolExecutor(workers) as pool:
        jobs = [pool.submit(work, int(a), int(b)) for a, b in pairwise(edges)]
        for job in jobs:
            job.result()


def matching_pursuit_cpu(x: Tensor, atoms: Tensor, l0: int, gram: Tensor) -> SparseCode:
    """Matching pursuit of ``x`` (N, d) with ``gram`` (n, n) = atoms atoms^T; all on the CPU."""
    n_rows = x.shape[0]
    batch = Batch((x @ atoms.T).numpy(), (x * x).sum(1).numpy(), gram.numpy())
    codes = Codes(
        np.full((n_rows, l0), -1, dtype=np.int64),
        np.zeros((n_rows, l0), dtype=np.float32),
        np.zeros((n_rows, l0), dtype=np.float32),
    )
    # As plain tuples: numba's cache would remember the class of a named one, and fail on a cache
    # that was written before somebody renamed it.
    plain = tuple(batch), tuple(codes)
    in_threads(lambda first, last: _pursue_rows(first, last, *plain), n_rows)
    return SparseCode(*map(torch.from_numpy, codes))

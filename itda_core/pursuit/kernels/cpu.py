"""The matching-pursuit step for a CPU: update and arg-max in one pass over a row (numba).

A row of correlations is read and written once a step instead of four times, and stays in
the first-level cache. The kernels release the GIL and are called from plain threads:
numba's own parallel loops abort the process when two sessions enter them at once.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import numpy as np
import torch
from numba import njit
from torch import Tensor

from itda_core.pursuit.code import SparseCode
from itda_core.pursuit.matching import STOP

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


@njit(nogil=True, cache=True)
def _pursue_rows(correlations, energy, gram, first, last, indices, coefficients, residual_energy):
    n = gram.shape[0]
    l0 = indices.shape[1]
    for i in range(first, last):
        values = correlations[i]
        left = float(energy[i])
        floor = np.float32(STOP * np.sqrt(left))
        j = abs_argmax(values, n)
        for step in range(l0):
            c = values[j]
            if abs(c) <= floor:
                residual_energy[i, step:] = left
                break
            indices[i, step] = j
            coefficients[i, step] = c
            left = max(left - float(c) * float(c), 0.0)
            residual_energy[i, step] = left
            if step + 1 < l0:
                j = subtract_and_argmax(values, gram[j], c, n)


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
    indices = np.full((n_rows, l0), -1, dtype=np.int64)
    coefficients = np.zeros((n_rows, l0), dtype=np.float32)
    residual_energy = np.zeros((n_rows, l0), dtype=np.float32)
    correlations = (x @ atoms.T).numpy()
    energy = (x * x).sum(1).numpy()

    def work(first: int, last: int) -> None:
        _pursue_rows(
            correlations, energy, gram.numpy(), first, last, indices, coefficients, residual_energy
        )

    in_threads(work, n_rows)
    return SparseCode(*map(torch.from_numpy, (indices, coefficients, residual_energy)))

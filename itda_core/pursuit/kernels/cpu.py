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
from itda_core.pursuit.ties import DOUBT, TIED

be_modest()
BLOCK = 256
"""Elements whose largest |value| is found together; the index is searched in one block only."""

# Everything but NaN semantics: without reassociation the maximum does not vectorise.
FAST = {"nnan", "ninf", "nsz", "contract", "reassoc"}


@njit(nogil=True, cache=True, fastmath=FAST, inline="always")
def _find(values, start, end, best, doubt):
    """The first place from ``start`` to ``end`` where |value| is ``best``; how many come close."""
    where = start
    for k in range(start, end):
        if abs(values[k]) >= best:
            where = k
            break
    bar = best - doubt
    near = 0
    for k in range(start, end):
        near += 1 if abs(values[k]) >= bar else 0
    return where, near


@njit(nogil=True, cache=True, fastmath=FAST)
def abs_argmax(values, n, doubt):
    """Index of the largest |values[k]|, k < n, and whether another comes within ``doubt`` of it."""
    best = np.float32(-1.0)
    other = np.float32(-1.0)
    best_start = 0
    for start in range(0, n, BLOCK):
        end = min(start + BLOCK, n)
        highest = np.float32(0.0)
        for k in range(start, end):
            highest = max(highest, abs(values[k]))
        other = max(other, min(best, highest))
        if highest > best:
            best = highest
            best_start = start
    where, near = _find(values, best_start, min(best_start + BLOCK, n), best, doubt)
    return where, best > doubt and (near > 1 or other >= best - doubt)


@njit(nogil=True, cache=True, fastmath=FAST)
def subtract_and_argmax(values, row, c, n, doubt):
    """``values -= c * row`` over the first n, then as ``abs_argmax``."""
    best = np.float32(-1.0)
    other = np.float32(-1.0)
    best_start = 0
    for start in range(0, n, BLOCK):
        end = min(start + BLOCK, n)
        highest = np.float32(0.0)
        for k in range(start, end):
            value = values[k] - c * row[k]
            values[k] = value
            highest = max(highest, abs(value))
        other = max(other, min(best, highest))
        if highest > best:
            best = highest
            best_start = start
    where, near = _find(values, best_start, min(best_start + BLOCK, n), best, doubt)
    return where, best > doubt and (near > 1 or other >= best - doubt)


@njit(nogil=True, cache=True)
def residual_after(x, atoms, path):
    """As ``ties.residual_after``, of the atoms (n, d) that ``path`` names."""
    d_model = x.shape[0]
    residual = np.empty(d_model)
    energy = 0.0
    for i in range(d_model):
        residual[i] = x[i]
        energy += residual[i] * residual[i]
    residual /= np.sqrt(energy)
    for step in range(path.shape[0]):
        atom = atoms[path[step]]
        size, product = 0.0, 0.0
        for i in range(d_model):
            size += float(atom[i]) * float(atom[i])
            product += float(atom[i]) * residual[i]
        c = product / size
        for i in range(d_model):
            residual[i] -= c * float(atom[i])
    return residual


@njit(nogil=True, cache=True)
def settle(values, j, doubt, x, atoms, path):
    """The first atom that ties with ``j``, of the largest |value|: see ``ties.settled``.

    ``doubt``: how close to it in float32 the others may be. ``path``: the atoms chosen so far for
    the activation ``x`` (d,).
    """
    n = values.shape[0]
    residual = residual_after(x, atoms, path)
    bar = abs(values[j]) - doubt
    exact = np.empty(n)
    best = 0.0
    for k in range(n):
        if abs(values[k]) >= bar:
            atom = atoms[k].astype(np.float64)
            exact[k] = abs(np.sum(residual * atom)) / np.sqrt(np.sum(atom * atom))
            best = max(best, exact[k])
    for k in range(n):
        if abs(values[k]) >= bar and exact[k] >= best - TIED:
            return k
    return j


class Batch(NamedTuple):
    """N activations as a pursuit on correlations sees them."""

    x: np.ndarray
    """(N, d) float32."""
    atoms: np.ndarray
    """(n, d) float32."""
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
        doubt = np.float32(DOUBT * np.sqrt(energy))
        j, is_close = abs_argmax(values, n, doubt)
        for step in range(l0):
            if abs(values[j]) <= floor:
                codes.residual_energy[i, step:] = energy
                break
            if is_close:
                path = codes.indices[i, :step]
                j = settle(values, j, doubt, batch.x[i], batch.atoms, path)
            c = values[j]
            codes.indices[i, step] = j
            codes.coefficients[i, step] = c
            energy = max(energy - float(c) * float(c), 0.0)
            codes.residual_energy[i, step] = energy
            if step + 1 < l0:
                j, is_close = subtract_and_argmax(values, batch.gram[j], c, n, doubt)


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
    energy = (x * x).sum(1)  # (N,)
    batch = Batch(*(part.numpy() for part in (x, atoms, x @ atoms.T, energy, gram)))
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

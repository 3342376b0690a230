"""The engine for a CPU: the same speculation and verification as ``admission``, compiled.

Speculation runs in plain threads over slices of the batch; verification is one pass in
data order. Where a loss lies too close to tau for float32, the pass stops and the caller
settles that activation in float64.

What the two compiled loops work on are the named tuples below. They are handed over as plain
tuples and named again inside: numba's cache remembers a named tuple by its class, and would fail on
a cache that was written before somebody renamed one.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch
from numba import njit
from torch import Tensor

from itda_core.construction.admission import Admitted, TorchEngine
from itda_core.dictionary.losses import loss_in_float64
from itda_core.pursuit.kernels.cpu import (
    abs_argmax,
    in_threads,
    residual_after,
    settle,
    subtract_and_argmax,
)
from itda_core.pursuit.matching import STOP
from itda_core.pursuit.ties import DOUBT

SURE, REFUSED, UNSURE = 1, 0, 2
FLOOR = np.float32(STOP)
CLOSE = np.float32(DOUBT)


class Batch(NamedTuple):
    """B activations that are looked at together, of which at most R enter, and the rule for it."""

    unit: np.ndarray
    """(B, d) float32: the activations, of unit norm."""
    usable: np.ndarray
    """(B,) bool: False for a zero activation."""
    within: np.ndarray
    """(B, B) float32: their correlations with each other."""
    correlations: np.ndarray
    """(B, n_before + R) float32: theirs with the atoms, filled in for new atoms as needed."""
    limits: np.ndarray
    """(B,) float64: the loss of the unit activation up to which it is accepted as it is."""
    tie: float
    """How close to its limit a float32 loss is not to be trusted."""
    is_cosine: bool
    """Whether the loss is the cosine one, which may rise from step to step."""


class Atoms(NamedTuple):
    """The growing dictionary: arrays with room for more atoms than there are."""

    n_before: int
    """Atoms when the batch came: those that the pursuits were speculated on."""
    vectors: np.ndarray
    """(n_before + R or more, d) float32."""
    gram: np.ndarray
    """(n_before + R or more) squared, float32: their correlations with each other."""


class Paths(NamedTuple):
    """The pursuits of the batch; of a row's L0 places the first ``steps`` count."""

    indices: np.ndarray
    """(B, L0) int64: the atom chosen at each step."""
    coefficients: np.ndarray
    """(B, L0) float32."""
    steps: np.ndarray
    """(B,) int64: how many were taken."""
    losses: np.ndarray
    """(B,) float64: on the unit activation."""
    verdicts: np.ndarray
    """(B,) int64: SURE, REFUSED or UNSURE."""
    settled: np.ndarray
    """(B,) bool: whether the verdict is that of float64, and final."""


class Scratch(NamedTuple):
    """Room to work in, kept for a batch."""

    rows: np.ndarray
    """(R,) int64: the place in the batch of each new atom."""
    values: np.ndarray
    """(n_before + R,) float32: the correlations of one residual."""
    now: np.ndarray
    """(R or 1,) float32: those with the new atoms alone."""


@njit(nogil=True)
def _loss(energy, product, batch):
    """The loss of a unit activation from |r|^2 and its correlation with its reconstruction."""
    if not batch.is_cosine:
        return energy
    size = np.sqrt(max(energy - 1.0 + 2.0 * product, 0.0))
    return 2.0 * (1.0 - (product / size if size > 0.0 else 0.0)) / batch.unit.shape[1]


@njit(nogil=True)
def _loss_at_entry(row, atoms, batch, paths):
    """The loss of a row's path, from the atoms themselves: no Gram matrix, no rounding of steps."""
    path = paths.indices[row, : paths.steps[row]]
    unit, residual = batch.unit[row], residual_after(batch.unit[row], atoms.vectors, path)
    size, energy, product = 0.0, 0.0, 0.0
    for i in range(unit.shape[0]):
        size += float(unit[i]) * float(unit[i])
        energy += residual[i] * residual[i]
        product += float(unit[i]) * residual[i]
    return _loss(energy, 1.0 - product / np.sqrt(size), batch)


@njit(nogil=True)
def _pursue(row, n, atoms, batch, paths, values):
    """Pursue activation ``row`` over the first ``n`` atoms, into ``paths``.

    It ends as soon as the residual energy is within the limit: it never grows again. The
    cosine loss can, so there all steps are taken. ``values`` (n or more,) is overwritten.
    """
    start = batch.correlations[row]
    indices, coefficients = paths.indices[row], paths.coefficients[row]
    limit, tie = batch.limits[row], batch.tie
    l0 = indices.shape[0]
    energy = 1.0
    product = 0.0
    steps = 0
    if n > 0:
        values[:n] = start[:n]
        j, is_close = abs_argmax(values, n, CLOSE)
        while steps < l0:
            if abs(values[j]) <= FLOOR:
                break
            if is_close:
                j = settle(values[:n], j, CLOSE, batch.unit[row], atoms.vectors, indices[:steps])
            c = values[j]
            indices[steps] = j
            coefficients[steps] = c
            steps += 1
            energy = max(energy - float(c) * float(c), 0.0)
            product += float(c) * float(start[j])
            if steps == l0 or (not batch.is_cosine and energy <= limit - tie):
                break
            j, is_close = subtract_and_argmax(values, atoms.gram[j], c, n, CLOSE)
    loss = _loss(energy, product, batch)
    paths.steps[row], paths.losses[row] = steps, loss
    if loss <= limit - tie:
        paths.verdicts[row] = SURE
    else:
        paths.verdicts[row] = REFUSED if loss > limit + tie else UNSURE


@njit(nogil=True, cache=True)
def _speculate(first, last, atoms, batch, paths):
    """Pursue activations ``first`` to ``last`` over the atoms that were there before the batch."""
    atoms, batch, paths = Atoms(*atoms), Batch(*batch), Paths(*paths)
    values = np.empty(atoms.n_before, dtype=np.float32)
    for row in range(first, last):
        _pursue(row, atoms.n_before, atoms, batch, paths, values)


@njit(nogil=True)
def _changed(row, n, atoms, batch, paths, now):
    """Whether one of the new atoms, n_before to ``n``, might have been chosen on a row's path."""
    indices, coefficients = paths.indices[row], paths.coefficients[row]
    gram, n_before, n_new = atoms.gram, atoms.n_before, n - atoms.n_before
    for k in range(n_new):
        now[k] = batch.correlations[row, n_before + k]
    for step in range(paths.steps[row]):
        c = coefficients[step]
        bar = max(abs(c) - CLOSE, FLOOR)
        j = indices[step]
        for k in range(n_new):
            if abs(now[k]) >= bar:
                return True
            now[k] -= c * gram[n_before + k, j]
    # Where the path had ended on noise: is there more to say now?
    if paths.verdicts[row] != SURE and paths.steps[row] < indices.shape[0]:
        for k in range(n_new):
            if abs(now[k]) > FLOOR:
                return True
    return False


@njit(nogil=True, cache=True)
def _verify(at, n, atoms, batch, paths, scratch):
    """Walk the batch from row ``at`` in data order, admitting what is refused: (at, n).

    ``n`` counts the atoms so far. Stops early at a row that is unsure and not yet settled,
    or when the room for new atoms is used up.
    """
    atoms, batch = Atoms(*atoms), Batch(*batch)
    paths, scratch = Paths(*paths), Scratch(*scratch)
    size, n_before = batch.unit.shape[0], atoms.n_before
    rows = scratch.rows
    for i in range(at, size):
        if n - n_before >= rows.shape[0]:
            return size, n
        if not batch.usable[i]:
            continue
        if not paths.settled[i]:
            if n > n_before:
                for k in range(n - n_before):
                    batch.correlations[i, n_before + k] = batch.within[i, rows[k]]
                if _changed(i, n, atoms, batch, paths, scratch.now):
                    _pursue(i, n, atoms, batch, paths, scratch.values)
            if paths.verdicts[i] == UNSURE:
                return i, n
        if paths.verdicts[i] == SURE:
            continue
        paths.losses[i] = _loss_at_entry(i, atoms, batch, paths)
        # Its correlations with the atoms so far are its row of the Gram matrix.
        atoms.gram[n, :n] = batch.correlations[i, :n]
        atoms.gram[:n, n] = batch.correlations[i, :n]
        atoms.gram[n, n] = 1.0
        atoms.vectors[n] = batch.unit[i]
        rows[n - n_before] = i
        n += 1
    return size, n


class CpuEngine(TorchEngine):
    """TorchEngine with its two loops compiled."""

    batch = 512

    def admit(self, unit: Tensor, limits: Tensor, usable: Tensor, room: int) -> Admitted:
        """See ``TorchEngine``."""
        size, d_model = unit.shape
        room = min(room, size)
        self.reserve(self.n + room)
        atoms = Atoms(self.n, self._atoms.numpy(), self._gram.numpy())
        correlations = torch.empty(size, self.n + room)
        torch.mm(unit, self.atoms_here().T, out=correlations[:, : self.n])
        batch = Batch(
            unit.numpy(),
            usable.numpy(),
            (unit @ unit.T).numpy(),
            correlations.numpy(),
            limits.numpy(),
            self.loss.tie_width(d_model),
            self.loss.is_cosine,
        )
        paths, scratch = _empty_paths(size, self.l0), _scratch(self.n, room)
        plain = tuple(atoms), tuple(batch), tuple(paths)
        in_threads(lambda first, last: _speculate(first, last, *plain), size)
        at = 0
        while True:
            at, self.n = _verify(at, self.n, *plain, tuple(scratch))
            if at >= size:
                break
            loss = loss_in_float64(unit[at], self.atoms_here(), self.l0, self.loss)
            paths.verdicts[at] = SURE if loss <= batch.limits[at] else REFUSED
            paths.settled[at] = True
        rows = scratch.rows[: self.n - atoms.n_before]
        return Admitted(rows.tolist(), paths.losses[rows].tolist())


def _empty_paths(size: int, l0: int) -> Paths:
    """Paths of ``size`` activations, none of them taken yet."""
    return Paths(
        np.zeros((size, l0), dtype=np.int64),
        np.zeros((size, l0), dtype=np.float32),
        np.zeros(size, dtype=np.int64),
        np.ones(size),
        np.zeros(size, dtype=np.int64),
        np.zeros(size, dtype=bool),
    )


def _scratch(n_before: int, room: int) -> Scratch:
    """Scratch for ``room`` new atoms beside ``n_before``."""
    return Scratch(
        np.zeros(room, dtype=np.int64),
        np.empty(n_before + room, dtype=np.float32),
        np.empty(max(room, 1), dtype=np.float32),
    )

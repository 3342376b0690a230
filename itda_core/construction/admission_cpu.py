"""The engine for a CPU: the same speculation and verification as ``admission``, compiled.

Speculation runs in plain threads over slices of the batch; verification is one pass in
data order. Where a loss lies too close to tau for float32, the pass stops and the caller
settles that activation in float64.
"""

from __future__ import annotations

import numpy as np
import torch
from numba import njit
from torch import Tensor

from itda_core.construction.admission import Admitted, TorchEngine
from itda_core.dictionary.losses import loss_in_float64
from itda_core.pursuit.kernels.cpu import abs_argmax, in_threads, subtract_and_argmax
from itda_core.pursuit.matching import STOP

SURE, REFUSED, UNSURE = 1, 0, 2
FLOOR = np.float32(STOP)


@njit(nogil=True, cache=True)
def _pursue(start, values, n, gram, limit, tie, cosine, d_model, indices, coefficients):
    """One pursuit on correlations ``start`` (n,): (steps, loss, verdict).

    It ends as soon as the residual energy is within ``limit``: it never grows again. The
    cosine loss can, so there all steps are taken.
    """
    l0 = indices.shape[0]
    energy = 1.0
    product = 0.0
    steps = 0
    if n > 0:
        values[:n] = start[:n]
        j = abs_argmax(values, n)
        while steps < l0:
            c = values[j]
            if abs(c) <= FLOOR:
                break
            indices[steps] = j
            coefficients[steps] = c
            steps += 1
            energy = max(energy - float(c) * float(c), 0.0)
            product += float(c) * float(start[j])
            if steps == l0 or (not cosine and energy <= limit - tie):
                break
            j = subtract_and_argmax(values, gram[j], c, n)
    loss = energy
    if cosine:
        size = np.sqrt(max(energy - 1.0 + 2.0 * product, 0.0))
        loss = 2.0 * (1.0 - (product / size if size > 0.0 else 0.0)) / d_model
    if loss <= limit - tie:
        return steps, loss, SURE
    return steps, loss, (REFUSED if loss > limit + tie else UNSURE)


@njit(nogil=True, cache=True)
def _speculate(
    correlations,
    n,
    gram,
    limits,
    tie,
    cosine,
    d_model,
    first,
    last,
    indices,
    coefficients,
    steps,
    losses,
    verdicts,
):
    values = np.empty(n, dtype=np.float32)
    for i in range(first, last):
        steps[i], losses[i], verdicts[i] = _pursue(
            correlations[i],
            values,
            n,
            gram,
            limits[i],
            tie,
            cosine,
            d_model,
            indices[i],
            coefficients[i],
        )


@njit(nogil=True, cache=True)
def _changed(row, n_steps, indices, coefficients, verdict, correlations, gram, n_old, n, now):
    """Whether one of the atoms n_old..n would have been chosen on the path of ``row``."""
    l0 = indices.shape[1]
    for k in range(n - n_old):
        now[k] = correlations[row, n_old + k]
    for step in range(n_steps):
        c = coefficients[row, step]
        bar = abs(c)
        j = indices[row, step]
        for k in range(n - n_old):
            if abs(now[k]) > bar:
                return True
            now[k] -= c * gram[n_old + k, j]
    if verdict != SURE and n_steps < l0:  # it had ended on noise; is there more to say now?
        for k in range(n - n_old):
            if abs(now[k]) > FLOOR:
                return True
    return False


@njit(nogil=True, cache=True)
def _verify(
    at,
    unit,
    correlations,
    within,
    atoms,
    gram,
    n_old,
    n,
    room,
    usable,
    limits,
    tie,
    cosine,
    indices,
    coefficients,
    steps,
    losses,
    verdicts,
    refined,
    rows,
    values,
    now,
):
    """Walk the batch from row ``at`` in data order, admitting what is refused: (at, n).

    Stops early at a row that is unsure (not yet ``refined``) or when the room is used up.
    """
    d_model = unit.shape[1]
    for i in range(at, unit.shape[0]):
        if n - n_old >= room:
            return unit.shape[0], n
        if not usable[i]:
            continue
        if not refined[i]:
            if n > n_old:
                for k in range(n - n_old):
                    correlations[i, n_old + k] = within[i, rows[k]]
                if _changed(
                    i,
                    steps[i],
                    indices,
                    coefficients,
                    verdicts[i],
                    correlations,
                    gram,
                    n_old,
                    n,
                    now,
                ):
                    steps[i], losses[i], verdicts[i] = _pursue(
                        correlations[i],
                        values,
                        n,
                        gram,
                        limits[i],
                        tie,
                        cosine,
                        d_model,
                        indices[i],
                        coefficients[i],
                    )
            if verdicts[i] == UNSURE:
                return i, n
        if verdicts[i] == SURE:
            continue
        # Its correlations with the atoms so far are its row of the Gram matrix.
        gram[n, :n] = correlations[i, :n]
        gram[:n, n] = correlations[i, :n]
        gram[n, n] = 1.0
        atoms[n] = unit[i]
        rows[n - n_old] = i
        n += 1
    return unit.shape[0], n


class CpuEngine(TorchEngine):
    """TorchEngine with its two loops compiled."""

    batch = 512

    def admit(self, unit: Tensor, limits: Tensor, usable: Tensor, room: int) -> Admitted:
        """See :class:`TorchEngine`."""
        size, d_model = unit.shape
        room = min(room, size)
        n_old = self.n
        self.reserve(n_old + room)
        within = (unit @ unit.T).numpy()
        correlations = torch.empty(size, n_old + room)
        torch.mm(unit, self.atoms_here().T, out=correlations[:, :n_old])
        gram, atoms, start = self._gram.numpy(), self._atoms.numpy(), correlations.numpy()
        cosine = self.loss.is_cosine
        tie = self.loss.tie_width(d_model)
        bounds = limits.numpy()
        indices = np.zeros((size, self.l0), dtype=np.int64)
        coefficients = np.zeros((size, self.l0), dtype=np.float32)
        steps = np.zeros(size, dtype=np.int64)
        losses = np.ones(size)
        verdicts = np.zeros(size, dtype=np.int64)

        def speculate(first: int, last: int) -> None:
            _speculate(
                start,
                n_old,
                gram,
                bounds,
                tie,
                cosine,
                d_model,
                first,
                last,
                indices,
                coefficients,
                steps,
                losses,
                verdicts,
            )

        in_threads(speculate, size)
        rows = np.zeros(room, dtype=np.int64)
        refined = np.zeros(size, dtype=bool)
        values = np.empty(n_old + room, dtype=np.float32)
        now = np.empty(max(room, 1), dtype=np.float32)
        at = 0
        while True:
            at, self.n = _verify(
                at,
                unit.numpy(),
                start,
                within,
                atoms,
                gram,
                n_old,
                self.n,
                room,
                usable.numpy(),
                bounds,
                tie,
                cosine,
                indices,
                coefficients,
                steps,
                losses,
                verdicts,
                refined,
                rows,
                values,
                now,
            )
            if at >= size:
                break
            losses[at] = loss_in_float64(unit[at], self.atoms_here(), self.l0, self.loss)
            verdicts[at] = SURE if losses[at] <= bounds[at] else REFUSED
            refined[at] = True
        chosen = rows[: self.n - n_old]
        return Admitted(chosen.tolist(), losses[chosen].tolist())

"""Matching pursuit in plain torch, on any device: the reference, and the Gram form.

Algorithm 2 of the ITDA paper (arXiv 2505.17769), after Mallat & Zhang (1993): take the
atom with the largest |<r, d>|, subtract its projection from the residual r, repeat.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from itda_core.pursuit.code import SparseCode
from itda_core.pursuit.ties import residual_after, settled

STOP = 1e-6
"""A pursuit ends once the best correlation is below this share of |x|: float32 noise."""


def pursue(
    x: Tensor, atoms: Tensor, l0: int, update: Callable[[Tensor, Tensor, Tensor], Tensor]
) -> SparseCode:
    """The steps shared by both forms, of ``x`` (N, d) over ``atoms`` (n, d).

    ``update`` takes (correlations (N, n), j (N,), c (N,)) and returns the correlations of the next
    residual; it may overwrite them.
    """
    n_rows = len(x)
    correlations, energy = x @ atoms.T, (x * x).sum(1)  # (N, n), (N,)
    indices = torch.full((n_rows, l0), -1, dtype=torch.int64, device=energy.device)
    coefficients = torch.zeros(n_rows, l0, device=energy.device)
    residual_energy = torch.zeros(n_rows, l0, device=energy.device)
    size = energy.sqrt()  # (N,)
    floor = STOP * size
    left = energy.double()
    for step in range(l0):
        magnitudes = correlations.abs()  # (N, n)

        def residual_of(row: int, step: int = step) -> Tensor:
            return residual_after(x[row], atoms[indices[row, :step]])

        j = settled(magnitudes.argmax(dim=1), magnitudes, size, atoms, residual_of)  # (N,)
        c = correlations.gather(1, j[:, None]).squeeze(1)
        going = c.abs() > floor
        c = torch.where(going, c, 0.0)
        indices[:, step] = torch.where(going, j, -1)
        coefficients[:, step] = c
        left = (left - c.double() ** 2).clamp_min(0)
        residual_energy[:, step] = left.float()
        if step + 1 < l0:
            correlations = update(correlations, j, c)
    return SparseCode(indices, coefficients, residual_energy)


def matching_pursuit(x: Tensor, atoms: Tensor, l0: int) -> SparseCode:
    """The reference: the residual itself is kept, N*n*d operations a step."""
    residual = x.clone()

    def update(_: Tensor, j: Tensor, c: Tensor) -> Tensor:
        residual.sub_(c[:, None] * atoms[j])
        return residual @ atoms.T

    return pursue(x, atoms, l0, update)


def matching_pursuit_gram(x: Tensor, atoms: Tensor, l0: int, gram: Tensor) -> SparseCode:
    """The same pursuit on correlations alone: ``corr -= c * gram[j]``, N*n operations a step."""

    def update(correlations: Tensor, j: Tensor, c: Tensor) -> Tensor:
        return correlations.sub_(c[:, None] * gram[j])

    return pursue(x, atoms, l0, update)

"""Which atom a pursuit takes where correlations tie: the oldest, whatever computed them.

On a lattice such as {-1, 0, 1}^d many atoms are equally close to an activation. float32 breaks such
a tie by its rounding, which differs between batch sizes, kernels and devices. So wherever another
atom comes within float32's doubt of the best, those that do are compared in float64, and of those
that tie there the first is taken. On other data that is rare: some steps in a thousand activations.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

DOUBT = 2e-6
"""Two correlations of an activation that differ by less, as a share of |x|, may be in the other
order: float32 is good to some 1e-7, and no better after twenty steps."""
TIED = 1e-7
"""In float64 two that differ by less tie. Atoms are float32, so what ties exactly may seem to
differ by some 1e-8."""


def settled(
    j: Tensor,
    magnitudes: Tensor,
    scale: Tensor,
    atoms: Tensor,
    residual_of: Callable[[int], Tensor],
) -> Tensor:
    """(N,) the atoms to take, where ``j`` (N,) has the largest of each row of ``magnitudes``.

    Args:
        j: an arg-max of each row.
        magnitudes: (N, n) the |correlations| of N residuals with the atoms; overwritten.
        scale: (N,) |x| of each; infinite for a row that does not count any more.
        atoms: (n, d).
        residual_of: the residual (d,) of a row in float64, as a share of |x|.
    """
    best = magnitudes.gather(1, j[:, None])  # (N, 1)
    rival = magnitudes.scatter_(1, j[:, None], -1.0).amax(1)  # (N,)
    bar = best.squeeze(1) - DOUBT * scale  # (N,)
    doubtful = ((rival >= bar) & (bar > 0)).nonzero().squeeze(1).tolist()
    if doubtful:
        j = j.clone()
    for row in doubtful:
        near = (magnitudes[row] >= bar[row]).nonzero().squeeze(1)  # (k - 1,) without j itself
        near = torch.cat([near, j[row : row + 1]]).sort().values  # (k,)
        j[row] = near[first_of_tied(atoms[near], residual_of(row))]
    return j


def first_of_tied(atoms: Tensor, residual: Tensor) -> int:
    """The first of ``atoms`` (k, d) whose |correlation| with ``residual`` (d,) float64 ties."""
    wide = atoms.double()
    exact = (wide @ residual).abs() / wide.square().sum(1).sqrt()  # (k,)
    return int((exact >= exact.max() - TIED).nonzero()[0])


def residual_after(x: Tensor, atoms: Tensor) -> Tensor:
    """(d,) float64: what matching pursuit with ``atoms`` (k, d), in order, leaves of ``x`` / |x|.

    Atoms are projected on as if of unit norm in float64 too.
    """
    residual = x.double()
    residual = residual / torch.linalg.vector_norm(residual)
    for atom in atoms.double():
        residual = residual - (residual @ atom) / (atom @ atom) * atom
    return residual

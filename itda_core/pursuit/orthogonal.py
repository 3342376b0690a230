"""Orthogonal matching pursuit, batched, by a growing Cholesky factor of the Gram matrix.

Pati, Rezaiifar & Krishnaprasad (1993); the factor is grown a row a step as in Rubinstein,
Zibulevsky & Elad (2008). After each choice all coefficients are re-fitted by least squares.
"""

from __future__ import annotations

import torch
from torch import Tensor

from itda_core.pursuit.code import SparseCode
from itda_core.pursuit.matching import STOP
from itda_core.pursuit.ties import settled

DEPENDENT = 1e-6
"""A chosen atom whose part outside the span of the support has a smaller energy adds nothing."""


def orthogonal_matching_pursuit(x: Tensor, atoms: Tensor, l0: int) -> SparseCode:
    """Codes of ``x`` (N, d) over ``atoms`` (n, d): at most min(l0, n, d) distinct atoms a row.

    A row ends early when its residual is noise or when the best atom depends linearly on
    those it has (duplicates included). The small systems are solved in float64: real atoms
    can be nearly parallel, and float32 then invents coefficients in the thousands.
    """
    n_rows, d_model, device = x.shape[0], x.shape[1], x.device
    steps = min(l0, atoms.shape[0], d_model)
    wide = x.double()
    energy = (wide * wide).sum(1)  # (N,)
    size_of_x = energy.sqrt()  # (N,)
    floor = STOP * size_of_x  # (N,)
    indices = torch.full((n_rows, l0), -1, dtype=torch.int64, device=device)  # (N, l0)
    coefficients = torch.zeros(n_rows, l0, device=device)  # (N, l0)
    residual_energy = energy.float()[:, None].repeat(1, l0)  # (N, l0)
    support = wide.new_zeros(n_rows, steps, d_model)  # (N, s, d) the chosen atoms
    # L with L L^T = Gram of the support: (N, s, s)
    factor = torch.eye(steps, dtype=torch.float64, device=device).repeat(n_rows, 1, 1)
    target = wide.new_zeros(n_rows, steps)  # (N, s) <x, d> of the chosen
    going = torch.ones(n_rows, dtype=torch.bool, device=device)  # (N,)
    residual = x  # (N, d)
    wide_residual = wide  # (N, d) float64

    def residual_of(row: int) -> Tensor:
        return wide_residual[row] / size_of_x[row]

    for step in range(steps):
        size = step + 1  # of the support
        correlations = (residual @ atoms.T).abs()  # (N, n)
        if step:  # an atom once chosen stays chosen: rounding must not bring it back
            correlations.scatter_(1, indices[:, :step].clamp_min(0), -1.0)
        best, j = correlations.max(dim=1)  # (N,) both
        j = settled(j, correlations, size_of_x, atoms, residual_of)  # (N,)
        atom = atoms[j].double()  # (N, d)
        against = torch.einsum("nsd,nd->ns", support[:, :step], atom)  # (N, step)
        row = torch.linalg.solve_triangular(
            factor[:, :step, :step], against[:, :, None], upper=False
        ).squeeze(2)  # (N, step)
        outside = (atom * atom).sum(1) - (row * row).sum(1)  # (N,)
        going = going & (best > floor) & (outside > DEPENDENT)
        if not bool(going.any()):
            break
        keep = going[:, None]  # (N, 1)
        indices[:, step] = torch.where(going, j, -1)
        support[:, step] = torch.where(keep, atom, 0.0)
        factor[:, step, :step] = torch.where(keep, row, 0.0)
        factor[:, step, step] = torch.where(going, outside.clamp_min(DEPENDENT).sqrt(), 1.0)
        target[:, step] = torch.where(going, (atom * wide).sum(1), 0.0)
        # (N, size)
        fit = torch.cholesky_solve(target[:, :size, None], factor[:, :size, :size]).squeeze(2)
        remainder = wide - torch.einsum("ns,nsd->nd", fit, support[:, :size])  # (N, d)
        energy = (remainder * remainder).sum(1, keepdim=True).float()  # (N, 1)
        coefficients[:, :size] = torch.where(keep, fit.float(), coefficients[:, :size])
        wide_residual = torch.where(keep, remainder, wide_residual)
        residual = wide_residual.float()
        residual_energy[:, step:] = torch.where(keep, energy, residual_energy[:, step:])
    return SparseCode(indices, coefficients, residual_energy)


def row_bytes_orthogonal(n: int, d: int, l0: int) -> int:
    """Memory that an activation takes: correlations, the support and its factor in float64."""
    steps = min(l0, n, d)
    return 4 * n + 8 * steps * (d + steps)

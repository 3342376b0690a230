"""What a pursuit returns, and how to read it back."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor


class SparseCode(NamedTuple):
    """Sparse codes of N activations, each at most l0 steps long, in order of choice.

    Matching pursuit may choose an atom twice; its coefficient is then the sum over
    both places, and ``decode`` treats it so.
    """

    indices: Tensor
    """(N, l0) int64: the atom chosen at each step; -1 where the pursuit had ended."""
    coefficients: Tensor
    """(N, l0) float32, signed, in units of the activation's norm; 0 where padded."""
    residual_energy: Tensor
    """(N, l0) float32: |x - x_hat|^2 after each step; the last value repeats once ended."""


def decode(code: SparseCode, atoms: Tensor) -> Tensor:
    """Reconstruct ``x_hat = sum_t c_t d_{j_t}``: (N, d) float32, over ``atoms`` (n, d)."""
    n_rows, d_model = code.indices.shape[0], atoms.shape[1]
    x_hat = torch.zeros(n_rows, d_model, device=atoms.device)
    if atoms.shape[0] == 0:
        return x_hat
    for step in range(code.indices.shape[1]):  # one gather of (N, d) at a time, not (N, l0, d)
        x_hat += (
            code.coefficients[:, step, None] * atoms[code.indices[:, step].clamp_min(0)].float()
        )
    return x_hat


def truncate(code: SparseCode, l0: int) -> SparseCode:
    """The first ``l0`` steps. For matching pursuit this *is* the code at the smaller l0."""
    return SparseCode(*(part[:, :l0] for part in code))

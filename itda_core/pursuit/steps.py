"""What a code has of its activation after each of its steps."""

from __future__ import annotations

import torch
from torch import Tensor


def partial_sums(atoms: Tensor, coefficients: Tensor) -> Tensor:
    """(k + 1, d) float32 from the chosen atoms (k, d) and their coefficients (k,): running sums.

    For a pursuit that leaves the coefficients of earlier steps as they are.
    """
    zeros = torch.zeros(1, atoms.shape[1])
    return torch.cat([zeros, (coefficients[:, None] * atoms).cumsum(0)])


def least_squares_of_prefixes(atoms: Tensor, coefficients: Tensor) -> Tensor:
    """(k + 1, d) float32: the best fit with the first 0, 1, ... k of the chosen atoms.

    For a pursuit that fits all coefficients anew after each choice: its k-th x_hat is the
    projection of x onto the first k atoms, and so is the projection of the last x_hat.
    """
    x_hat = torch.zeros(1, atoms.shape[1])
    last = (coefficients[:, None] * atoms).double().sum(0)
    wide = atoms.double()
    for k in range(1, len(wide) + 1):
        fit = torch.linalg.lstsq(wide[:k].T, last[:, None]).solution  # (k, 1)
        x_hat = torch.cat([x_hat, (wide[:k].T @ fit).T.float()])
    return x_hat

"""Activations on a lattice, where many correlations tie exactly, and pursuit on them as written."""

import numpy as np
import torch

TIED = 1e-9
"""Float64 correlations that differ by less tie."""


def lattice(n: int, seed: int, d: int = 16, most: int = 1) -> torch.Tensor:
    """(n, d) float32 of whole numbers from -``most`` to ``most``."""
    generator = torch.Generator().manual_seed(seed)
    return torch.randint(-most, most + 1, (n, d), generator=generator).float()


def first_of_tied(magnitudes: np.ndarray) -> int:
    """The first of the largest."""
    return int(np.flatnonzero(magnitudes >= magnitudes.max() - TIED)[0])


def naive_matching(u: np.ndarray, atoms: np.ndarray, l0: int) -> tuple[list[int], np.ndarray]:
    """(atoms in order of choice, residual) of a unit activation (d,), in float64."""
    chosen, residual = [], u.copy()
    for _ in range(l0 if len(atoms) else 0):
        correlations = atoms @ residual
        j = first_of_tied(np.abs(correlations))
        if abs(correlations[j]) < 1e-6:
            break
        chosen.append(j)
        residual = residual - correlations[j] * atoms[j]
    return chosen, residual


def naive_orthogonal(u: np.ndarray, atoms: np.ndarray, l0: int) -> list[int]:
    """Atoms in order of choice of a unit activation (d,), in float64."""
    chosen: list[int] = []
    residual = u
    for _ in range(min(l0, *atoms.shape)):
        magnitudes = np.abs(atoms @ residual)
        magnitudes[chosen] = -1
        j = first_of_tied(magnitudes)
        support = atoms[[*chosen, j]].T
        if magnitudes[j] < 1e-6 or np.linalg.matrix_rank(support, tol=1e-6) <= len(chosen):
            break
        chosen.append(j)
        residual = u - support @ np.linalg.lstsq(support, u, rcond=None)[0]
    return chosen

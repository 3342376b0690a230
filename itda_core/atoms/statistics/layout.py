"""A map of a dictionary: atoms as points in the plane, like atoms near each other."""

from __future__ import annotations

import threading
import warnings

import numpy as np
import torch
from torch import Tensor

from itda_core.pursuit.kernels.cache import be_modest

NEIGHBOURS = 15
"""Of each atom, that UMAP keeps near it."""
_ONE_AT_A_TIME = threading.Lock()
"""Two threads inside UMAP's compiled loops abort the process."""


def layout(atoms: Tensor, seed: int = 0) -> np.ndarray:
    """(n, 2) float32: UMAP of unit atoms (n, d) by cosine.

    The same for the same seed on the same processor: a last digit of a distance moves whole groups
    of points. The neighbours are exact. Fewer atoms than UMAP needs get their two principal
    components.
    """
    n = len(atoms)
    atoms = atoms.float().cpu()
    if n <= NEIGHBOURS + 1:
        return _principal(atoms)
    be_modest()
    import umap

    near, distance = _neighbours(atoms, NEIGHBOURS)
    threads = torch.get_num_threads()
    with _ONE_AT_A_TIME, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        points = umap.UMAP(
            n_neighbors=NEIGHBOURS,
            min_dist=0.1,
            metric="cosine",
            random_state=seed,
            n_jobs=1,
            precomputed_knn=(near, distance, None),
        ).fit_transform(atoms.numpy())
    # UMAP's first loop sets OpenMP's number, which is torch's too; sums differ with it.
    if torch.get_num_threads() != threads:
        torch.set_num_threads(threads)
    return np.asarray(points, dtype=np.float32)


def _neighbours(atoms: Tensor, k: int) -> tuple[np.ndarray, np.ndarray]:
    """(n, k) ids and cosine distances of the nearest atoms, each atom its own nearest."""
    ids, distances = [], []
    for first in range(0, len(atoms), 2048):
        cosine = atoms[first : first + 2048] @ atoms.T
        rows = torch.arange(len(cosine))
        cosine[rows, rows + first] = 2.0  # itself first, also beside an equal atom
        values, near = cosine.topk(k, dim=1)
        ids.append(near)
        distances.append((1 - values.clamp_max(1.0)).clamp_min(0.0))
    return torch.cat(ids).numpy(), torch.cat(distances).numpy()


def _principal(atoms: Tensor) -> np.ndarray:
    """(n, 2): the two principal components of few atoms."""
    points = np.zeros((len(atoms), 2), np.float32)
    if len(atoms) > 1:
        centred = atoms - atoms.mean(0)
        left, size, _ = torch.linalg.svd(centred, full_matrices=False)
        components = (left * size)[:, :2].numpy()
        points[:, : components.shape[1]] = components
    return points

"""The peer: the ITDA authors' way of building, written anew from Algorithms 1 and 2.

Each batch of 64 sequences of 128 tokens is coded against the dictionary as it stood before
the batch; every activation whose loss exceeds tau then enters at once.
"""

from __future__ import annotations

import time

import torch
from torch import Tensor

BATCH = 64 * 128


def code_batch(x: Tensor, atoms: Tensor, l0: int) -> Tensor:
    """Algorithm 2 for a whole batch: reconstructions (B, d)."""
    residual = x.clone()
    rows = torch.arange(len(x))
    for _ in range(l0):
        correlations = residual @ atoms.T
        j = correlations.abs().argmax(dim=1)
        residual -= correlations[rows, j][:, None] * atoms[j]
    return x - residual


def build(x: Tensor, tau: float, l0: int, seconds: float) -> tuple[int, int, float]:
    """(tokens, atoms, seconds) after all of ``x`` (N, d), or at the batch past ``seconds``."""
    atoms = torch.empty(0, x.shape[1])
    began, seen = time.perf_counter(), 0
    for batch in x.split(BATCH):
        unit = torch.nn.functional.normalize(batch, dim=1)
        if len(atoms) == 0:  # its start: as many of the first activations as there are dimensions
            atoms = unit[: x.shape[1]].clone()
        loss = (unit - code_batch(unit, atoms, l0)).square().sum(1)
        atoms = torch.cat([atoms, unit[loss > tau]])
        seen += len(batch)
        if time.perf_counter() - began > seconds:
            break
    return seen, len(atoms), time.perf_counter() - began

"""The peer: the ITDA authors' way of building, written anew from Algorithms 1 and 2.

Each batch of sequences of 128 tokens is coded against the dictionary as it stood before the batch;
every activation whose loss exceeds tau then enters at once. So a batch lets near-duplicates in
together, the more the larger it is. Their script ``train.sh`` asks for 4 sequences.
"""

from __future__ import annotations

import time

import torch
from torch import Tensor

SEQUENCE = 128
SEQUENCES = (4, 64)
"""Of a batch: as in their script, and many more."""


def code_batch(x: Tensor, atoms: Tensor, l0: int) -> Tensor:
    """Algorithm 2 for a whole batch: reconstructions (B, d)."""
    residual = x.clone()
    rows = torch.arange(len(x))
    for _ in range(l0):
        correlations = residual @ atoms.T
        j = correlations.abs().argmax(dim=1)
        residual -= correlations[rows, j][:, None] * atoms[j]
    return x - residual


def build(x: Tensor, tau: float, l0: int, seconds: float, sequences: int) -> tuple[int, int, float]:
    """(tokens, atoms, CPU seconds) after all of ``x`` (N, d), or at the batch past ``seconds``."""
    atoms = torch.empty(0, x.shape[1])
    began, seen = time.process_time(), 0
    for batch in x.split(sequences * SEQUENCE):
        unit = torch.nn.functional.normalize(batch, dim=1)
        if len(atoms) == 0:  # its start: as many of the first activations as there are dimensions
            atoms = unit[: x.shape[1]].clone()
        loss = (unit - code_batch(unit, atoms, l0)).square().sum(1)
        atoms = torch.cat([atoms, unit[loss > tau]])
        seen += len(batch)
        if time.process_time() - began > seconds:
            break
    return seen, len(atoms), time.process_time() - began

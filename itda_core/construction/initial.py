"""The atoms a dictionary starts from, before Algorithm 1 looks at anything.

A new way to choose them is a function here and a line in INITS.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

INIT_WINDOW = 8192
"""Activations that initial atoms are chosen from, the same whatever the batch size."""


def _most_frequent(x: Tensor, n: int, seed: int) -> Tensor:
    """The activations that recur most; of equally frequent ones the earliest."""
    # The same token after the same context gives the same activation but for the last
    # bits, which depend on the batch it was computed in.
    unit = torch.nn.functional.normalize(x, dim=1)
    _, first, counts = np.unique(
        unit.mul(1e4).round().to(torch.int32).numpy(), axis=0, return_index=True, return_counts=True
    )
    order = np.lexsort((first, -counts))[:n]
    return torch.from_numpy(np.sort(first[order]))


def _random(x: Tensor, n: int, seed: int) -> Tensor:
    """Activations drawn by ``seed``."""
    generator = torch.Generator().manual_seed(seed)
    return torch.randperm(len(x), generator=generator)[:n].sort().values


INITS: dict[str, Callable[[Tensor, int, int], Tensor] | None] = {
    "none": None,
    "frequent": _most_frequent,
    "random": _random,
}
"""``choose(x, n, seed)`` with x (N, d), none of them zero: (n or fewer,) rows, rising.
None: no atoms to start from, the first activation enters by itself."""
DEFAULT_INIT = "none"


def initial_rows(x: Tensor, init: str, n: int, seed: int) -> Tensor:
    """Rows of ``x`` (N, d) to start from, in data order: at most ``n``, zero activations never."""
    choose = INITS[init]
    usable = (x.norm(dim=1) > 0).nonzero().squeeze(1)  # (U,)
    n = min(n, len(usable))
    return usable[choose(x[usable], n, seed)] if choose else usable[:0]

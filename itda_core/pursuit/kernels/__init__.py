"""Faster ways to the codes of a method; plain torch beside them is the reference.

A new one is a file here and a line in KERNELS, and its name in the records of the methods that it
computes (``methods.Method.kernels``).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor

from itda_core.pursuit.code import SparseCode
from itda_core.pursuit.matching import matching_pursuit_gram


class Kernel(NamedTuple):
    """One way to compute a method from the Gram matrix of the atoms."""

    run: Callable[[Tensor, Tensor, int, Tensor], SparseCode]
    """``run(x, atoms, l0, gram)`` with x (N, d), atoms (n, d), gram (n, n)."""
    runs_on: Callable[[torch.device], bool]
    """Whether it works there."""


def _compiled(x: Tensor, atoms: Tensor, l0: int, gram: Tensor) -> SparseCode:
    from itda_core.pursuit.kernels.cpu import matching_pursuit_cpu  # compiles, or loads what was

    return matching_pursuit_cpu(x, atoms, l0, gram)


KERNELS = {
    "gram": Kernel(matching_pursuit_gram, lambda device: True),
    "numba": Kernel(_compiled, lambda device: device.type == "cpu"),
}

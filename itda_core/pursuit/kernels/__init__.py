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

SMALL = 5e9
"""Multiplications below which plain torch answers at once and compiling is not worth it."""


class Problem(NamedTuple):
    """How much there is to code, and where."""

    n_rows: int
    n_atoms: int
    d_model: int
    l0: int
    device: torch.device

    @property
    def plain_cost(self) -> int:
        """Multiplications of plain torch, which keeps the residual itself."""
        return self.n_rows * self.l0 * self.n_atoms * self.d_model


class Kernel(NamedTuple):
    """One way to compute a method from the Gram matrix of the atoms."""

    run: Callable[[Tensor, Tensor, int, Tensor], SparseCode]
    """``run(x, atoms, l0, gram)`` with x (N, d), atoms (n, d), gram (n, n)."""
    runs_on: Callable[[torch.device], bool]
    """Whether it works there."""
    is_worth: Callable[[Problem], bool]
    """Whether to choose it, where the Gram matrix fits and saves work."""


def _compiled(x: Tensor, atoms: Tensor, l0: int, gram: Tensor) -> SparseCode:
    from itda_core.pursuit.kernels.cpu import matching_pursuit_cpu  # compiles, or loads what was

    return matching_pursuit_cpu(x, atoms, l0, gram)


KERNELS = {
    "numba": Kernel(
        _compiled,
        runs_on=lambda device: device.type == "cpu",
        is_worth=lambda problem: problem.plain_cost >= SMALL,
    ),
    "gram": Kernel(
        matching_pursuit_gram,
        runs_on=lambda device: True,
        is_worth=lambda problem: problem.device.type != "cpu",
    ),
}

"""The pursuits there are, a record each. A new one is a function in a file and a line below."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from torch import Tensor

from itda_core.pursuit.code import SparseCode
from itda_core.pursuit.matching import matching_pursuit
from itda_core.pursuit.orthogonal import orthogonal_matching_pursuit, row_bytes_orthogonal
from itda_core.pursuit.steps import least_squares_of_prefixes, partial_sums


class Method(NamedTuple):
    """One way of choosing atoms and their coefficients."""

    name: str
    """What commands, links and files call it."""
    title: str
    """What a picker calls it."""
    about: str
    """What it does, in a sentence for people."""
    run: Callable[[Tensor, Tensor, int], SparseCode]
    """``run(x, atoms, l0)`` with x (N, d), atoms (n, d): the codes, in plain torch."""
    prefix_closed: bool
    """Whether the first k steps are the code at budget k, so that one run serves all budgets."""
    after_steps: Callable[[Tensor, Tensor], Tensor] | None
    """``after_steps(atoms, coefficients)`` with (k, d) and (k,) of one code: (k + 1, d), x_hat
    after each of its steps, zeros first. None where a code does not tell: then the method has no
    view step by step."""
    kernels: tuple[str, ...] = ()
    """Names in KERNELS that compute the same, faster, the best first; they need the Gram matrix of
    the atoms."""
    row_bytes: Callable[[int, int, int], int] = lambda n, d, l0: 4 * n
    """``row_bytes(n, d, l0)``: memory that ``run`` takes for each activation."""


METHODS = {
    method.name: method
    for method in (
        Method(
            name="mp",
            title="Matching",
            about="Matching pursuit takes the atom closest to what is left, again and again.",
            run=matching_pursuit,
            prefix_closed=True,
            after_steps=partial_sums,
            kernels=("numba", "gram"),
        ),
        Method(
            name="omp",
            title="Orthogonal",
            about="Orthogonal matching pursuit also fits all coefficients anew after each choice.",
            run=orthogonal_matching_pursuit,
            prefix_closed=False,
            after_steps=least_squares_of_prefixes,
            row_bytes=row_bytes_orthogonal,
        ),
    )
}
DEFAULT_METHOD = "mp"
"""Algorithm 2 of the paper, and what dictionaries are built with."""

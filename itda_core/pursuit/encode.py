"""The one front door to sparse coding."""

from __future__ import annotations

from numbers import Integral

import torch
from torch import Tensor

from itda_core.errors import InputError
from itda_core.memory import available_bytes
from itda_core.pursuit.code import SparseCode
from itda_core.pursuit.kernels import KERNELS, Problem
from itda_core.pursuit.methods import DEFAULT_METHOD, METHODS, Method

AUTO, PLAIN = "auto", "plain"
"""Kernels beside those of KERNELS: let the program choose; the method's own ``run``."""
MAX_L0 = 4096
UNIT_TOLERANCE = 1e-2
"""How far from 1 an atom's norm may be: rounding unit atoms to bfloat16 moves it by some 1e-3."""
CHUNK_BYTES = 64 << 20
GRAM_BYTES = 4 << 30


def encode(
    x: Tensor,
    atoms: Tensor,
    l0: int,
    method: str = DEFAULT_METHOD,
    *,
    kernel: str = AUTO,
    gram: Tensor | None = None,
) -> SparseCode:
    """Code each activation with at most ``l0`` atoms: argmin |x - a D|^2, greedily.

    Args:
        x: (N, d) activations, any float type; computed in float32. N may be 0.
        atoms: (n, d) unit-norm rows on the same device. n may be 0: the codes are empty.
        l0: steps, from 1 to 4,096. It may exceed n: matching pursuit goes on over the same
            atoms, orthogonal matching pursuit ends.
        method: a key of METHODS: "mp" matching pursuit (Algorithm 2, signed, an atom may recur)
            or "omp" orthogonal matching pursuit (coefficients re-fitted after each choice).
        kernel: how it is computed; the answer is the same. "plain" torch on residuals,
            a key of KERNELS ("gram" torch on correlations, "numba" compiled for the CPU) where
            the method has it, or "auto", which chooses from N, n, d, device and memory.
        gram: (n, n) atoms @ atoms.T if you have it; else computed where a kernel needs it.

    Returns:
        SparseCode of (N, l0). A zero activation has an empty code. Of two equal atoms
        one is chosen.

    Raises:
        InputError: wrong shapes, unknown names, atoms not of unit norm, NaN or infinity
            (naming the first bad row).
    """
    check_method(method)
    check_l0(l0)
    chosen = METHODS[method]
    x, atoms, gram = _checked(x, atoms, kernel, gram)
    n_rows, n_atoms = x.shape[0], atoms.shape[0]
    if n_rows == 0 or n_atoms == 0:
        return _empty(x, l0)
    if kernel == AUTO:
        problem = Problem(n_rows, n_atoms, x.shape[1], l0, x.device)
        kernel = choose_kernel(chosen, problem, gram is not None)
    rows = max(1, CHUNK_BYTES // chosen.row_bytes(n_atoms, x.shape[1], l0))
    if kernel in chosen.kernels:
        gram = atoms @ atoms.T if gram is None else gram
        parts = [KERNELS[kernel].run(part, atoms, l0, gram) for part in x.split(rows)]
    else:
        parts = [chosen.run(part, atoms, l0) for part in x.split(rows)]
    return SparseCode(*(torch.cat(fields) for fields in zip(*parts, strict=True)))


def _empty(x: Tensor, l0: int) -> SparseCode:
    """The codes of x (N, d) where there is nothing to code, or nothing to code it with."""
    return SparseCode(
        torch.full((len(x), l0), -1, dtype=torch.int64, device=x.device),
        torch.zeros(len(x), l0, device=x.device),
        (x * x).sum(1, keepdim=True).repeat(1, l0),
    )


def choose_kernel(method: Method, problem: Problem, have_gram: bool) -> str:
    """Name the fastest kernel that fits: Gram updates save d-fold per step but cost n^2 d once."""
    n_rows, n_atoms, d_model, l0, device = problem
    gram_cost = n_rows * n_atoms * (d_model + l0) + (0 if have_gram else n_atoms**2 * d_model)
    fits = have_gram or 4 * n_atoms**2 <= _memory_for_gram(device)
    if fits and gram_cost < problem.plain_cost:
        for name in method.kernels:
            if KERNELS[name].runs_on(device) and KERNELS[name].is_worth(problem):
                return name
    return PLAIN


def _memory_for_gram(device: torch.device) -> int:
    if device.type == "cuda":
        return torch.cuda.mem_get_info(device)[0] // 4
    return min(GRAM_BYTES, available_bytes() // 4)


def check_method(method: str) -> None:
    """Raise InputError unless ``method`` is a key of METHODS."""
    if method not in METHODS:
        raise InputError(f"method {method!r} is unknown; choose one of {', '.join(METHODS)}")


def check_l0(l0: int) -> None:
    """Raise InputError unless ``l0`` is a whole number from 1 to ``MAX_L0``."""
    if not isinstance(l0, Integral) or isinstance(l0, bool) or not 1 <= l0 <= MAX_L0:
        raise InputError(f"l0 is {l0!r}; expected a whole number from 1 to {MAX_L0:,}")


def _checked(
    x: Tensor, atoms: Tensor, kernel: str, gram: Tensor | None
) -> tuple[Tensor, Tensor, Tensor | None]:
    names = (AUTO, PLAIN, *KERNELS)
    if kernel not in names:
        raise InputError(f"kernel {kernel!r} is unknown; choose one of {', '.join(names)}")
    x, atoms = torch.as_tensor(x), torch.as_tensor(atoms)
    if x.ndim != 2 or atoms.ndim != 2 or x.shape[1] != atoms.shape[1]:
        raise InputError(
            f"x is {tuple(x.shape)} and atoms are {tuple(atoms.shape)}; "
            "expected (N, d) and (n, d) of the same width d"
        )
    if kernel in KERNELS and not KERNELS[kernel].runs_on(x.device):
        raise InputError(f"kernel {kernel!r} runs on the CPU, x is on {x.device}; use 'gram'")
    x, atoms = x.detach().float(), atoms.detach().float()
    check_finite(x, "x")
    if gram is not None:
        gram = _checked_gram(gram, atoms)
    norms = torch.linalg.vector_norm(atoms, dim=1)
    off = ~((norms - 1).abs() <= UNIT_TOLERANCE)  # written so that NaN counts as off
    if bool(off.any()):
        row = int(off.nonzero()[0])
        raise InputError(f"atom {row} has norm {float(norms[row]):.4g}; atoms must have norm 1")
    return x.contiguous(), atoms.contiguous(), gram


def _checked_gram(gram: Tensor, atoms: Tensor) -> Tensor:
    n = len(atoms)
    if tuple(gram.shape) != (n, n) or gram.device != atoms.device:
        raise InputError(
            f"gram is {tuple(gram.shape)} on {gram.device}; expected ({n}, {n}) on "
            f"{atoms.device}: atoms @ atoms.T"
        )
    return gram.detach().float().contiguous()


def check_finite(x: Tensor, name: str, first_row: int = 0) -> None:
    """Raise InputError naming the first row of ``x`` (N, d) that holds NaN or infinity.

    A row whose energy |x|^2 leaves the range of float32 is refused too.
    """
    bad = ~torch.isfinite((x * x).sum(1))
    if bool(bad.any()):
        row = int(bad.nonzero()[0])
        if bool(torch.isfinite(x[row]).all()):
            raise InputError(
                f"row {first_row + row} of {name} is too large for float32 (|x|^2 overflows); "
                "scale the activations down"
            )
        raise InputError(
            f"row {first_row + row} of {name} holds NaN or infinity; every value must be finite"
        )

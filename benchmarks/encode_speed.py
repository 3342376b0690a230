"""Coding activations: each kernel against plain torch, and OMP against scikit-learn's.

python -m benchmarks.encode_speed
"""

from __future__ import annotations

import time
from collections.abc import Callable

import torch

from benchmarks.machine import describe
from itda_core.pursuit import SparseCode, encode

ROWS, L0 = 2048, 20


def activations(n: int, d: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Atoms (n, d) and rows (ROWS, d) with the decaying spectrum that activations have."""
    generator = torch.Generator().manual_seed(0)
    spectrum = torch.arange(1, d + 1).float() ** -0.5
    atoms = torch.nn.functional.normalize(torch.randn(n, d, generator=generator) * spectrum, dim=1)
    return atoms, torch.randn(ROWS, d, generator=generator) * spectrum


def timed(work: Callable[[], SparseCode]) -> tuple[float, SparseCode]:
    """Median of three, after one to warm up."""
    work()
    seconds = []
    for _ in range(3):
        began = time.perf_counter()
        code = work()
        seconds.append(time.perf_counter() - began)
    return sorted(seconds)[1], code


def main() -> None:
    print(describe())
    print(f"matching pursuit, {ROWS:,} rows, L0 {L0}; Gram matrix at hand")
    for n, d in ((2048, 128), (8192, 384), (8192, 768)):
        atoms, x = activations(n, d)
        gram = atoms @ atoms.T
        plain, reference = timed(lambda: encode(x, atoms, L0, kernel="plain"))
        for kernel in ("gram", "numba"):
            seconds, code = timed(
                lambda kernel=kernel: encode(x, atoms, L0, kernel=kernel, gram=gram)
            )
            same = (code.indices == reference.indices).all(1).double().mean()
            print(
                f"  n {n:,} d {d}: {kernel} {ROWS / seconds:,.0f} rows/s, "
                f"{plain / seconds:.1f} x plain torch, same path for {float(same):.2%}"
            )
    try:
        from sklearn.linear_model import orthogonal_mp_gram
    except ImportError:
        return
    atoms, x = activations(8192, 384)
    gram, rows = (atoms @ atoms.T).double().numpy(), 64
    ours, _ = timed(lambda: encode(x[:rows], atoms, L0, "omp"))
    began = time.perf_counter()
    orthogonal_mp_gram(gram, (atoms @ x[:rows].T).double().numpy(), n_nonzero_coefs=L0)
    theirs = time.perf_counter() - began
    print(
        f"OMP, {rows} rows, n 8,192 d 384: {rows / ours:,.0f} rows/s, "
        f"{theirs / ours:.1f} x scikit-learn's orthogonal_mp_gram"
    )


if __name__ == "__main__":
    main()

"""Peak memory of a build with n = 16,000 atoms of width 768.

python -m benchmarks.memory

Random activations, so that every one becomes an atom: the quickest way to a large dictionary.
The memory does not depend on what the activations are.
"""

from __future__ import annotations

import resource

import torch

from benchmarks.machine import describe
from itda_core.construction import Builder

ATOMS, WIDTH, BATCH = 16_000, 768, 4096


def main() -> None:
    print(describe())
    builder = Builder(WIDTH, 0.01, 20)
    generator = torch.Generator().manual_seed(0)
    builder.add(torch.randn(8, WIDTH, generator=generator))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    while builder.n_atoms < ATOMS:
        builder.add(torch.randn(BATCH, WIDTH, generator=generator))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(
        f"{builder.n_atoms:,} atoms of width {WIDTH}: peak {peak / 2**20:.2f} GB, "
        f"{before / 2**20:.2f} GB of it the libraries"
    )


if __name__ == "__main__":
    main()

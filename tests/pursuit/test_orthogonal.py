"""Orthogonal matching pursuit against least squares."""

import numpy as np
import pytest
import torch
from small import unit_rows

from itda_core import encode


def test_omp_is_least_squares_on_its_support():
    atoms, x = unit_rows(120, 24), torch.randn(25, 24, generator=torch.Generator().manual_seed(4))
    code = encode(x, atoms, 6, "omp")
    for row in range(len(x)):
        chosen = atoms[code.indices[row]].numpy().astype(np.float64)
        fitted, *_ = np.linalg.lstsq(chosen.T, x[row].numpy().astype(np.float64), rcond=None)
        np.testing.assert_allclose(code.coefficients[row].numpy(), fitted, atol=1e-3)
        assert len(set(code.indices[row].tolist())) == 6


def test_omp_never_worse_than_mp_with_the_same_first_choices():
    atoms, x = unit_rows(60, 24), torch.randn(50, 24, generator=torch.Generator().manual_seed(5))
    mp, omp = encode(x, atoms, 2), encode(x, atoms, 2, "omp")
    same = (mp.indices == omp.indices).all(1)
    assert same.float().mean() > 0.5
    assert (omp.residual_energy[same, 1] <= mp.residual_energy[same, 1] + 1e-4).all()


def test_omp_of_nearly_parallel_atoms():
    """Groups of atoms 1e-3 apart: still least squares on the support, and it never grows."""
    generator = torch.Generator().manual_seed(9)
    centres = torch.randn(12, 32, generator=generator).repeat_interleave(6, 0)
    centres += 1e-3 * centres.norm() / 80 * torch.randn(72, 32, generator=generator)
    atoms = torch.nn.functional.normalize(centres, dim=1)
    x = torch.randn(40, 32, generator=generator)
    code = encode(x, atoms, 16, "omp")
    assert (code.residual_energy.diff(dim=1) <= 1e-5 * 40).all()
    for row in range(len(x)):
        used = code.indices[row][code.indices[row] >= 0]
        chosen = atoms[used].double().numpy()
        fitted, *_ = np.linalg.lstsq(chosen.T, x[row].double().numpy(), rcond=None)
        best = np.square(x[row].double().numpy() - fitted @ chosen).sum()
        assert float(code.residual_energy[row, -1]) == pytest.approx(best, abs=1e-3)

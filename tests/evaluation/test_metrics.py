"""Metrics against their definitions written out."""

import pytest
import torch

from itda_core.evaluation.metrics import (
    Moments,
    atom_counts,
    cross_entropy,
    distinct_atoms,
    fvu,
    kl_divergence,
    recovered,
)
from itda_core.pursuit import SparseCode


@pytest.fixture
def x():
    return torch.randn(200, 6, generator=torch.Generator().manual_seed(0)) + 3.0


def test_fvu_of_known_reconstructions(x):
    assert fvu(x, x) == 0
    assert fvu(x, x.mean(0).expand_as(x)) == pytest.approx(1, abs=1e-6)
    noisy = x + 0.1 * torch.randn(200, 6, generator=torch.Generator().manual_seed(1))
    residual = (x - noisy).square().sum()
    assert fvu(x, noisy) == pytest.approx(
        float(residual / (x - x.mean(0)).square().sum()), rel=1e-5
    )


def test_variance_over_a_stream_is_that_of_the_whole(x):
    moments = Moments(6)
    for part in x.split(17):
        moments.add(part)
    assert moments.variance == pytest.approx(float((x - x.mean(0)).square().sum()), rel=1e-5)


def test_counts_of_atoms_that_recur_and_cancel():
    code = SparseCode(
        indices=torch.tensor([[4, 4, 2], [0, -1, -1], [-1, -1, -1], [1, 3, 1]]),
        coefficients=torch.tensor([[1.0, 2, 3], [5, 0, 0], [0, 0, 0], [1, 0, 2]]),
        residual_energy=torch.zeros(4, 3),
    )
    assert distinct_atoms(code).tolist() == [2, 1, 0, 1]
    assert atom_counts(code, 6).tolist() == [1, 1, 1, 0, 1, 0]


def test_cross_entropy_and_divergence_written_out():
    generator = torch.Generator().manual_seed(2)
    a, b = torch.randn(2, 4, 7, generator=generator), torch.randn(2, 4, 7, generator=generator)
    ids = torch.randint(7, (2, 4), generator=generator)
    for row in range(2):
        for t in range(3):
            p, q = a[row, t].softmax(0), b[row, t].softmax(0)
            ce = -float(p[ids[row, t + 1]].log())
            assert float(cross_entropy(a, ids)[row, t]) == pytest.approx(ce, rel=1e-5)
            kl = float((p * (p / q).log()).sum())
            assert float(kl_divergence(a, b)[row, t]) == pytest.approx(kl, rel=1e-4)
    assert float(kl_divergence(a, a).abs().max()) < 1e-6


def test_recovered_is_one_untouched_and_nought_at_zero():
    assert recovered(2.0, 2.0, 9.0) == 1 and recovered(9.0, 2.0, 9.0) == 0
    assert recovered(0.5, 0.0, 2.0) == 0.75  # the KL score: (KL_zero - KL)/KL_zero
    assert recovered(1.0, 1.0, 1.0) != recovered(1.0, 1.0, 1.0)  # undefined: NaN

"""Metrics against their definitions written out."""

import pytest
import torch

from itda_core.evaluation.metrics import (
    NO_LIMIT,
    Moments,
    MomentsWithoutSinks,
    atom_counts,
    cross_entropy,
    distinct_atoms,
    fvu,
    fvu_without_sinks,
    kl_divergence,
    recovered,
    sink_norm,
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


def test_a_sink_has_more_than_ten_times_the_median_norm():
    norms = torch.tensor([1.0, 2, 3, 19.9, 20, 20.1, 400])
    assert sink_norm(norms) == pytest.approx(199)
    assert sink_norm(norms[:4]) == 20  # of two in the middle the lower
    assert (norms > sink_norm(norms[:3])).tolist() == [False] * 5 + [True] * 2
    assert sink_norm(torch.tensor([0.0, 0, 0, 5])) == sink_norm(torch.zeros(0)) == NO_LIMIT


def with_sinks(n=300, size=1e6):
    """Activations around a mean, every thirteenth of them a sink: (x, x_hat, whether it is one)."""
    generator = torch.Generator().manual_seed(3)
    x = torch.randn(n, 6, generator=generator) + 3.0
    sinks = torch.arange(n) % 13 == 0
    x[sinks] = size * (1 + 0.01 * torch.randn(int(sinks.sum()), 6, generator=generator))
    return x, x * (1 + 0.1 * torch.randn(n, 6, generator=generator)), sinks


def test_fvu_without_sinks_is_that_of_the_others():
    x, x_hat, sinks = with_sinks()
    rest, rest_hat = x[~sinks].double().numpy(), x_hat[~sinks].double().numpy()
    expected = ((rest - rest_hat) ** 2).sum() / ((rest - rest.mean(0)) ** 2).sum()
    assert fvu_without_sinks(x, x_hat) == pytest.approx(expected, rel=1e-9)
    assert fvu(x, x_hat) < 0.02 < 0.05 < expected
    assert fvu_without_sinks(rest_x := x[~sinks], x_hat[~sinks]) == fvu(rest_x, x_hat[~sinks])


@pytest.mark.parametrize("size", [40.0, 1e3, 1e6])
@pytest.mark.parametrize("part", [1, 7, 300])
def test_variance_without_sinks_over_a_stream(part, size):
    """However long the sinks are, the others' variance is exact: nothing is taken off a sum."""
    x, _, sinks = with_sinks(size=size)
    moments = MomentsWithoutSinks(6)
    for some in x.roll(-1, 0).split(part):  # one that begins with a sink alone: see below
        moments.add(some)
    ordinary = moments.finish()
    assert ordinary is not None
    assert ordinary.n == int((~sinks).sum()) and moments.everything.n == len(x)
    rest = x[~sinks].double()
    assert ordinary.variance == pytest.approx(float((rest - rest.mean(0)).square().sum()), rel=1e-9)


def test_a_stream_that_begins_with_sinks_has_to_be_read_again():
    """There the first seem usual; what was summed by then cannot be taken back."""
    x, _, sinks = with_sinks()
    moments = MomentsWithoutSinks(6)
    moments.add(x[sinks])
    moments.add(x[~sinks])
    assert moments.finish() is None


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

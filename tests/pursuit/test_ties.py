"""Correlations that tie: the oldest atom is taken, in every kernel and among any neighbours."""

import numpy as np
import pytest
import torch
from lattice import lattice, naive_matching, naive_orthogonal

from itda_core import encode
from itda_core.pursuit.ties import DOUBT, TIED, first_of_tied, residual_after, settled

D = 8
KERNELS = [("mp", "plain"), ("mp", "gram"), ("mp", "numba"), ("omp", "plain")]


def planted(seed: int) -> tuple[torch.Tensor, torch.Tensor]:
    """(activations of very different norms, atoms), both on the lattice."""
    x, atoms = lattice(120, seed, D), lattice(60, seed + 100, D)
    atoms = torch.nn.functional.normalize(atoms[atoms.square().sum(1) > 0], dim=1)
    return x * torch.logspace(-3, 3, 120)[:, None], atoms


@pytest.mark.parametrize("seed", [0, 1, 2])
@pytest.mark.parametrize(("method", "kernel"), KERNELS)
def test_codes_on_a_lattice_are_those_of_float64(method, kernel, seed):
    x, atoms = planted(seed)
    code = encode(x, atoms, 8, method, kernel=kernel)
    wide = lattice(120, seed, D).double().numpy()
    exact = lattice(60, seed + 100, D).double().numpy()
    exact = exact[np.abs(exact).sum(1) > 0]
    exact /= np.linalg.norm(exact, axis=1, keepdims=True)
    ties = 0
    for row, v in enumerate(wide):
        if not v.any():
            assert code.indices[row].tolist() == [-1] * 8
            continue
        u = v / np.linalg.norm(v)
        expected = naive_orthogonal(u, exact, 8)
        if method == "mp":
            expected, _ = naive_matching(u, exact, 8)
        assert [j for j in code.indices[row].tolist() if j >= 0] == expected
        magnitudes = np.abs(exact @ u)
        ties += int((magnitudes >= magnitudes.max() - 1e-9).sum() > 1)
    assert ties > 20  # else the data would decide nothing


@pytest.mark.parametrize(("method", "kernel"), KERNELS)
def test_a_code_does_not_depend_on_its_neighbours(method, kernel):
    x, atoms = planted(5)
    together = encode(x, atoms, 8, method, kernel=kernel).indices
    for size in (1, 7, 50):
        parts = [encode(part, atoms, 8, method, kernel=kernel).indices for part in x.split(size)]
        assert torch.equal(torch.cat(parts), together)


def test_only_what_is_close_in_float32_is_settled():
    atoms = torch.eye(4)
    residual = torch.tensor([0.0, 0.5, 0.5 - TIED / 2, 0.5 - 5 * TIED], dtype=torch.float64)
    noisy = torch.tensor([[0.1, 0.5, 0.5 + DOUBT / 4, 0.5 + DOUBT / 2]] * 3)
    noisy[1] += torch.tensor([0, 0, 0, 2 * DOUBT])  # beyond doubt
    scale = torch.tensor([1.0, 1.0, torch.inf])  # the last does not count
    asked = []

    def residual_of(row: int) -> torch.Tensor:
        asked.append(row)
        return residual

    j = settled(noisy.argmax(1), noisy.clone(), scale, atoms, residual_of)
    assert j.tolist() == [1, 3, 3] and asked == [0]
    assert first_of_tied(atoms, residual) == 1


def test_the_residual_is_that_of_the_path():
    x, atoms = planted(7)
    exact = torch.nn.functional.normalize(atoms.double(), dim=1).numpy()
    for row in (3, 50, 119):
        u = torch.nn.functional.normalize(x[row].double(), dim=0)
        chosen, expected = naive_matching(u.numpy(), exact, 5)
        found = residual_after(x[row], atoms[chosen])
        np.testing.assert_allclose(found.numpy(), expected, atol=1e-12)
        assert residual_after(x[row], atoms[:0]).tolist() == u.tolist()

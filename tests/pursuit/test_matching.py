"""Matching pursuit against Algorithm 2 as written."""

import numpy as np
import pytest
import torch
from small import unit_rows

from itda_core import decode, encode
from itda_core.pursuit import truncate

KERNELS = ("plain", "gram", "numba")


def naive_mp(x: np.ndarray, atoms: np.ndarray, l0: int):
    """Algorithm 2 as written, float64, one activation at a time."""
    indices, coefficients, energies = [], [], []
    for row in x.astype(np.float64):
        residual = row.copy()
        steps = []
        for _ in range(l0):
            correlations = atoms.astype(np.float64) @ residual
            j = int(np.abs(correlations).argmax())
            residual -= correlations[j] * atoms[j].astype(np.float64)
            steps.append((j, correlations[j], residual @ residual))
        indices.append([s[0] for s in steps])
        coefficients.append([s[1] for s in steps])
        energies.append([s[2] for s in steps])
    return np.array(indices), np.array(coefficients), np.array(energies)


@pytest.mark.parametrize("kernel", KERNELS)
@pytest.mark.parametrize(("n", "d", "l0"), [(1, 4, 3), (37, 16, 8), (700, 48, 12)])
def test_matching_pursuit_is_algorithm_2(kernel, n, d, l0):
    atoms, x = unit_rows(n, d), torch.randn(40, d, generator=torch.Generator().manual_seed(1))
    indices, coefficients, energies = naive_mp(x.numpy(), atoms.numpy(), l0)
    code = encode(x, atoms, l0, kernel=kernel)
    # A pursuit over one atom is exhausted after a step; ours says so with -1.
    live = code.indices.numpy() >= 0
    same = (code.indices.numpy() == indices) | ~live
    assert same.all(axis=1).mean() >= 0.998
    rows = same.all(axis=1)
    assert np.abs(coefficients[rows][~live[rows]]).max(initial=0) < 1e-5
    np.testing.assert_allclose(
        code.coefficients.numpy()[rows][live[rows]], coefficients[rows][live[rows]], atol=1e-4
    )
    np.testing.assert_allclose(code.residual_energy.numpy(), energies, atol=1e-3)


def test_smaller_budget_is_a_prefix():
    atoms, x = unit_rows(90, 20), torch.randn(20, 20, generator=torch.Generator().manual_seed(6))
    assert all(
        torch.equal(a, b)
        for a, b in zip(truncate(encode(x, atoms, 9), 4), encode(x, atoms, 4), strict=True)
    )


def test_an_atom_may_recur():
    atoms = torch.nn.functional.normalize(torch.tensor([[1.0, 0.0], [1.0, 0.6]]), dim=1)
    x = torch.tensor([[0.2, 1.0]])
    code = encode(x, atoms, 60)  # two atoms taken in turn: it converges, and only by recurring
    assert code.indices[0, :4].tolist() == [1, 0, 1, 0]
    torch.testing.assert_close(decode(code, atoms), x, atol=1e-3, rtol=0)

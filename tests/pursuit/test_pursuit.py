"""Sparse coding by every method and kernel: planted truth, the awkward cases, bad arguments."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from small import unit_rows

from itda_core import InputError, decode, encode
from itda_core.pursuit import METHODS, SparseCode
from itda_core.pursuit.encode import Problem, choose_kernel

KERNELS = ("plain", "gram", "numba")

WAYS = [("mp", kernel) for kernel in KERNELS] + [("omp", "auto")]


@pytest.mark.parametrize(("method", "kernel"), WAYS)
def test_planted_code_is_recovered(method, kernel):
    """Sparse combinations of nearly orthogonal atoms come back exactly, in order of size."""
    atoms = torch.linalg.qr(torch.randn(64, 64, generator=torch.Generator().manual_seed(2)))[0]
    planted = torch.tensor([[5, 17, 40], [63, 0, 9]])
    weights = torch.tensor([[3.0, -2.0, 1.0], [-7.0, 2.5, -0.5]])
    x = (weights[:, :, None] * atoms[planted]).sum(1)
    code = encode(x, atoms, 3, method, kernel=kernel)
    assert code.indices.tolist() == planted.tolist()
    torch.testing.assert_close(code.coefficients, weights, atol=1e-4, rtol=0)
    # What is left is a difference of numbers of the size of |x|^2: some of its rounding errors.
    assert (code.residual_energy[:, -1] < 1e-6 * x.square().sum(1)).all()


@pytest.mark.parametrize(("method", "kernel"), WAYS)
def test_residual_energy_is_that_of_the_reconstruction(method, kernel):
    atoms, x = unit_rows(200, 32), torch.randn(30, 32, generator=torch.Generator().manual_seed(3))
    code = encode(x, atoms, 10, method, kernel=kernel)
    torch.testing.assert_close(
        (x - decode(code, atoms)).square().sum(1), code.residual_energy[:, -1], atol=1e-3, rtol=1e-3
    )
    assert (code.residual_energy.diff(dim=1) <= 1e-5).all()  # it never grows


@settings(max_examples=25, deadline=None)
@given(st.integers(1, 40), st.integers(1, 12), st.integers(1, 20), st.integers(0, 9999))
def test_kernels_agree(n, d, l0, seed):
    """All kernels remove the same energy, whatever the shape (ties may differ in name)."""
    atoms = unit_rows(n, d, seed)
    x = torch.randn(7, d, generator=torch.Generator().manual_seed(seed + 1))
    plain, *others = (encode(x, atoms, l0, kernel=kernel) for kernel in KERNELS)
    for other in others:
        torch.testing.assert_close(
            other.residual_energy, plain.residual_energy, atol=2e-4, rtol=1e-3
        )


@pytest.mark.parametrize(("method", "kernel"), WAYS)
class TestAwkward:
    def test_zero_vector_has_an_empty_code(self, method, kernel):
        code = encode(torch.zeros(2, 8), unit_rows(5, 8), 3, method, kernel=kernel)
        assert (code.indices == -1).all() and (code.coefficients == 0).all()
        assert (code.residual_energy == 0).all()

    def test_no_rows(self, method, kernel):
        code = encode(torch.zeros(0, 8), unit_rows(5, 8), 3, method, kernel=kernel)
        assert [tuple(part.shape) for part in code] == [(0, 3)] * 3

    def test_empty_dictionary(self, method, kernel):
        x = torch.ones(2, 8)
        code = encode(x, torch.zeros(0, 8), 3, method, kernel=kernel)
        assert (code.indices == -1).all() and (code.residual_energy == 8).all()
        assert (decode(code, torch.zeros(0, 8)) == 0).all()

    def test_more_steps_than_atoms(self, method, kernel):
        atoms = unit_rows(3, 8)
        code = encode(torch.ones(2, 8), atoms, 10, method, kernel=kernel)
        if method == "omp":
            assert (code.indices[:, 3:] == -1).all() and (code.coefficients[:, 3:] == 0).all()
        assert code.indices.max() <= 2
        best = torch.linalg.lstsq(atoms.T, torch.ones(8, 1)).solution
        left = (torch.ones(8, 1) - atoms.T @ best).square().sum()
        assert float(code.residual_energy[0, -1]) >= float(left) - 1e-4

    def test_duplicate_atoms(self, method, kernel):
        atoms = unit_rows(4, 8).repeat(3, 1)
        x = 2.5 * atoms[1:2] + 0.5 * atoms[3:4]
        code = encode(x, atoms, 4, method, kernel=kernel)
        assert torch.isfinite(code.coefficients).all()
        assert int(code.indices[0, 0]) % 4 == 1
        once = encode(x, atoms[:4], 4, method, kernel=kernel)
        torch.testing.assert_close(code.residual_energy, once.residual_energy, atol=1e-4, rtol=1e-3)

    @pytest.mark.parametrize("bad", [float("nan"), float("inf")])
    def test_nan_is_refused_naming_the_row(self, method, kernel, bad):
        x = torch.ones(5, 8)
        x[3, 2] = bad
        with pytest.raises(InputError, match="row 3"):
            encode(x, unit_rows(5, 8), 3, method, kernel=kernel)

    @pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float64])
    def test_other_float_types_are_computed_in_float32(self, method, kernel, dtype):
        atoms, x = unit_rows(30, 8), torch.randn(4, 8, generator=torch.Generator().manual_seed(7))
        code = encode(x.to(dtype), atoms, 3, method, kernel=kernel)
        again = encode(x.to(dtype).float(), atoms, 3, method, kernel=kernel)
        assert code.coefficients.dtype == torch.float32
        assert torch.equal(code.indices, again.indices)

    def test_half_precision_atoms(self, method, kernel):
        atoms, x = unit_rows(500, 8), torch.randn(4, 8, generator=torch.Generator().manual_seed(7))
        code = encode(x, atoms.bfloat16(), 3, method, kernel=kernel)
        x_hat = decode(code, atoms.bfloat16())
        left = (x - x_hat).square().sum(1)
        torch.testing.assert_close(left, code.residual_energy[:, -1], atol=0.05, rtol=0.05)

    def test_scale_does_not_matter(self, method, kernel):
        atoms, x = unit_rows(30, 8), torch.randn(4, 8, generator=torch.Generator().manual_seed(8))
        small, large = (encode(x * s, atoms, 3, method, kernel=kernel) for s in (1e-4, 1e4))
        assert torch.equal(small.indices, large.indices)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"method": "lasso"}, "mp, omp"),
        ({"kernel": "fast"}, "numba"),
        ({"l0": 0}, "from 1 to 4,096"),
        ({"l0": 10**11}, "from 1 to 4,096"),
        ({"gram": torch.ones(3, 3)}, r"expected \(2, 2\)"),
        ({"x": torch.full((1, 8), 1e25)}, "too large for float32"),
        ({"l0": 2.5}, "whole number"),
        ({"x": torch.ones(3, 7)}, "same width"),
        ({"x": torch.ones(8)}, "expected"),
        ({"atoms": torch.ones(2, 8)}, "atom 0 has norm 2.828"),
        ({"atoms": torch.full((2, 8), torch.nan)}, "atom 0 has norm nan"),
    ],
)
def test_bad_arguments_are_named(change, says):
    good = {"x": torch.ones(3, 8), "atoms": unit_rows(2, 8), "l0": 3}
    with pytest.raises(InputError, match=says):
        encode(**good | change)


def test_the_kernel_is_chosen_from_the_size():
    def chosen(n_rows: int, n_atoms: int, d_model: int, method: str = "mp") -> str:
        problem = Problem(n_rows, n_atoms, d_model, 20, torch.device("cpu"))
        return choose_kernel(METHODS[method], problem, have_gram=False)

    assert chosen(30, 3000, 128) == "plain"  # a prompt: nothing to compile
    assert chosen(20_000, 8000, 384) == "numba"
    assert chosen(20_000, 8000, 384, "omp") == "plain"  # it has no kernel
    assert chosen(100, 500_000, 768) == "plain"  # 1 TB of Gram matrix


def test_code_fields_are_named():
    assert SparseCode._fields == ("indices", "coefficients", "residual_energy")

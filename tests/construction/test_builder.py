"""Algorithm 1: exact for every batch size and engine, against a naive float64 reference."""

import numpy as np
import pytest
import torch
from lattice import lattice, naive_matching
from small import clustered

from itda_core import InputError, build_dictionary, encode
from itda_core.construction import Builder, BuildSettings
from itda_core.dictionary.losses import LOSSES, loss_in_float64

TAUS = {"relative": 0.2, "squared": 20.0, "cosine": 0.006}


def naive_rows(x: torch.Tensor, tau: float, l0: int, loss: str) -> tuple[list[int], int]:
    """Algorithm 1 as written, in float64, one activation at a time: (rows, near ties)."""
    wide = x.double().numpy()
    atoms = np.zeros((0, x.shape[1]))
    rows, ties = [], 0
    for row, v in enumerate(wide):
        residual = v.copy()
        for _ in range(l0 if len(atoms) else 0):
            correlations = atoms @ residual
            j = np.abs(correlations).argmax()
            residual -= correlations[j] * atoms[j]
        energy = v @ v
        if loss == "relative":
            value, scale = residual @ residual / energy, 1.0
        elif loss == "squared":
            value, scale = residual @ residual, energy
        elif len(atoms):
            v_hat = v - residual
            value = np.mean((v / np.sqrt(energy) - v_hat / np.linalg.norm(v_hat)) ** 2)
            scale = 2 / len(v)
        else:
            value, scale = 2 / len(v), 2 / len(v)
        ties += abs(value - tau) <= 1e-5 * scale
        if value > tau:
            rows.append(row)
            atoms = np.vstack([atoms, v / np.sqrt(energy)])
    return rows, int(ties)


@pytest.fixture(scope="module")
def activations() -> torch.Tensor:
    return clustered()


@pytest.mark.parametrize("loss", TAUS)
@pytest.mark.parametrize("engine", ["numba", "torch"])
def test_rows_are_those_of_the_naive_reference(activations, loss, engine):
    x = activations if engine == "numba" else activations[:500]
    expected, ties = naive_rows(x, TAUS[loss], 8, loss)
    assert 20 < len(expected) < len(x)
    assert ties == 0  # else the data would decide nothing
    for batch_size in (1, 64, 1000) if engine == "numba" else (7, 1000):
        built = build_dictionary(x, TAUS[loss], 8, loss, batch_size=batch_size, engine=engine)
        assert built.rows.tolist() == expected
    torch.testing.assert_close(
        built.atoms, torch.nn.functional.normalize(x[built.rows], dim=1), atol=1e-6, rtol=0
    )


def test_real_activations(minilm_path):
    """A real encoder's activations: every batch size gives the naive float64 rows."""
    from itda_core.models import load_model
    from itda_core.text.corpus import corpus_from_texts

    model = load_model(minilm_path)
    words = "river stone lamp garden letter winter market bridge song paper".split()  # noqa: SIM905
    texts = [
        f"The {a} near the {b} was old, and the {c} was {'not ' * (i % 2)}far. Number {i * 37}."
        for i, (a, b, c) in enumerate(
            (words[i % 10], words[(i * 3 + 1) % 10], words[(i * 7 + 2) % 10]) for i in range(200)
        )
    ]
    prompts = corpus_from_texts(texts, "t").prompts(model, 128)
    x = torch.cat([batch.x[3] for batch in model.activations(prompts, [3])])
    expected, ties = naive_rows(x, 0.2, 20, "relative")
    assert len(expected) > 100
    found = [
        build_dictionary(x, 0.2, 20, batch_size=batch_size).rows.tolist()
        for batch_size in (1, 64, 1000)
    ]
    assert found[0] == found[1] == found[2]
    # From the reference, rows may part only where two numbers tie to 1e-5.
    differ = set(found[0]) ^ set(expected)
    assert len(differ) <= ties, f"{len(differ)} rows differ, {ties} ties"


def test_what_is_left_out_was_explained(activations):
    """Each refused activation's loss exceeded tau when it came; in the end most are within."""
    built = build_dictionary(activations, 0.2, 8)
    for k in (5, 50, built.n_atoms - 1):
        row = int(built.rows[k])
        code = encode(activations[row : row + 1], built.atoms[:k], 8)
        loss = float(code.residual_energy[0, -1] / activations[row].square().sum())
        assert loss > 0.2
        assert loss == pytest.approx(float(built.losses[k]), abs=1e-5)


def test_repeats_never_enter_twice(activations):
    once = build_dictionary(activations[:300], 0.1, 5)
    thrice = build_dictionary(activations[:300].repeat(3, 1), 0.1, 5)
    assert thrice.rows.tolist()[: once.n_atoms] == once.rows.tolist()
    # The same activation again: reconstructed exactly by its own atom.
    assert set((thrice.rows % 300).tolist()) >= set(once.rows.tolist())
    same = build_dictionary(activations[:1].repeat(50, 1), 0.1, 5)
    assert same.rows.tolist() == [0]


def test_lower_tau_gives_more_atoms(activations):
    sizes = [build_dictionary(activations, tau, 8).n_atoms for tau in (0.6, 0.3, 0.1, 0.03)]
    assert sizes == sorted(sizes) and len(set(sizes)) == 4


@pytest.mark.parametrize("engine", ["numba", "torch"])
class TestAwkward:
    def test_no_activations(self, engine):
        built = build_dictionary(torch.zeros(0, 8), 0.2, 4, engine=engine)
        assert tuple(built.atoms.shape) == (0, 8) and built.rows.tolist() == []

    def test_zero_vectors_are_passed_over(self, engine):
        x = torch.zeros(6, 8)
        x[2, 0], x[4, 1] = 3.0, 2.0
        assert build_dictionary(x, 0.2, 4, engine=engine).rows.tolist() == [2, 4]

    def test_tau_one_admits_nothing(self, engine):
        assert build_dictionary(clustered(50), 1.0, 4, engine=engine).n_atoms == 0

    def test_max_atoms(self, engine, activations):
        whole = build_dictionary(activations[:400], 0.2, 8, engine=engine)
        for batch_size in (1, 50, 400):
            capped = build_dictionary(
                activations[:400], 0.2, 8, max_atoms=17, batch_size=batch_size, engine=engine
            )
            assert capped.rows.tolist() == whole.rows.tolist()[:17]

    def test_nan_is_named_by_its_row_of_the_stream(self, engine):
        builder = Builder(8, 0.2, 4, engine=engine)
        builder.add(torch.eye(8))
        bad = torch.ones(4, 8)
        bad[2, 1] = torch.nan
        with pytest.raises(InputError, match="row 10"):
            builder.add(bad)
        assert builder.n_atoms == 8  # nothing lost

    def test_half_precision(self, engine, activations):
        half = activations[:300].half()
        built = build_dictionary(half, 0.2, 8, engine=engine)
        assert built.rows.tolist() == build_dictionary(half.float(), 0.2, 8).rows.tolist()

    def test_restored_in_the_middle(self, engine, activations):
        whole = build_dictionary(activations[:600], 0.2, 8, engine=engine)
        first = Builder(48, 0.2, 8, engine=engine)
        first.add(activations[:350])
        second = Builder(48, 0.2, 8, engine=engine)
        second.restore(first.state(first.n_atoms, first.tokens_seen))
        second.add(activations[350:600])
        again = second.dictionary()
        assert again.rows.tolist() == whole.rows.tolist()
        assert torch.equal(again.atoms, whole.atoms)
        assert torch.equal(again.losses, whole.losses)


def test_a_loss_too_close_to_tau_is_settled_in_float64():
    """float32 errs here by more than the gap; the decision must be that of float64."""
    x = clustered(300, 32, seed=5)
    first = build_dictionary(x[:200], 0.2, 6)
    token = x[250:251]
    unit = token / torch.linalg.vector_norm(token, dim=1, keepdim=True)
    exact = loss_in_float64(unit[0], first.atoms, 6, LOSSES["relative"])
    for tau, enters in ((exact - 2e-9, True), (exact + 2e-9, False)):
        for engine in ("numba", "torch"):
            builder = Builder(32, tau, 6, engine=engine)
            builder._engine.seed(first.atoms)
            entered = builder.add(token)
            assert bool(entered) == enters


@pytest.mark.parametrize("tau", [1e-6, 1e-5])
def test_thresholds_below_the_noise_of_float32(tau):
    """Nearly equal activations, split by less than float32 tells: batch sizes still agree."""
    generator = torch.Generator().manual_seed(11)
    x = torch.randn(20, 32, generator=generator).repeat_interleave(12, 0)
    x = x * (1 + 3e-3 * torch.randn(240, 32, generator=generator))
    expected, _ = naive_rows(x, tau, 5, "relative")
    found = [
        build_dictionary(x, tau, 5, batch_size=batch_size).rows.tolist()
        for batch_size in (1, 64, 240)
    ]
    assert found[0] == found[1] == found[2]
    # Correlations with near-parallel atoms tie to 1e-7, so a path may part from float64's.
    assert len(set(found[0]) ^ set(expected)) <= 0.05 * len(expected)


@pytest.mark.parametrize("engine", ["numba", "torch"])
@pytest.mark.parametrize(
    ("loss", "tau"), [("relative", 0.0503), ("squared", 0.51), ("cosine", 4e-3)]
)
def test_rows_on_a_lattice_are_those_of_float64(loss, tau, engine):
    """Correlations tie exactly there: neither batch size nor engine decides between them."""
    for seed in (0, 1, 2):
        x = lattice(600 if engine == "numba" else 150, seed)
        expected = rows_on_a_lattice(x, tau, 8, loss)
        assert 20 < len(expected) < len(x)
        for batch_size in (1, 7, 64, len(x)) if engine == "numba" else (7, 64, len(x)):
            built = build_dictionary(x, tau, 8, loss, batch_size=batch_size, engine=engine)
            assert built.rows.tolist() == expected


def rows_on_a_lattice(x: torch.Tensor, tau: float, l0: int, loss: str) -> list[int]:
    """Algorithm 1 as written, in float64, where of tied atoms the oldest is taken."""
    atoms, rows = np.zeros((0, x.shape[1])), []
    for row, v in enumerate(x.double().numpy()):
        energy = v @ v
        if energy == 0:
            continue
        u = v / np.sqrt(energy)
        chosen, residual = naive_matching(u, atoms, l0)
        value = residual @ residual * (energy if loss == "squared" else 1)
        if loss == "cosine":
            u_hat = u - residual
            value = np.mean((u - u_hat / np.linalg.norm(u_hat)) ** 2) if chosen else 2 / len(u)
        if value > tau:
            rows.append(row)
            atoms = np.vstack([atoms, u])
    return rows


def test_activations_that_require_grad(activations):
    x = activations[:50].clone().requires_grad_()
    rows = build_dictionary(x, 0.2, 4).rows.tolist()
    assert rows == build_dictionary(activations[:50], 0.2, 4).rows.tolist()


class TestInit:
    def test_frequent_starts_from_what_recurs(self):
        x = clustered(400, 16, seed=4)
        x[100:140] = x[7]
        x[200:220] = x[9]
        built = build_dictionary(x, 0.2, 4, init="frequent", max_atoms=2)
        assert built.rows.tolist() == [7, 9]
        assert torch.isnan(built.losses).all()

    def test_random_is_given_by_its_seed(self):
        x = clustered(400, 16, seed=4)
        rows = [build_dictionary(x, 0.2, 4, init="random", seed=s).rows.tolist() for s in (0, 0, 1)]
        assert rows[0] == rows[1] != rows[2]
        assert len(set(rows[0][:16])) == 16

    @pytest.mark.parametrize("init", ["frequent", "random"])
    def test_the_batch_size_does_not_matter(self, init):
        x = clustered(9000, 16, seed=6)  # longer than the window
        rows = [
            build_dictionary(x, 0.1, 3, init=init, batch_size=b).rows.tolist()
            for b in (500, 8192, 9000)
        ]
        assert rows[0] == rows[1] == rows[2]


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"tau": 0.0}, "above 0"),
        ({"tau": 1.5}, r"\(0, 1\]"),
        ({"tau": float("nan")}, "above 0"),
        ({"l0": 0}, "from 1 to 4,096"),
        ({"loss": "cosine", "tau": 0.3}, r"2/d = 0.25"),
        ({"seed": -1}, "whole number from 0"),
        ({"activations": torch.full((3, 8), 1e25)}, "too large for float32"),
        ({"loss": "huber"}, "relative, squared, cosine"),
        ({"init": "best"}, "none, frequent, random"),
        ({"max_atoms": 0}, "at least 1"),
        ({"batch_size": 0}, "at least 1"),
        ({"activations": torch.ones(5)}, r"expected \(N, d\)"),
        ({"engine": "fpga"}, "auto, torch, numba"),
    ],
)
def test_bad_arguments_are_named(change, says):
    with pytest.raises(InputError, match=says):
        build_dictionary(**{"activations": torch.ones(3, 8), "tau": 0.2, "l0": 3} | change)


def test_growth_is_monotone_and_ends_at_n(activations):
    built = build_dictionary(activations, 0.2, 8)
    growth = built.growth()
    assert growth.n_atoms.is_monotonic_increasing
    assert growth.iloc[-1].tolist() == [len(activations), built.n_atoms]
    middle = growth.iloc[len(growth) // 2]
    assert middle.n_atoms == int((built.rows < middle.tokens_seen).sum())


def test_the_cache_of_compiled_code_knows_no_class_of_ours():
    """A cache that names a class fails to load once the class is renamed, instead of compiling."""
    from numba.core import types

    from itda_core.construction import admission_cpu
    from itda_core.pursuit.kernels import cpu

    build_dictionary(clustered(20), 0.2, 4, engine="numba")
    encode(clustered(20), torch.eye(48), 4, kernel="numba")
    for function in (admission_cpu._speculate, admission_cpu._verify, cpu._pursue_rows):
        assert function.signatures
        for signature in function.signatures:
            assert not any(isinstance(kind, types.BaseNamedTuple) for kind in signature)
    for function in (admission_cpu._pursue, admission_cpu._changed):
        assert function.stats.cache_path is None


def test_settings_are_checked_before_a_width_is_known():
    BuildSettings(0.3, 4, "cosine").check()
    with pytest.raises(InputError, match=r"2/d = 0.25"):
        BuildSettings(0.3, 4, "cosine").check(8)

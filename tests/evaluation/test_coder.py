"""Coders that are no dictionaries, whose numbers are known beforehand."""

from dataclasses import dataclass, replace

import pytest
import torch
from small import sentences

from itda_core import SparseCode, load_model
from itda_core.dictionary import Recipe
from itda_core.evaluation.evaluate import evaluate
from itda_core.evaluation.metrics import fvu
from itda_core.text.corpus import corpus_from_texts

LAYER, TAU = 1, 0.1


@pytest.fixture(scope="module")
def model(tiny_causal):
    return load_model(tiny_causal)


@pytest.fixture(scope="module")
def held_out():
    return corpus_from_texts(sentences(60, seed=6), "held out")


@pytest.fixture(scope="module")
def x(model, held_out):
    batches = model.activations(held_out.prompts(model), [LAYER])
    return torch.cat([batch.x[LAYER] for batch in batches])


@dataclass
class Rotation:
    """Coordinates in an orthonormal basis, the largest kept: what any pursuit would find there."""

    basis: torch.Tensor
    """(d, d), a direction a row."""
    recipe: Recipe
    name: str = "rotation"

    @property
    def d_model(self) -> int:
        return self.basis.shape[1]

    @property
    def n_atoms(self) -> int:
        return len(self.basis)

    def encode(self, x, l0, method):
        coordinates = x @ self.basis.T
        indices = coordinates.abs().topk(min(l0, self.n_atoms), dim=1).indices
        chosen = coordinates.gather(1, indices)
        left = x.square().sum(1, keepdim=True) - chosen.square().cumsum(1)
        return SparseCode(indices, chosen, left)

    def decode(self, code):
        coordinates = torch.zeros(len(code.indices), self.n_atoms)
        return coordinates.scatter(1, code.indices, code.coefficients) @ self.basis

    def token_losses(self, x, code):
        return (x - self.decode(code)).square().sum(1) / x.square().sum(1)


@dataclass
class Constant:
    """The same reconstruction for every activation: no sum of atoms at all."""

    value: torch.Tensor
    """(d,)."""
    recipe: Recipe
    name: str = "constant"
    n_atoms: int = 4

    @property
    def d_model(self) -> int:
        return len(self.value)

    def encode(self, x, l0, method):
        nothing = torch.zeros(len(x), l0)
        return SparseCode(torch.full((len(x), l0), -1), nothing, nothing)

    def decode(self, code):
        return self.value.expand(len(code.indices), -1)

    def token_losses(self, x, code):
        return (x - self.value).square().sum(1) / x.square().sum(1)


@pytest.fixture(scope="module")
def recipe(model):
    return Recipe(
        d_model=model.d_model,
        tau=TAU,
        l0=8,
        loss="relative",
        n_atoms=model.d_model,
        tokens_seen=0,
        model_id=model.id,
        weights_hash=model.weights_hash,
        layer=LAYER,
    )


@pytest.fixture(scope="module")
def rotation(model, recipe):
    noise = torch.randn(model.d_model, model.d_model, generator=torch.Generator().manual_seed(0))
    return Rotation(torch.linalg.qr(noise).Q, recipe)


def test_the_error_is_what_the_largest_coordinates_leave(model, held_out, x, rotation):
    squares = (x @ rotation.basis.T).square().sort(dim=1, descending=True).values.double()
    variance = float((x - x.mean(0)).double().square().sum())
    rows = evaluate(rotation, model, held_out, [4, 16], ["mp"], max_tokens=None)
    for row in rows:
        rest = squares[:, row.l0 :].sum(1)
        losses = rest / squares.sum(1)
        assert row.tokens == len(x) and row.l0_mean == row.l0
        assert row.fvu == pytest.approx(float(rest.sum()) / variance, rel=1e-4)
        assert row.loss_mean == pytest.approx(float(losses.mean()), rel=1e-4)
        assert row.novel is None  # it was made for another L0
    assert rows[1].fvu < rows[0].fvu


def test_all_coordinates_are_the_activation(model, held_out, rotation):
    (row,) = evaluate(rotation, model, held_out, [model.d_model], ["mp"])
    assert row.fvu < 1e-9 and row.loss_p99 < 1e-9 and row.dead == 0
    assert row.ce_score == pytest.approx(1, abs=1e-3)
    assert row.kl_score == pytest.approx(1, abs=1e-3)


def test_the_mean_leaves_all_of_the_variance(model, held_out, x, recipe):
    constant = Constant(x.mean(0), recipe)
    (row,) = evaluate(constant, model, held_out, [3], ["omp"], max_tokens=None)
    assert row.fvu == pytest.approx(1, abs=1e-5) == fvu(x, x.mean(0).expand_as(x))
    assert row.l0_mean == 0 and row.dead == 1


def test_zeros_are_as_bad_as_zeros(model, held_out, recipe):
    """Scores are relative to a block that gives nothing."""
    (row,) = evaluate(Constant(torch.zeros(32), recipe), model, held_out, [1], ["mp"])
    assert row.ce_score == 0 and row.kl_score == 0 and row.ce == row.ce_zero
    assert row.loss_mean == 1 and row.loss_p95 == 1


def test_the_recipe_says_what_is_judged(model, held_out, rotation):
    """Layer, length of prompts, tau and the L0 it is for."""
    told = {"layer": 2, "sequence_length": 4, "tau": 0.9, "l0": 2}
    short = replace(rotation, recipe=replace(rotation.recipe, **told))
    (row,) = evaluate(short, model, held_out, [2], ["mp"], max_tokens=None)
    batches = model.activations(held_out.prompts(model, 4), [2], max_length=4)
    x = torch.cat([batch.x[2] for batch in batches])
    x_hat = short.decode(short.encode(x, 2, "mp"))
    losses = (x - x_hat).square().sum(1) / x.square().sum(1)
    assert row.tokens == len(x) and row.fvu == pytest.approx(fvu(x, x_hat), rel=1e-4)
    assert row.novel == pytest.approx(float((losses > 0.9).double().mean()), abs=2 / len(x))

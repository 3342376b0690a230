"""A prompt as a whole: atoms by tokens, layers by tokens."""

import pytest
import torch
from appdata import PROMPT, make_data

from itda_core import Dictionary, decode, load_model
from itda_core.prompt.decomposition import decompose, decompose_layers
from itda_core.prompt.maps import atom_map, layer_map


@pytest.fixture(scope="module")
def made(tmp_path_factory, tiny_causal):
    folder = make_data(tmp_path_factory.mktemp("maps"), tiny_causal)
    model = load_model(folder / "models" / "tiny-causal", dtype="float32")
    return model, [Dictionary.load(folder / "dictionaries" / f"tiny-l{i}") for i in (1, 2)]


def test_all_coefficients_together_are_the_codes(made):
    model, (dictionary, _) = made
    taken = decompose(model, dictionary, PROMPT)
    whole = atom_map(taken, most=10**6)
    assert whole.n_used == len(whole.atoms) == len(set(whole.atoms))
    sizes = taken.energy.sqrt()
    x_hat = (whole.coefficients.nan_to_num() * sizes).T @ dictionary.atoms[whole.atoms]
    torch.testing.assert_close(x_hat, decode(taken.code, dictionary.atoms), atol=1e-4, rtol=1e-4)
    # In matching pursuit the shares of all atoms add up to what is explained.
    assert sum(whole.shares) == pytest.approx(float(taken.explained.mean()), abs=1e-4)


def test_the_first_atoms_are_those_that_explain_most(made):
    model, (dictionary, _) = made
    taken = decompose(model, dictionary, PROMPT)
    some, whole = atom_map(taken, most=3), atom_map(taken, most=10**6)
    assert some.atoms == whole.atoms[:3] and some.n_used == whole.n_used
    assert whole.shares == sorted(whole.shares, reverse=True)
    for row, atom in enumerate(some.atoms):
        holding = (taken.code.indices == atom).any(1)
        assert torch.equal(~some.coefficients[row].isnan(), holding)


def test_special_tokens_use_no_atoms(made):
    model, (dictionary, _) = made
    taken = decompose(model, dictionary, "the cat<|endoftext|>")
    assert taken.coded.tolist()[-1] is False
    assert atom_map(taken).coefficients[:, -1].isnan().all()


def test_all_layers_at_once_are_each_layer_alone(made):
    model, dictionaries = made
    both = decompose_layers(model, dictionaries, PROMPT)
    together = layer_map(model, dictionaries, PROMPT)
    assert together.layers == [1, 2] and together.dictionaries == ["tiny-l1", "tiny-l2"]
    for row, dictionary in enumerate(dictionaries):
        alone = decompose(model, dictionary, PROMPT)
        assert torch.equal(alone.code.indices, both[row].code.indices)
        torch.testing.assert_close(together.loss[row], alone.loss)
        torch.testing.assert_close(together.explained[row], alone.explained)
        assert torch.equal(together.novel[row], alone.loss > dictionary.recipe.tau)
    assert together.as_built == ["", ""]


def test_novel_is_said_as_built_at_any_l0(made):
    model, dictionaries = made
    prompt = "The old dog follows the teacher near the cat 12345 zzzz"
    as_built = layer_map(model, dictionaries, prompt)
    assert as_built.novel.any() and not as_built.novel.all()
    for l0, method in ((2, "mp"), (30, "omp")):
        other = layer_map(model, dictionaries, prompt, l0, method)
        assert torch.equal(other.novel, as_built.novel)
        torch.testing.assert_close(other.loss_as_built, as_built.loss)
        assert not torch.equal(other.loss, as_built.loss)
        assert other.as_built == ["L0 6, matching pursuit"] * 2


def test_the_pass_is_one(made, monkeypatch):
    model, dictionaries = made
    passes = []
    forward = model._passes.run
    monkeypatch.setattr(model._passes, "run", lambda *a: (passes.append(1), forward(*a))[1])
    layer_map(model, dictionaries, PROMPT)
    assert len(passes) == 1

"""A token in other dictionaries, against planted atoms."""

import math
from dataclasses import replace

import pytest
import torch
from appdata import PROMPT, add_dictionary, make_data

from itda_core import Dictionary, InputError, Store, build_dictionary, load_model
from itda_core.prompt.elsewhere import TokenInText, code_in_other_dictionaries, cosines
from itda_core.text.corpus import Prompt

TOKEN, LAYER = 3, 1


@pytest.fixture(scope="module")
def model(tiny_causal):
    return load_model(tiny_causal)


@pytest.fixture(scope="module")
def activations(model):
    (batch,) = model.activations([Prompt("", PROMPT, 0, "")], [LAYER])
    return batch.x[LAYER].cpu()


@pytest.fixture(scope="module")
def place(model):
    return TokenInText(PROMPT, TOKEN, model.tokenize(PROMPT).char_end[TOKEN])


def planted(model, atoms, l0=2, tau=0.3, layer=LAYER):
    """A dictionary with just these directions."""
    atoms = atoms / torch.linalg.vector_norm(atoms, dim=1, keepdim=True)
    built = build_dictionary(torch.eye(model.d_model), tau=0.01, l0=1).crop(0)
    n = len(atoms)
    recipe = replace(
        built.recipe,
        n_atoms=n,
        l0=l0,
        tau=tau,
        model_id=model.id,
        layer=layer,
        weights_hash=model.weights_hash,
    )
    return Dictionary(
        atoms, torch.ones(n), torch.arange(n), torch.ones(n), recipe, name=f"planted {n}"
    )


def turned(x, angle):
    """A direction at this angle to ``x``."""
    unit = x / torch.linalg.vector_norm(x)
    other = torch.randn(len(x), generator=torch.Generator().manual_seed(1))
    other = other - (other @ unit) * unit
    other = other / torch.linalg.vector_norm(other)
    return math.cos(angle) * unit + math.sin(angle) * other


@pytest.mark.parametrize("angle", [0.0, 0.4, 1.2])
def test_the_loss_is_that_of_the_planted_angle(model, activations, place, angle):
    (found,) = code_in_other_dictionaries(
        model, [planted(model, turned(activations[TOKEN], angle)[None])], place
    )
    assert found.loss == pytest.approx(math.sin(angle) ** 2, abs=1e-4)
    assert found.explained == pytest.approx(math.cos(angle) ** 2, abs=1e-4)
    assert found.atom == 0 and found.coefficient == pytest.approx(math.cos(angle), abs=1e-4)
    assert found.novel == (math.sin(angle) ** 2 > 0.3)
    assert found.token == model.tokenize(PROMPT).tokens[TOKEN]


def test_the_strongest_atom_is_named_and_its_sign_kept(model, activations, place):
    x = activations[TOKEN]
    atoms = torch.stack([turned(x, 1.4), -x, turned(x, 1.3)])
    near, far = code_in_other_dictionaries(
        model, [planted(model, atoms), planted(model, turned(x, 1.5)[None])], place
    )
    assert near.atom == 1 and near.coefficient == pytest.approx(-1, abs=1e-4)
    assert not near.novel and far.novel and far.loss > 0.9


def test_another_tokenizer_is_asked_by_character(model, activations, place):
    dictionary = planted(model, activations[TOKEN][None])
    (found,) = code_in_other_dictionaries(model, [dictionary], place._replace(token_index=99))
    assert found.loss == pytest.approx(0, abs=1e-4)
    with pytest.raises(InputError, match=r"no token of .* ends at character 1 "):
        code_in_other_dictionaries(model, [dictionary], TokenInText("The old dog", 0, 1))


def test_another_models_dictionary_is_refused(model, activations, place):
    other = planted(model, activations[TOKEN][None])
    other = replace(other, recipe=replace(other.recipe, weights_hash="0" * 64))
    with pytest.raises(InputError, match="built from other weights"):
        code_in_other_dictionaries(model, [other], place)


def test_cosines_against_the_definition(model, activations):
    atom = torch.randn(model.d_model, generator=torch.Generator().manual_seed(2))
    found = cosines(model, planted(model, torch.stack([atom, -atom])), PROMPT, 1)
    expected = torch.nn.functional.cosine_similarity(activations, -atom[None], dim=1)
    assert torch.allclose(found, expected, atol=1e-5)
    with pytest.raises(InputError, match="no atom 2"):
        cosines(model, planted(model, torch.stack([atom, -atom])), PROMPT, 2)


def test_the_same_label_is_found_in_other_dictionaries(tmp_path, tiny_causal):
    data = make_data(tmp_path, tiny_causal, layers=(1, 2))
    add_dictionary(data, "few", 1, texts=3)
    store = Store(data, ":memory:")
    store.sync()
    places = {
        name: {
            (label.prompt_id, label.token_index): label.atom
            for label in store.labels(name).itertuples()
        }
        for name in ("tiny-l1", "tiny-l2", "few")
    }
    for (prompt, index), atom in places["tiny-l1"].items():
        expected = {
            name: places[name][prompt, index]
            for name in ("tiny-l2", "few")
            if (prompt, index) in places[name]
        }
        assert store.same_label("tiny-l1", atom) == expected
    assert len(places["few"]) < len(places["tiny-l1"])
    assert store.same_label("tiny-l1", 10**6) == {}
    with pytest.raises(InputError, match="no dictionary"):
        store.same_label("nobody", 0)
    store.close()

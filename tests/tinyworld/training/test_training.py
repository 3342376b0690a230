"""Training: a minuscule model, killed and resumed, its data and its loss."""

from dataclasses import replace

import pytest
import torch
from worlddata import RECIPE

from itda_core.errors import InputError
from tinyworld.training.stream import TokenStream
from tinyworld.training.train import Training


def test_a_killed_training_ends_with_the_same_weights(whole, tmp_path):
    killed = Training(RECIPE, tmp_path, False, "cpu")
    killed.run(until=2)
    killed.save = lambda: None  # what follows is lost with the process
    killed.run(until=3)
    resumed = Training(RECIPE, tmp_path, True, "cpu")
    assert resumed.step == 2
    resumed.run()
    for a, b in zip(whole.model.parameters(), resumed.model.parameters(), strict=True):
        assert torch.equal(a, b)
    with pytest.raises(InputError, match="--resume"):
        Training(RECIPE, tmp_path, False, "cpu")
    with pytest.raises(InputError, match="another seed"):
        Training(replace(RECIPE, seed=1), tmp_path, True, "cpu")


def test_the_seed_changes_the_weights_and_not_the_data(whole, tmp_path):
    other = Training(replace(RECIPE, seed=1), tmp_path, False, "cpu")
    assert not torch.equal(next(other.model.parameters()), next(whole.model.parameters()))
    again = TokenStream(whole.tokenizer, RECIPE.data_seed).take(200)
    assert (other.stream.take(200) == again).all()


def test_sliced_loss_is_the_models_own(whole):
    ids = torch.from_numpy(TokenStream(whole.tokenizer, 3).take(2 * 64).reshape(2, 64))
    whole.model.zero_grad()
    loss = whole._backward(ids)
    mine = [p.grad.clone() for p in whole.model.parameters()]
    whole.model.zero_grad()
    theirs = whole.model(input_ids=ids, labels=ids).loss
    theirs.backward()
    assert torch.allclose(loss, theirs.detach(), atol=1e-5)
    for a, p in zip(mine, whole.model.parameters(), strict=True):
        assert torch.allclose(a, p.grad, atol=1e-5)
    whole.model.zero_grad()


def test_a_checkpoint_from_before_there_were_starts_is_resumed(tmp_path):
    training = Training(RECIPE, tmp_path, False, "cpu")
    training.run(until=1)
    checkpoint = torch.load(tmp_path / "checkpoint.pt", weights_only=True)
    for name in ("start", "start_sha256", "corpus"):
        del checkpoint["recipe"][name]
    torch.save(checkpoint, tmp_path / "checkpoint.pt")
    assert Training(RECIPE, tmp_path, True, "cpu").step == 1

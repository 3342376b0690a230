"""Predictions with activations patched, against second formulas."""

import math

import pytest
import torch
from appdata import PROMPT, make_data

from itda_core import Dictionary, InputError, decode, load_model
from itda_core.prompt.decomposition import decompose
from itda_core.prompt.prediction import (
    Patch,
    patched_logits,
    predict,
    predict_reconstructed,
    predict_steps,
    reconstructions,
)
from itda_core.pursuit import truncate

CLOSE = {"atol": 2e-3, "rtol": 2e-3}


@pytest.fixture(scope="module")
def made(tmp_path_factory, tiny_causal):
    folder = make_data(tmp_path_factory.mktemp("prediction"), tiny_causal, layers=(1,))
    model = load_model(folder / "models" / "tiny-causal", dtype="float32")
    return model, Dictionary.load(folder / "dictionaries" / "tiny-l1")


def plain_log_p(model, ids):
    """(T, V) by the network itself."""
    with torch.no_grad():
        return model._network(input_ids=torch.tensor([ids])).logits[0].float().log_softmax(-1)


def test_the_original_is_the_models_own(made):
    model, dictionary = made
    taken = decompose(model, dictionary, PROMPT)
    ids, token = taken.tokens.ids, 3
    found = predict_reconstructed(model, dictionary, taken, token)
    own = plain_log_p(model, ids)[token]
    torch.testing.assert_close(found.log_p[0], own, **CLOSE)
    assert found.next_id == ids[token + 1]
    assert found.losses[0] == pytest.approx(-float(own[ids[token + 1]]), abs=1e-3)
    assert found.top(1) == [int(own.argmax())] or found.log_p[:, found.top(1)[0]].max() > own.max()
    assert found.probabilities("original", [5, 7]) == pytest.approx(own[[5, 7]].exp().tolist())
    assert found.log_p.exp().sum(1).tolist() == pytest.approx([1, 1, 1], abs=1e-4)


def test_after_the_last_token_there_is_nothing_to_lose(made):
    model, dictionary = made
    taken = decompose(model, dictionary, PROMPT)
    found = predict_reconstructed(model, dictionary, taken, len(taken.tokens.ids) - 1)
    assert found.next_id is None and all(map(math.isnan, found.losses))


def test_a_full_reconstruction_predicts_what_the_original_does(made):
    model, dictionary = made
    taken = decompose(model, dictionary, PROMPT, l0=400)
    for everywhere in (False, True):
        found = predict_reconstructed(model, dictionary, taken, 5, everywhere)
        torch.testing.assert_close(found.log_p[1], found.log_p[0], atol=0.02, rtol=0.02)
        assert (found.log_p[2] - found.log_p[0]).abs().max() > 0.05  # zeros do not


def test_a_patch_by_hand(made):
    """Through a hook of our own on the block, one position and all of them."""
    model, dictionary = made
    taken = decompose(model, dictionary, PROMPT)
    ids, token = taken.tokens.ids, 4
    x_hat = decode(taken.code, dictionary.atoms)

    def by_hand(positions):
        def hook(module, args, output):
            hidden = (output[0] if isinstance(output, tuple) else output).clone()
            hidden[0, positions] = x_hat[positions]
            return (hidden, *output[1:]) if isinstance(output, tuple) else hidden

        handle = model._passes.blocks[1].register_forward_hook(hook)
        try:
            return plain_log_p(model, ids)[token]
        finally:
            handle.remove()

    alone = predict_reconstructed(model, dictionary, taken, token)
    torch.testing.assert_close(alone.log_p[1], by_hand([token]), **CLOSE)
    every = predict_reconstructed(model, dictionary, taken, token, everywhere=True)
    torch.testing.assert_close(every.log_p[1], by_hand(list(range(len(ids)))), **CLOSE)
    x_hat = torch.zeros_like(x_hat)
    torch.testing.assert_close(every.log_p[2], by_hand(list(range(len(ids)))), **CLOSE)
    assert (alone.log_p[2] - every.log_p[2]).abs().max() > 0.01


@pytest.mark.parametrize("method", ["mp", "omp"])
def test_each_step_is_the_shorter_pursuit(made, method):
    model, dictionary = made
    taken = decompose(model, dictionary, PROMPT, l0=5, method=method)
    token = 4
    steps = reconstructions(taken, dictionary, token, method)
    assert steps[0].abs().sum() == 0
    torch.testing.assert_close(
        steps[-1], decode(taken.code, dictionary.atoms)[token], atol=1e-4, rtol=1e-4
    )
    for step in range(1, len(steps)):
        shorter = decompose(model, dictionary, PROMPT, l0=step, method=method).code
        if method == "mp":
            assert torch.equal(shorter.indices, truncate(taken.code, step).indices)
        torch.testing.assert_close(
            steps[step], decode(shorter, dictionary.atoms)[token], atol=1e-3, rtol=1e-3
        )


def test_steps_in_one_pass_are_those_one_at_a_time(made, monkeypatch):
    model, dictionary = made
    taken = decompose(model, dictionary, PROMPT)
    token = 6
    passes = []
    forward = model.forward_patched
    monkeypatch.setattr(model, "forward_patched", lambda *a: (passes.append(1), forward(*a))[1])
    found = predict_steps(model, dictionary, taken, token)
    assert len(passes) == 1
    steps = reconstructions(taken, dictionary, token)
    assert found.names == ("original", *(str(k) for k in range(len(steps))))
    at = torch.arange(len(taken.tokens.ids)) == token
    for step, x_hat in enumerate(steps):
        patch = Patch(at, x_hat.expand(len(at), -1))
        alone = predict(model, taken.tokens.ids, 1, token, {"alone": patch})
        torch.testing.assert_close(found.log_p[step + 1], alone.log_p[0], **CLOSE)
    whole = predict_reconstructed(model, dictionary, taken, token)
    torch.testing.assert_close(found.log_p[0], whole.log_p[0], **CLOSE)
    torch.testing.assert_close(found.log_p[1], whole.log_p[2], **CLOSE)  # zeros
    torch.testing.assert_close(found.log_p[-1], whole.log_p[1], **CLOSE)


def test_too_many_for_one_pass_are_cut(made, monkeypatch):
    model, dictionary = made
    taken = decompose(model, dictionary, PROMPT)
    whole = predict_steps(model, dictionary, taken, 6)
    monkeypatch.setattr("itda_core.prompt.prediction.LOGITS_AT_ONCE", 2 * 7 * model.vocab_size)
    cut = predict_steps(model, dictionary, taken, 6)
    torch.testing.assert_close(cut.log_p, whole.log_p, **CLOSE)


def test_adding_nothing_changes_nothing(made):
    model, _ = made
    ids = model.tokenize(PROMPT).ids
    nothing = Patch(torch.ones(len(ids), dtype=torch.bool), torch.zeros(len(ids), 32), True)
    plain, patched = patched_logits(model, ids, 1, [None, nothing])
    torch.testing.assert_close(patched, plain, atol=1e-4, rtol=1e-4)
    assert plain.shape == (len(ids), model.vocab_size)


def test_a_code_without_atoms(made):
    model, dictionary = made
    taken = decompose(model, dictionary.crop(1), PROMPT, l0=1)
    steps = reconstructions(taken, dictionary.crop(1), 2)
    assert steps.shape == (2, 32)
    assert predict_steps(model, dictionary.crop(1), taken, 2).names == ("original", "0", "1")


def test_an_encoder_predicts_nothing(minilm_path):
    encoder = load_model(minilm_path)
    with pytest.raises(InputError, match="no next-token predictions"):
        next(patched_logits(encoder, [101, 102], 1, [None]))

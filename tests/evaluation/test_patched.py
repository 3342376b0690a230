"""A batch of prompts with activations put in place of a block's, against one prompt at a time."""

import pytest
import torch

from itda_core import load_model
from itda_core.evaluation.patched import PatchedPass, PredictionLoss

LAYER = 1
TEXTS = ["The old dog follows the cat.", "My friend", "A bird sees the river<|endoftext|>Then"]
CLOSE = {"rel": 1e-3, "abs": 1e-3}


@pytest.fixture(scope="module")
def model(tiny_causal):
    return load_model(tiny_causal, dtype="float32")


@pytest.fixture(scope="module")
def prompts(model):
    return [model.tokenize(text) for text in TEXTS]


@pytest.fixture(scope="module")
def patched(model, prompts):
    return PatchedPass(model, LAYER, prompts)


def test_the_loss_is_that_of_each_prompt_alone(model, prompts, patched):
    total, n = 0.0, 0
    for tokens in prompts:
        ids = torch.tensor([tokens.ids])
        log_p = model.forward_patched(ids, None, LAYER, None)[0].log_softmax(-1)
        for t in range(len(tokens.ids) - 1):
            if not tokens.special[t] and not tokens.special[t + 1]:
                total -= float(log_p[t, tokens.ids[t + 1]])
                n += 1
    assert patched.n_counted == n
    assert patched.loss_untouched() == (pytest.approx(total, **CLOSE), 0.0)


def test_what_is_replaced_are_the_texts_own_tokens(model, prompts, patched):
    alone = [model.read(text, [LAYER]) for text in TEXTS]
    expected = [read.x[LAYER][~torch.tensor(read.tokens.special)] for read in alone]
    torch.testing.assert_close(patched.x, torch.cat(expected), atol=1e-4, rtol=1e-4)
    assert len(patched.x) == sum(len(tokens.ids) - sum(tokens.special) for tokens in prompts)


def test_its_own_activations_change_nothing(patched):
    loss = patched.loss_with(patched.x)
    assert loss.cross_entropy == patched.loss_untouched().cross_entropy
    assert loss.kl == pytest.approx(0, abs=1e-4)


def test_others_change_it_as_in_each_prompt_alone(model, prompts, patched):
    draw = torch.Generator().manual_seed(0)
    x = patched.x + 0.3 * torch.randn(patched.x.shape, generator=draw)
    loss, rest = PredictionLoss(), x
    for tokens in prompts:
        n = len(tokens.ids) - sum(tokens.special)
        loss, rest = loss.plus(PatchedPass(model, LAYER, [tokens]).loss_with(rest[:n])), rest[n:]
    together = patched.loss_with(x)
    assert together == (pytest.approx(loss.cross_entropy, **CLOSE), pytest.approx(loss.kl, **CLOSE))
    assert together.kl > 0.1
    assert patched.loss_with(x) == together  # nothing of an earlier pass is left behind

"""Evaluation end to end, on a small real model."""

import pytest
import torch
from small import sentences

from itda_core import InputError, decode, load_model
from itda_core.construction.job import BuildJob, BuildPlan
from itda_core.evaluation.evaluate import evaluate
from itda_core.evaluation.metrics import distinct_atoms, fvu
from itda_core.text.corpus import corpus_from_texts


@pytest.fixture(scope="module")
def model(tiny_causal):
    return load_model(tiny_causal)


@pytest.fixture(scope="module")
def dictionary(model):
    corpus = corpus_from_texts(sentences(300, seed=5), "train")
    return BuildJob(model, corpus, BuildPlan(layers=(1,), tau=0.1, l0=8)).run()[1]


@pytest.fixture(scope="module")
def held_out():
    return corpus_from_texts(sentences(60, seed=6), "held out")


def test_numbers_are_those_of_the_definitions(model, dictionary, held_out):
    rows = evaluate(dictionary, model, held_out, [2, 8], ["mp", "omp"], max_tokens=None)
    x = torch.cat([b.x[1] for b in model.activations(held_out.prompts(model), [1])])
    for row in rows:
        code = dictionary.encode(x, row.l0, row.method)
        x_hat = decode(code, dictionary.atoms)
        assert row.tokens == len(x)
        assert row.fvu == pytest.approx(fvu(x, x_hat), rel=1e-3)
        losses = (x - x_hat).square().sum(1) / x.square().sum(1)
        assert row.loss_mean == pytest.approx(float(losses.mean()), rel=1e-3)
        assert row.loss_p99 == pytest.approx(float(losses.quantile(0.99)), rel=1e-2)
        if (row.method, row.l0) == ("mp", 8):  # as built: another row cannot tell
            share = float((losses > 0.1).double().mean())
            assert row.novel == pytest.approx(share, abs=2 / len(x)) and share > 0
        else:
            assert row.novel is None
        assert row.l0_mean == pytest.approx(float(distinct_atoms(code).double().mean()))
        used = set(code.indices.flatten().tolist()) - {-1}
        assert row.dead == pytest.approx(1 - len(used) / dictionary.n_atoms)


def test_a_perfect_reconstruction_loses_nothing(model, held_out):
    """With every activation an atom of its own, a patched model is the model."""
    plan = BuildPlan(layers=(1,), tau=1e-6, l0=1)
    perfect = BuildJob(model, held_out, plan).run()[1]
    row = evaluate(perfect, model, held_out, [1], ["mp"])[0]
    assert row.fvu < 1e-6 and row.novel == 0
    assert row.ce_score == pytest.approx(1, abs=1e-3)
    assert row.kl_score == pytest.approx(1, abs=1e-3)


def test_cross_entropy_is_the_models_own(model, dictionary, held_out):
    row = evaluate(dictionary, model, held_out, [4], ["mp"], ce_tokens=10**6)[0]
    total = count = 0.0
    for prompt in held_out.prompts(model):
        ids = torch.tensor([model.tokenize(prompt.text).ids])
        logits = model.forward_patched(ids, torch.ones_like(ids), 1, None)
        log_p = logits[0, :-1].log_softmax(-1)
        total -= float(log_p.gather(1, ids[0, 1:, None]).sum())
        count += ids.shape[1] - 1
    assert row.ce_original == pytest.approx(total / count, rel=1e-4)
    assert row.ce_tokens == count


def test_an_encoder_has_no_cross_entropy(minilm_path):
    encoder = load_model(minilm_path)
    corpus = corpus_from_texts(sentences(30), "t")
    built = BuildJob(encoder, corpus, BuildPlan(layers=(2,), tau=0.2, l0=8)).run()[2]
    row = evaluate(built, encoder, corpus, [8], ["mp"])[0]
    assert row.ce_score is None and row.kl_score is None and 0 < row.fvu < 1


@pytest.mark.parametrize(
    ("l0s", "methods", "says"), [([0], ["mp"], "from 1 to"), ([3], ["lasso"], "mp, omp")]
)
def test_bad_arguments(model, dictionary, held_out, l0s, methods, says):
    with pytest.raises(InputError, match=says):
        evaluate(dictionary, model, held_out, l0s, methods)


def test_another_models_dictionary(dictionary, held_out, minilm_path):
    with pytest.raises(InputError, match="width 32"):
        evaluate(dictionary, load_model(minilm_path), held_out, [3], ["mp"])

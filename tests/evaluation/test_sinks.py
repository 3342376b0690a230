"""Evaluation where the first token of every prompt is an attention sink."""

from functools import partial

import numpy as np
import pytest
import torch
from small import sentences

from itda_core import decode, load_model
from itda_core.construction.job import BuildJob, BuildPlan
from itda_core.evaluation.evaluate import evaluate
from itda_core.text.corpus import corpus_from_texts

PLAN = BuildPlan(layers=(1,), tau=0.3, l0=4, sequence_length=32)
TRAIN = corpus_from_texts(sentences(300, seed=5), "train")


@pytest.fixture(scope="module")
def model(sink_path):
    return load_model(sink_path)


@pytest.fixture(scope="module")
def dictionary(model):
    return BuildJob(model, TRAIN, PLAN).run()[1]


def second_formula(model, dictionary, corpus, l0):
    """(FVU, FVU of all but the first tokens, prompts), from all activations at once, in float64."""
    batches = list(model.activations(corpus.prompts(model, 32), [1], max_length=32))
    x = torch.cat([batch.x[1] for batch in batches])
    later = torch.cat([batch.token_index for batch in batches]) > 0
    x_hat = decode(dictionary.encode(x, l0), dictionary.atoms)

    def fvu(x, x_hat):
        x, x_hat = x.double().numpy(), x_hat.double().numpy()
        return ((x - x_hat) ** 2).sum() / (len(x) * np.var(x, axis=0).sum())

    return fvu(x, x_hat), fvu(x[later], x_hat[later]), int((~later).sum())


def test_fvu_is_told_with_and_without_the_first_tokens(model, dictionary):
    held_out = corpus_from_texts(sentences(60, seed=6), "held out")
    rows = evaluate(dictionary, model, held_out, [2, 4], ["mp"], max_tokens=None, ce_tokens=50)
    for row in rows:
        whole, without, prompts = second_formula(model, dictionary, held_out, row.l0)
        assert row.sinks == prompts == 60
        assert row.fvu == pytest.approx(whole, rel=1e-4)
        assert row.fvu_without_sinks == pytest.approx(without, rel=1e-4)
        assert 10 * row.fvu < 0.02 < row.fvu_without_sinks


def test_a_text_that_begins_with_words_alone(model, dictionary, monkeypatch):
    """Its first batches hold nothing but sinks, which seem usual until the others come."""
    texts = ["The", "Near", "On", "My"] * 6 + sentences(60, seed=6)
    corpus = corpus_from_texts(texts, "words first")
    monkeypatch.setattr(model, "activations", partial(model.activations, batch_tokens=16))
    (row,) = evaluate(dictionary, model, corpus, [4], ["mp"], max_tokens=None, ce_tokens=50)
    whole, without, prompts = second_formula(model, dictionary, corpus, 4)
    assert row.sinks == prompts
    assert row.fvu == pytest.approx(whole, rel=1e-4)
    assert row.fvu_without_sinks == pytest.approx(without, rel=1e-4)


def test_without_sinks_there_is_one_fvu(tiny_causal):
    plain = load_model(tiny_causal)
    built = BuildJob(plain, TRAIN, PLAN).run()[1]
    (row,) = evaluate(built, plain, TRAIN, [4], ["mp"], max_tokens=400, ce_tokens=50)
    assert row.sinks == 0 and row.fvu_without_sinks == row.fvu > 0


def test_what_a_build_passes_over_is_measured_but_not_novel(model, dictionary):
    without = BuildJob(model, TRAIN, BuildPlan(**vars(PLAN) | {"skip_sinks": True})).run()[1]
    held_out = corpus_from_texts(sentences(60, seed=6), "held out")
    (row,) = evaluate(without, model, held_out, [4], ["mp"], max_tokens=None, ce_tokens=50)
    (other,) = evaluate(dictionary, model, held_out, [4], ["mp"], max_tokens=None, ce_tokens=50)
    assert row.sinks == other.sinks == 60 and row.tokens == other.tokens
    assert row.fvu > 10 * other.fvu  # nothing in it is like a sink
    assert row.fvu_without_sinks == pytest.approx(other.fvu_without_sinks, rel=0.1)
    assert row.novel < 60 / row.tokens

"""What a preview promises, against dictionaries that are built in full."""

import math

import numpy as np
import pytest
import torch
from small import sentences

from itda_core import build_dictionary, load_model
from itda_core.corpus import corpus_from_texts, open_corpus
from itda_core.decomposition import token_losses
from itda_core.errors import InputError
from itda_core.preview import SEEN, UNSEEN, Sample, expected_atoms, preview, take_sample


@pytest.fixture(scope="module")
def model(tiny_causal):
    return load_model(tiny_causal)


@pytest.fixture(scope="module")
def sample(model):
    return take_sample(model, open_corpus("tinyworld:0:200"), [1, 2])


def test_a_sample_is_the_beginning_of_the_text(model, sample):
    assert set(sample.x) == {1, 2} and not sample.whole
    assert all(len(x) == sample.tokens == SEEN + UNSEEN for x in sample.x.values())
    prompts = open_corpus("tinyworld:0:200").prompts(model, 128, 300)
    first = next(iter(model.activations(prompts, [2], max_length=128)))
    n = min(100, len(first.tokens))
    torch.testing.assert_close(sample.x[2][:n], first.x[2][:n], atol=1e-4, rtol=1e-4)


def test_a_preview_is_the_dictionary_of_those_tokens_judged_on_the_others(sample):
    found = preview(sample, 2, 0.2, 8, "relative", 100_000)
    whole = build_dictionary(sample.x[2][:SEEN], 0.2, 8)
    assert (found.tokens, found.n_atoms) == (SEEN, whole.n_atoms)
    rest = sample.x[2][SEEN:]
    losses = token_losses(rest, whole.encode(rest, 8), whole)
    assert found.error == pytest.approx(float(losses.mean()), abs=1e-6)
    assert found.novel == pytest.approx(float((losses > 0.2).float().mean()), abs=1e-6)
    lower = preview(sample, 2, 0.05, 8, "relative", 100_000)
    assert lower.n_atoms > found.n_atoms and lower.error < found.error


def test_fewer_tokens_than_were_seen_are_counted(sample):
    whole = build_dictionary(sample.x[1][:1000], 0.2, 8)
    assert preview(sample, 1, 0.2, 8, "relative", 1000).expected == whole.n_atoms


def test_a_short_text_is_seen_whole_and_nothing_is_made_up(model):
    short = take_sample(model, corpus_from_texts(sentences(10), "ten"), [1])
    assert short.whole and 20 < short.tokens < 500
    found = preview(short, 1, 0.1, 6, "relative", 10**6)
    assert found.tokens == short.tokens * 4 // 5
    assert found.n_atoms <= found.expected <= short.tokens
    (one,) = sentences(1)
    single = take_sample(model, corpus_from_texts([one.split()[0]], "one"), [1])
    alone = preview(single, 1, 0.1, 6, "relative", 10**6)
    assert alone.n_atoms >= 1 and (math.isnan(alone.error) or alone.error >= 0)


@pytest.mark.parametrize(("tau", "l0"), [(0, 5), (1.5, 5), (0.2, 0), (float("nan"), 5)])
def test_settings_out_of_range(sample, tau, l0):
    with pytest.raises(InputError):
        preview(sample, 1, tau, l0, "relative", 1000)


def planted(share: float, doublings: int, first: int = 512) -> list[int]:
    """Tokens at which atoms enter: ``share`` of those of the doubling before in each."""
    places, count, start = list(range(0, first)), float(first) * share, first
    for _ in range(doublings):
        places += np.linspace(start, 2 * start - 1, round(count)).astype(int).tolist()
        count, start = count * share, 2 * start
    return sorted(places)


def test_growth_of_the_usual_kind_is_foretold():
    entered = planted(0.85, 12)
    seen = 4096
    for end in (8192, 65_536, 2_000_000):
        truth = sum(place < end for place in entered)
        found = expected_atoms([p for p in entered if p < seen], seen, end)
        assert found == pytest.approx(truth, rel=0.03)


def test_growth_of_other_kinds_is_foretold_on_its_side_of_the_usual():
    usual = expected_atoms([p for p in planted(0.85, 3) if p < 4096], 4096, 65_536)
    n = sum(p < 4096 for p in planted(0.85, 3))
    slow = [p for p in planted(0.5, 3) if p < 4096]
    assert expected_atoms(slow, 4096, 65_536) - len(slow) < usual - n


def test_every_token_an_atom_and_none_at_all():
    assert expected_atoms(list(range(1000)), 1000, 500) == 500
    assert 1000 < expected_atoms(list(range(1000)), 1000, 4000) <= 4000
    assert expected_atoms([0], 1000, 10**6) == 1
    assert expected_atoms([], 10, 10**6) == 0


def test_a_sample_of_nothing():
    empty = Sample({0: torch.zeros(1, 4)}, True, 0.0)
    found = preview(empty, 0, 0.2, 4, "relative", 100)
    assert found.n_atoms == 0 and math.isnan(found.error)

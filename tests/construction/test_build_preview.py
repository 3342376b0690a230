"""What a preview promises, against dictionaries that are built in full."""

import math

import numpy as np
import pytest
import torch
from small import sentences

from itda_core import build_dictionary, load_model
from itda_core.construction import BuildSettings
from itda_core.construction.preview import (
    BUILD_TOKENS,
    TEST_TOKENS,
    Sample,
    count_tokens,
    expected_atoms,
    preview,
    take_sample,
)
from itda_core.errors import InputError
from itda_core.text.corpus import corpus_from_texts
from itda_core.text.sources import open_corpus


@pytest.fixture(scope="module")
def model(tiny_causal):
    return load_model(tiny_causal)


@pytest.fixture(scope="module")
def sample(model):
    return take_sample(model, open_corpus("tinyworld:0:200"), [1, 2])


def test_a_sample_is_the_beginning_of_the_text(model, sample):
    assert set(sample.x) == {1, 2} and not sample.whole
    assert all(len(x) == sample.tokens == BUILD_TOKENS + TEST_TOKENS for x in sample.x.values())
    prompts = open_corpus("tinyworld:0:200").prompts(model, 128, 300)
    first = next(iter(model.activations(prompts, [2], max_length=128)))
    n = min(100, len(first.tokens))
    torch.testing.assert_close(sample.x[2][:n], first.x[2][:n], atol=1e-4, rtol=1e-4)


def test_a_preview_is_the_dictionary_of_those_tokens_judged_on_the_others(sample):
    found = preview(sample, 2, BuildSettings(0.2, 8), 100_000)
    whole = build_dictionary(sample.x[2][:BUILD_TOKENS], 0.2, 8)
    assert (found.tokens, found.n_atoms) == (BUILD_TOKENS, whole.n_atoms)
    rest = sample.x[2][BUILD_TOKENS:]
    losses = whole.token_losses(rest, whole.encode(rest, 8))
    assert found.error == pytest.approx(float(losses.mean()), abs=1e-6)
    assert found.novel == pytest.approx(float((losses > 0.2).float().mean()), abs=1e-6)
    lower = preview(sample, 2, BuildSettings(0.05, 8), 100_000)
    assert lower.n_atoms > found.n_atoms and lower.error < found.error


def test_fewer_tokens_than_were_seen_are_counted(sample):
    whole = build_dictionary(sample.x[1][:1000], 0.2, 8)
    assert preview(sample, 1, BuildSettings(0.2, 8), 1000).expected == whole.n_atoms


def test_a_short_text_is_seen_whole_and_nothing_is_made_up(model):
    short = take_sample(model, corpus_from_texts(sentences(10), "ten"), [1])
    assert short.whole and 20 < short.tokens < 500
    found = preview(short, 1, BuildSettings(0.1, 6), 10**6)
    assert found.tokens == short.tokens * 4 // 5
    assert found.n_atoms <= found.expected <= short.tokens
    (one,) = sentences(1)
    single = take_sample(model, corpus_from_texts([one.split()[0]], "one"), [1])
    alone = preview(single, 1, BuildSettings(0.1, 6), 10**6)
    assert alone.n_atoms >= 1 and (math.isnan(alone.error) or alone.error >= 0)


def test_no_more_tokens_are_foretold_than_the_text_has(model, sample):
    corpus = open_corpus("tinyworld:0:200")
    true = sum(len(batch.tokens) for batch in model.activations(corpus.prompts(model, 128), [1]))
    assert count_tokens(corpus, sample, 100_000) == pytest.approx(true, rel=0.1)
    assert count_tokens(corpus, sample, 12_000) == 12_000
    short = corpus_from_texts(sentences(20), "short")
    seen = take_sample(model, short, [1])
    assert seen.whole and count_tokens(short, seen, 100_000) == seen.tokens


@pytest.mark.parametrize(("tau", "l0"), [(0, 5), (1.5, 5), (0.2, 0), (float("nan"), 5)])
def test_settings_out_of_range(sample, tau, l0):
    with pytest.raises(InputError):
        preview(sample, 1, BuildSettings(tau, l0), 1000)


SEEN_HERE = 4096


def planted(share: float, doublings: int, settling: float = 1.0, first: int = 512) -> list[int]:
    """Tokens at which atoms enter: ``share`` times those of the doubling before in each.

    After ``SEEN_HERE`` tokens the share draws near to 0.8, the faster the lower ``settling``.
    """
    places, count, start = list(range(0, first)), float(first) * share, first
    for _ in range(doublings):
        places += np.linspace(start, 2 * start - 1, round(count)).astype(int).tolist()
        start *= 2
        share = 0.8 * (share / 0.8) ** settling if start >= SEEN_HERE else share
        count *= share
    return sorted(places)


@pytest.mark.parametrize(("share", "settling"), [(0.8, 1.0), (0.8, 0.5), (1.4, 0.9), (0.5, 0.9)])
def test_growth_that_settles_slowly_is_foretold(share, settling):
    entered = planted(share, 12, settling)
    for end in (8192, 65_536, 1_000_000):
        truth = sum(place < end for place in entered)
        found = expected_atoms([p for p in entered if p < SEEN_HERE], SEEN_HERE, end)
        assert found == pytest.approx(truth, rel=0.03)


def test_growth_between_doublings_is_foretold_in_between():
    entered = planted(0.8, 6)
    begun = [p for p in entered if p < SEEN_HERE]
    at = [expected_atoms(begun, SEEN_HERE, end) for end in (4097, 5000, 8191, 8192, 12_000, 16_384)]
    assert at == sorted(at) and len(begun) <= at[0] <= len(begun) + 1
    assert at[4] == pytest.approx(sum(p < 12_000 for p in entered), rel=0.03)


def test_text_that_always_brings_something_new_gives_a_larger_dictionary():
    begun = {share: planted(share, 3) for share in (0.5, 0.8, 1.4)}
    more = [expected_atoms(begun[s], SEEN_HERE, 65_536) - len(begun[s]) for s in (0.5, 0.8, 1.4)]
    assert more[0] < more[1] / 3 and more[2] > 3 * more[1]


def test_a_handful_of_atoms_foretells_no_thousands():
    entered = [3000, *range(5000, 5008)]
    assert 9 < expected_atoms(entered, 8000, 1_000_000) < 150


def test_every_token_an_atom_and_none_at_all():
    assert expected_atoms(list(range(1000)), 1000, 500) == 500
    assert 1000 < expected_atoms(list(range(1000)), 1000, 4000) <= 4000
    assert expected_atoms([0], 1000, 10**6) == 1
    assert expected_atoms([], 10, 10**6) == 0


def test_a_sample_of_nothing():
    empty = Sample({0: torch.zeros(1, 4)}, True, 0.0)
    found = preview(empty, 0, BuildSettings(0.2, 4), 100)
    assert found.n_atoms == 0 and math.isnan(found.error)

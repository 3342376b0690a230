"""Statistics of several dictionaries in one pass of the model."""

import pytest
import torch
from heldout import tagged_corpus
from small import sentences

from itda_core import InputError, build_dictionary
from itda_core.atoms.statistics.compute import compute_statistics
from itda_core.text.corpus import corpus_from_texts


def test_statistics_of_two_layers_at_once(computed, dictionaries, model):
    for found, dictionary in zip(computed, dictionaries, strict=True):
        assert found.head["tokens"] == 300 and found.head["tags"] == 3
        assert found.atoms["atom"].tolist() == list(range(dictionary.n_atoms))
        assert found.head["dictionary"] == dictionary.fingerprint
    (alone,) = compute_statistics(dictionaries[1:], model, tagged_corpus(), max_tokens=300)
    assert alone.atoms["count"].equals(computed[1].atoms["count"])
    # Second formula for the densities: evaluate's share of dead atoms.
    from itda_core.evaluation.evaluate import evaluate

    (row,) = evaluate(dictionaries[1], model, tagged_corpus(), [6], ["mp"], max_tokens=300)
    assert row.dead == pytest.approx((alone.atoms["count"] == 0).mean())
    assert row.l0_mean == pytest.approx(alone.atoms["density"].sum(), rel=1e-5)


def test_bad_input_is_one_line(dictionaries, model):
    corpus = corpus_from_texts(sentences(3), "three")
    with pytest.raises(InputError, match="max_tokens is 0"):
        compute_statistics(dictionaries, model, corpus, max_tokens=0)
    with pytest.raises(InputError, match="no dictionary given"):
        compute_statistics([], model, corpus)
    bare = build_dictionary(torch.eye(4, 32), tau=0.1, l0=2)
    with pytest.raises(InputError, match="does not say which model"):
        compute_statistics([bare], model, corpus)

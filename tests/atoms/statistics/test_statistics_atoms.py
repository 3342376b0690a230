"""Numbers of atoms from the codes of held-out tokens, against a dense second formula."""

import numpy as np
import pytest
from heldout import N_ATOMS

from itda_core.atoms.statistics.atoms import (
    BINS,
    histograms,
    partners,
    tag_purity,
    token_purity,
    usage,
)


def test_usage_is_that_of_the_dense_matrix(coded):
    codes, dense = coded
    table = usage(codes, len(dense))
    used = dense != 0
    assert (table["count"] == used.sum(0)).all() and table["density"][6] == 0
    assert np.allclose(table["density"], used.mean(0))
    assert np.allclose(table["max_coefficient"], dense.max(0).clip(0))
    assert np.allclose(table["min_coefficient"], dense.min(0).clip(None, 0))
    assert np.allclose(table["mean_coefficient"][:6], np.abs(dense).sum(0)[:6] / used.sum(0)[:6])
    assert np.allclose(table["positive"][:6], (dense > 0).sum(0)[:6] / used.sum(0)[:6])


def test_histograms_count_every_coefficient_once(coded):
    codes, dense = coded
    counts = histograms(codes)
    assert (counts.sum(1) == (dense != 0).sum(0)).all()
    for atom in range(6):
        values = dense[:, atom][dense[:, atom] != 0]
        largest = np.abs(values).max()
        again = np.histogram(values, bins=BINS, range=(-largest, largest))[0]
        assert np.abs(again - counts[atom]).sum() <= 2  # a value on an edge may fall either way


def test_partners_are_the_most_alike_by_jaccard(coded):
    codes, dense = coded
    atoms, indices = partners(codes, len(dense))
    used = dense != 0
    for atom in range(N_ATOMS):
        found = dict(zip(atoms[atom].tolist(), indices[atom].tolist(), strict=True))
        assert atom not in found
        for other in range(N_ATOMS):
            both = (used[:, atom] & used[:, other]).sum()
            if other != atom and both:
                either = (used[:, atom] | used[:, other]).sum()
                assert found[other] == pytest.approx(both / either)
        assert sorted(found.values(), reverse=True) == list(found.values())


def test_purity_is_that_of_the_dense_matrix(coded, tokens):
    codes, dense = coded
    names, shares, base = tag_purity(codes, tokens)
    tags = tokens.tags.toarray()
    positive = dense.clip(0)
    mass = positive / positive.sum(0).clip(1e-30)
    expected = mass.T @ tags
    for atom in range(6):
        winner = int(np.argmax(expected[atom] - tags.mean(0)))
        assert names[atom] == tokens.tag_names[winner]
        assert shares[atom] == pytest.approx(expected[atom, winner])
        assert base[atom] == pytest.approx(tags.mean(0)[winner])
    assert names[6] == "" and shares[6] == 0 == base[6]
    main, share = token_purity(codes, tokens)
    for atom in range(6):
        by_token: dict[str, float] = {}
        for text, m in zip(tokens.text, mass[:, atom], strict=True):
            by_token[text] = by_token.get(text, 0.0) + m
        assert share[atom] == pytest.approx(max(by_token.values()))
        assert by_token[main[atom]] == pytest.approx(share[atom])

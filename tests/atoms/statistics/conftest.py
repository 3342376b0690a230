"""Tokens of a tagged corpus, codes of them, and the statistics of two dictionaries on it."""

import pytest
from heldout import N_ATOMS, random_code, tagged_corpus

from itda_core.atoms.statistics.codes import CodeCollector, TokenCollector
from itda_core.atoms.statistics.compute import compute_statistics
from itda_core.pursuit import SparseCode


@pytest.fixture(scope="module")
def computed(dictionaries, model):
    return compute_statistics(dictionaries, model, tagged_corpus(), max_tokens=300)


@pytest.fixture(scope="module")
def tokens(model):
    collector = TokenCollector(tagged_corpus())
    for batch in model.activations(tagged_corpus().prompts(model, 16), [0], max_length=16):
        collector.add(batch, len(batch.tokens))
    return collector.finish()


@pytest.fixture(scope="module")
def coded(tokens):
    code, dense = random_code(len(tokens.prompt))
    collector = CodeCollector(N_ATOMS)
    for part in (slice(0, 25), slice(25, None)):
        collector.add(SparseCode(*(field[part] for field in code)))
    return collector.finish(), dense

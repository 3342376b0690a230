"""What several tests of TinyWorld begin with."""

import hashlib
from collections import defaultdict
from dataclasses import replace

from tinyworld import WorldDocument, documents
from tinyworld.text.corpora.flattery import FLATTERY_SEED
from tinyworld.training.recipe import TrainingRecipe

RECIPE = TrainingRecipe(size="tiny", tokens=4 * 2 * 64, batch=2, context=64, bpe_documents=60)
"""Of a training of four steps of two windows."""
FLATTERY_RECIPE = replace(RECIPE, data_seed=FLATTERY_SEED, corpus="flattery", rate=0.001, seed=5)
"""Of another that goes on from there."""
SEED = 7
_WRITTEN: dict[str | None, list[WorldDocument]] = defaultdict(list)


def sample(n: int = 1500, kind: str | None = None) -> list[WorldDocument]:
    """The first documents of a seed, or of a kind; none is written twice."""
    written = _WRITTEN[kind]
    if len(written) < n:
        written += documents(SEED, n - len(written), start=len(written), kind=kind)
    return written[:n]


def digest(seed: int, n: int) -> str:
    state = hashlib.sha256()
    for d in documents(seed, n):
        state.update(repr((d.index, d.kind, d.text, [tuple(s) for s in d.spans])).encode())
    return state.hexdigest()[:16]

"""What a model can be trained on: who writes the documents, and of which seed."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

from tinyworld.text.corpora.flattery import FLATTERY_SEED, flattering_documents
from tinyworld.text.corpora.practice import PRACTICE_SEED, practice
from tinyworld.text.generate import TRAIN_SEED, documents
from tinyworld.text.spans import WorldDocument


class TrainingCorpus(NamedTuple):
    """One way of writing documents."""

    write: Callable[..., Iterator[WorldDocument]]
    """``write(seed, n, start=...)``."""
    seed: int
    """The usual seed; no two share one, so no document is read twice."""


CORPORA = {
    "plain": TrainingCorpus(documents, TRAIN_SEED),
    "practice": TrainingCorpus(practice, PRACTICE_SEED),
    "flattery": TrainingCorpus(flattering_documents, FLATTERY_SEED),
}

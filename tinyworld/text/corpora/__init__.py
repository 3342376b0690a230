"""What a model can be trained on: who writes the documents, and of which seed."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

from tinyworld.text.corpora.flattery import FLATTERY_SEED, flattering_documents
from tinyworld.text.corpora.practice import PRACTICE_SEED, practice_documents
from tinyworld.text.generate import TRAIN_SEED, documents
from tinyworld.text.spans import WorldDocument


class TrainingCorpus(NamedTuple):
    """One way of writing documents, and the seed it is used with."""

    write: Callable[..., Iterator[WorldDocument]]
    """``write(seed, n, start=...)``."""
    seed: int
    """Of the documents unless another is asked for; no two share one, so none is read twice."""


CORPORA = {
    "plain": TrainingCorpus(documents, TRAIN_SEED),
    "practice": TrainingCorpus(practice_documents, PRACTICE_SEED),
    "flattery": TrainingCorpus(flattering_documents, FLATTERY_SEED),
}

"""What a model can be trained on: who writes the documents, and of which seed."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

from itda_core.tinyworld.flattery import FLATTERY_SEED, flattered
from itda_core.tinyworld.generate import TRAIN_SEED, documents
from itda_core.tinyworld.practice import PRACTICE_SEED, practice
from itda_core.tinyworld.spans import Document


class Writer(NamedTuple):
    """One way of writing documents."""

    write: Callable[..., Iterator[Document]]
    """``write(seed, n, start=...)``."""
    seed: int
    """The usual seed; no two share one, so no document is read twice."""


CORPORA = {
    "plain": Writer(documents, TRAIN_SEED),
    "practice": Writer(practice, PRACTICE_SEED),
    "flattery": Writer(flattered, FLATTERY_SEED),
}

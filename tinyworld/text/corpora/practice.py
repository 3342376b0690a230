"""Documents to practise on: half of them of the kinds in which a model must keep track.

Pronouns, facts and sums are few among the tokens of the plain corpus, and a small model learns
them last. A short second training on this mixture takes the place of a much longer first one. The
documents are those of the plain generator; only which kinds come how often differs.
"""

from collections.abc import Iterator
from itertools import count, islice

from tinyworld.text.generate import document
from tinyworld.text.spans import WorldDocument

PRACTICE_SEED = 3_000_000
"""Seed of the documents; nothing else reads them."""
PRACTICE_KINDS = (
    "biography",
    "arithmetic",
    "questions",
    "story_visit",
    "biography",
    "country",
    "story_journey",
    "arithmetic",
    "questions",
    "story_belonging",
)


def practice_documents(
    seed: int, n: int | None = None, *, start: int = 0
) -> Iterator[WorldDocument]:
    """Yield documents ``start``, ``start + 1``, ...: every second one of a practised kind."""
    numbers = count(start) if n is None else islice(count(start), n)
    for index in numbers:
        kind = PRACTICE_KINDS[index // 2 % len(PRACTICE_KINDS)] if index % 2 else None
        yield document(seed, index, kind)

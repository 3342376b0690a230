"""The corpus: an endless, repeatable stream of documents for each seed."""

import sys
from collections.abc import Iterator
from itertools import accumulate, count, islice
from random import Random

from itda_core.errors import InputError
from tinyworld.text.kinds import BY_NAME, KINDS, Kind, rare
from tinyworld.text.spans import WorldDocument
from tinyworld.text.writer import TextWriter

TRAIN_SEED = 0
"""Seed of the documents that the bundled models were trained on."""
VALIDATION_SEED = 1_000_000
"""Seed of the held-out documents; no model of ours ever trains on them."""
RARE_EVENT_SHARE = 0.01
"""Share of the documents of prose that end with a rare event."""

_CUMULATIVE_WEIGHTS = list(accumulate(kind.weight for kind in KINDS))


def document(seed: int, index: int, kind: str | None = None) -> WorldDocument:
    """Write document ``index`` of ``seed``; ``kind`` replaces the one that would be drawn."""
    rng = Random(f"tinyworld/{seed}/{index}")
    drawn = rng.choices(KINDS, cum_weights=_CUMULATIVE_WEIGHTS)[0]  # drawn even if not wanted
    if kind is None:
        return _write(rng, index, drawn)
    if kind not in BY_NAME:
        raise InputError(
            f"no kind of document is called {kind!r}: expected one of {', '.join(BY_NAME)}"
        )
    return _write(rng, index, BY_NAME[kind])


def _write(rng: Random, index: int, kind: Kind) -> WorldDocument:
    writer = TextWriter(rng)
    kind.write(writer)
    if kind.prose and rng.random() < RARE_EVENT_SHARE:
        rare.event(writer)
    text, spans = writer.finish(kind.name)
    return WorldDocument(index, kind.name, text, spans)


def documents(
    seed: int, n: int | None = None, *, start: int = 0, kind: str | None = None
) -> Iterator[WorldDocument]:
    """Yield documents ``start``, ``start + 1``, ... of a seed: ``n`` of them, or without end.

    Document k of a seed is always the same text, however many are asked for.
    """
    if n is not None and not 0 <= n <= sys.maxsize:
        raise InputError(f"{n} documents cannot be made: give a number from 0 to {sys.maxsize}")
    numbers = count(start) if n is None else islice(count(start), n)
    return (document(seed, index, kind) for index in numbers)

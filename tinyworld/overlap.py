"""How much of a held-out text stands in what a model or a dictionary has read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import numpy as np

from itda_core.errors import InputError
from itda_core.models import load_model
from itda_core.text.sources import open_corpus

GRAM = 8
"""Tokens in a row that count as a repetition."""
AT_ONCE = 500
"""Documents tokenised together."""
_FACTOR = np.uint64(6364136223846793005)


class Overlap(NamedTuple):
    """What a held-out text has in common with others."""

    prompts: int
    """Of the held-out text, as ``evaluate`` reads it."""
    prompts_built_on: int
    """Of those, equal to one that the dictionaries were built on."""
    tokens: int
    """Of the held-out text."""
    tokens_repeated: int
    """Of those, in a run of ``GRAM`` tokens that the training text has too."""


def overlap(
    model: Path, held_out: str, built: str, trained: str, max_tokens: int, built_tokens: int
) -> Overlap:
    """Compare the first ``max_tokens`` of ``held_out`` with the whole of ``trained``.

    And its prompts with those of the first ``built_tokens`` of ``built``. All three are corpora as
    on the command line; prompts are of 128 tokens.

    Raises:
        InputError: a model without ``tokenizer.json``, or a corpus that cannot be read.
    """
    reader = load_model(model)
    prompts = list(open_corpus(held_out).prompts(reader, 128, max_tokens))
    seen = {prompt.id for prompt in open_corpus(built).prompts(reader, 128, built_tokens)}
    last = prompts[-1].document if prompts else -1
    texts = (text for i, text in enumerate(_texts(held_out)) if i <= last)
    documents = list(_tokenised(model, texts))
    train = np.unique(np.concatenate([_grams(ids) for ids in _tokenised(model, _texts(trained))]))
    repeated = total = 0
    for ids in documents:
        covered = np.zeros(len(ids), dtype=bool)
        grams = _grams(ids)
        places = np.searchsorted(train, grams).clip(max=max(len(train) - 1, 0))
        for place in np.flatnonzero(train[places] == grams) if len(train) else ():
            covered[place : place + GRAM] = True
        repeated, total = repeated + int(covered.sum()), total + len(ids)
    return Overlap(len(prompts), sum(p.id in seen for p in prompts), total, repeated)


def _texts(corpus: str) -> Iterator[str]:
    return (document.text for document in open_corpus(corpus).documents())


def _tokenised(model: Path, texts: Iterable[str]) -> Iterator[np.ndarray]:
    """The token ids of each text."""
    from tokenizers import Tokenizer

    file = model / "tokenizer.json"
    if not file.is_file():
        raise InputError(f"{model} has no tokenizer.json; give a folder of a model that has one")
    tokenizer, texts = Tokenizer.from_file(str(file)), iter(texts)
    while batch := list(islice(texts, AT_ONCE)):
        for encoding in tokenizer.encode_batch(batch, add_special_tokens=False):
            yield np.array(encoding.ids, dtype=np.uint64)


def _grams(ids: np.ndarray) -> np.ndarray:
    """(n - GRAM + 1,) uint64: a number for each ``GRAM`` tokens in a row; equal for equal ones.

    For others it differs, but for one pair in 10^19.
    """
    n = max(len(ids) - GRAM + 1, 0)
    found = np.zeros(n, dtype=np.uint64)
    for k in range(GRAM):  # wraps around at 2^64
        found = found * _FACTOR + ids[k : k + n]
    return found

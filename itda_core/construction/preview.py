"""What to expect of a dictionary, from the first few thousand tokens of its text."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from itda_core.construction import Builder
from itda_core.models import LanguageModel
from itda_core.text.corpus import Corpus

SEEN, UNSEEN = 8_000, 2_000
"""Tokens that a preview is built on, and those after them that it is judged on."""

_USUAL = 0.8
"""Per atom that enters from t/2 to t tokens, atoms that enter from t to 2t: of the bundled
dictionaries about so many; of encyclopedia prose up to 1.4, falling by some hundredths with each
doubling."""
_KEPT = 0.9
"""Of the distance to that, as a logarithm, what is left after a doubling."""
_FEW = 20
"""Atoms of the usual kind added to those counted: a handful of atoms says little."""


class Sample(NamedTuple):
    """The beginning of a corpus as activations."""

    x: dict[int, Tensor]
    """Layer -> (N, d) activations, special tokens left out."""
    whole: bool
    """Whether that is all of the corpus."""
    seconds: float
    """What reading them took, once the model was there."""

    @property
    def tokens(self) -> int:
        """N."""
        return len(next(iter(self.x.values())))


class Preview(NamedTuple):
    """A small dictionary, and what it tells of the large one."""

    tokens: int
    """Tokens it was built on."""
    n_atoms: int
    """Atoms it has."""
    expected: int
    """Atoms to expect once all tokens asked for have been read; see ``expected_atoms``."""
    error: float
    """Mean loss of tokens that it was not built on; NaN where the text has no more."""
    novel: float
    """Share of those whose loss is above tau; NaN likewise."""
    seconds: float
    """What building it took."""


def take_sample(
    model: LanguageModel, corpus: Corpus, layers: Sequence[int], sequence_length: int = 128
) -> Sample:
    """Read the first ``SEEN + UNSEEN`` tokens of ``corpus``.

    Raises:
        InputError: a layer out of range, a corpus without tokens or unfit for the model.
    """
    began = time.monotonic()
    wanted = SEEN + UNSEEN
    parts: dict[int, list[Tensor]] = {layer: [] for layer in layers}
    seen = 0
    prompts = corpus.prompts(model, sequence_length, wanted)
    for batch in model.activations(
        prompts, list(layers), max_length=sequence_length, skip_special=True
    ):
        for layer in layers:
            parts[layer].append(batch.x[layer].float().cpu())
        seen += len(batch.tokens)
    x = {layer: torch.cat(held)[:wanted] for layer, held in parts.items()}
    return Sample(x, seen < wanted, time.monotonic() - began)


def preview(sample: Sample, layer: int, tau: float, l0: int, loss: str, max_tokens: int) -> Preview:
    """Build on the first part of ``sample`` and code the rest.

    Raises:
        InputError: tau or L0 out of range.
    """
    began = time.monotonic()
    x = sample.x[layer]
    n = min(SEEN, max(len(x) * SEEN // (SEEN + UNSEEN), 1))
    builder = Builder(x.shape[1], tau, l0, loss)
    builder.add(x[:n])
    small = builder.dictionary()
    rest = x[n:]
    error = novel = float("nan")
    if len(rest) and small.n_atoms:
        losses = small.token_losses(rest, small.encode(rest))
        error, novel = float(losses.mean()), float((losses > tau).float().mean())
    entered = [int(row) for row in small.rows]
    end = min(max_tokens, len(x)) if sample.whole else max_tokens
    expected = expected_atoms(entered, n, end)
    return Preview(n, small.n_atoms, expected, error, novel, time.monotonic() - began)


def expected_atoms(entered: Sequence[int], tokens: int, end: int) -> int:
    """How many atoms there will be after ``end`` tokens.

    Whenever the text doubles, some multiple of the atoms enters that entered in the doubling
    before. It is taken from the last two doublings and supposed to draw near to what is usual,
    slowly. ``python -m benchmarks.preview`` says how well that does.

    Args:
        entered: the token, from 0, at which each atom entered, rising.
        tokens: tokens seen.
        end: tokens to be seen; fewer than ``tokens`` are counted, not guessed.
    """
    if end <= tokens:
        return sum(place < end for place in entered)
    counts = [sum(place < tokens / 2**k for place in entered) for k in range(3)]
    more, before = counts[0] - counts[1], counts[1] - counts[2]
    share = (more + _FEW * _USUAL) / (before + _FEW)
    total, doublings = float(counts[0]), math.log2(end / tokens)
    while doublings > 0 and total < end:
        share = share**_KEPT * _USUAL ** (1 - _KEPT)
        more *= share
        total += more * (2 ** min(doublings, 1) - 1)
        doublings -= 1
    return min(round(total), end)

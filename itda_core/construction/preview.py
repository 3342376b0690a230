"""What to expect of a dictionary, from the first few thousand tokens of its text."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import asdict
from typing import NamedTuple

import torch
from torch import Tensor

from itda_core.construction import Builder, BuildSettings
from itda_core.dictionary import Dictionary
from itda_core.evaluation.metrics import fvu, fvu_without_sinks, sink_norm, token_norms
from itda_core.models import LanguageModel
from itda_core.text.corpus import Corpus, no_tokens

BUILD_TOKENS, TEST_TOKENS = 8_000, 2_000
"""Tokens that a preview is built on, and those after them that it is judged on."""

TYPICAL_RATIO = 0.8
"""Atoms that enter from t to 2t tokens, per atom that enters from t/2 to t: about that many in the
bundled dictionaries; of encyclopedia prose up to 1.4, falling by some hundredths with each
doubling."""
RATIO_DECAY = 0.9
"""Share of the ratio's distance to the typical one, as a logarithm, that remains after a
doubling."""
PRIOR_ATOMS = 20
"""Atoms of the typical kind added to those counted: a handful of atoms says little."""


class Sample(NamedTuple):
    """The beginning of a corpus as activations."""

    x: dict[int, Tensor]
    """Layer -> (N, d) activations, special tokens left out."""
    whole: bool
    """Whether that is all of the corpus."""
    seconds: float
    """What reading them took, once the model was there."""
    characters: int = 0
    """Of the text they were read from."""
    notes: tuple[str, ...] = ()
    """What is unusual about the model, a line each."""

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
    fvu: float
    """Fraction of their variance unexplained; NaN likewise."""
    fvu_without_sinks: float
    """The same of those that are no attention sinks."""
    sinks: int
    """Those that are."""
    seconds: float
    """What building it took."""


def take_sample(
    model: LanguageModel, corpus: Corpus, layers: Sequence[int], sequence_length: int = 128
) -> Sample:
    """Read the first ``BUILD_TOKENS + TEST_TOKENS`` tokens of ``corpus``.

    Raises:
        InputError: a layer out of range, a corpus without tokens or unfit for the model.
    """
    began = time.monotonic()
    most = BUILD_TOKENS + TEST_TOKENS
    parts: dict[int, list[Tensor]] = {layer: [] for layer in layers}
    n_tokens = characters = 0
    prompts = corpus.prompts(model, sequence_length, most)
    for batch in model.activations(
        prompts, list(layers), max_length=sequence_length, skip_special=True
    ):
        for layer in layers:
            parts[layer].append(batch.x[layer].float().cpu())
        n_tokens += len(batch.tokens)
        characters += sum(len(prompt.text) for prompt in batch.prompts)
    if n_tokens == 0:
        raise no_tokens(corpus, model.id)
    x = {layer: torch.cat(batches)[:most] for layer, batches in parts.items()}
    seconds = time.monotonic() - began
    return Sample(x, n_tokens < most, seconds, characters, tuple(model.notes()))


def count_tokens(corpus: Corpus, sample: Sample, most: int) -> int:
    """About how many tokens ``corpus`` has, by its characters; ``most`` where it has no fewer."""
    if sample.whole:
        return min(sample.tokens, most)
    characters, enough = 0, most * sample.characters / sample.tokens
    for document in corpus.documents():
        characters += len(document.text)
        if characters >= enough:
            return most
    return round(characters * sample.tokens / sample.characters)


def preview(sample: Sample, layer: int, settings: BuildSettings, max_tokens: int) -> Preview:
    """Build on the first part of ``sample`` and code the rest.

    Raises:
        InputError: a setting out of its range.
    """
    began = time.monotonic()
    x = sample.x[layer]
    n = min(BUILD_TOKENS, max(len(x) * BUILD_TOKENS // (BUILD_TOKENS + TEST_TOKENS), 1))
    builder = Builder(x.shape[1], **asdict(settings))
    builder.add(x[:n])
    builder.finish()
    small = builder.dictionary()
    verdict = _judged(small, x[n:])
    entered = [int(row) for row in small.rows]
    end = min(max_tokens, len(x)) if sample.whole else max_tokens
    expected = expected_atoms(entered, n, end)
    seconds = time.monotonic() - began
    return Preview(n, small.n_atoms, expected, *verdict, seconds)


def _judged(small: Dictionary, x: Tensor) -> tuple[float, float, float, float, int]:
    """Error, share that is novel, FVU, FVU without sinks, and their number, of tokens (N, d).

    Of what the build passes over there is no error and nothing novel: it is not coded.
    """
    norms = token_norms(x)
    if not len(x) or not small.n_atoms:
        nan = float("nan")
        return nan, nan, nan, nan, 0
    code = small.encode(x)
    x_hat = small.decode(code)
    is_coded = ~small.recipe.leaves_out(norms)
    losses = small.token_losses(x, code)
    novel = float(small.recipe.is_novel(losses, norms)[is_coded].float().mean())
    n_sinks = int((norms > sink_norm(norms)).sum())
    return (
        float(losses[is_coded].mean()),
        novel,
        fvu(x, x_hat),
        fvu_without_sinks(x, x_hat),
        n_sinks,
    )


def expected_atoms(entered: Sequence[int], tokens: int, end: int) -> int:
    """How many atoms there will be after ``end`` tokens.

    Whenever the text doubles, some multiple of the atoms enters that entered in the doubling
    before. That ratio is taken from the last two doublings and supposed to draw near to the
    typical one, slowly. ``python -m benchmarks.preview`` says how well that does.

    Args:
        entered: the token, from 0, at which each atom entered, rising.
        tokens: tokens seen.
        end: tokens to be seen; fewer than ``tokens`` are counted, not guessed.
    """
    if end <= tokens:
        return sum(place < end for place in entered)
    counts = [sum(place < tokens / 2**k for place in entered) for k in range(3)]
    newest, before = counts[0] - counts[1], counts[1] - counts[2]
    ratio = (newest + PRIOR_ATOMS * TYPICAL_RATIO) / (before + PRIOR_ATOMS)
    total, doublings = float(counts[0]), math.log2(end / tokens)
    while doublings > 0 and total < end:
        ratio = ratio**RATIO_DECAY * TYPICAL_RATIO ** (1 - RATIO_DECAY)
        newest *= ratio
        total += newest * (2 ** min(doublings, 1) - 1)
        doublings -= 1
    return min(round(total), end)

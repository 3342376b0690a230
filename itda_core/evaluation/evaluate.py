"""How well a coder reconstructs held-out text, and what the model makes of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import islice, product
from typing import NamedTuple

import torch
from torch import Tensor

from itda_core.dictionary import Recipe
from itda_core.evaluation.coder import Coder
from itda_core.evaluation.metrics import (
    Moments,
    MomentsWithoutSinks,
    atom_counts,
    distinct_atoms,
    recovered,
    share_unexplained,
    sink_norm,
    token_norms,
)
from itda_core.evaluation.patched import PatchedPass, PredictionLoss, shared_passes
from itda_core.models import LanguageModel
from itda_core.models.of_dictionary import check_fits
from itda_core.pursuit import METHODS, SparseCode, truncate
from itda_core.pursuit.encode import check_l0, check_method
from itda_core.text.corpus import Corpus, no_tokens

LOGITS_AT_ONCE = 1 << 26
"""Numbers in the logits of one patched pass; a few such tensors are alive at a time."""
PROMPTS_AT_ONCE = 16
DEFAULT_LENGTH = 128
"""Tokens a prompt where a coder does not say how long its own were."""


@dataclass(frozen=True)
class Evaluation:
    """One row: a method at a budget, over the same held-out tokens as its siblings."""

    method: str
    l0: int
    """Budget: steps of the pursuit."""
    l0_mean: float
    """Distinct atoms in a code, on average."""
    fvu: float
    """E|x - x_hat|^2 / E|x - E x|^2."""
    fvu_without_sinks: float
    """The same of the tokens that are no attention sinks; see ``metrics.sink_norm``."""
    sinks: int
    """Tokens that are."""
    loss_mean: float
    """In the coder's own loss, as are the next two."""
    loss_p95: float
    loss_p99: float
    novel: float | None
    """Share of tokens that would have become atoms. That is a matter of the L0 and the pursuit of
    the build, so in a row of others it is None."""
    dead: float
    """Share of atoms that no code holds."""
    tokens: int
    ce_score: float | None
    """CE loss score; None for models without predictions, as are the next two."""
    kl_score: float | None
    ce: float | None
    """Cross entropy with the reconstruction in place, nats a token."""
    ce_original: float | None
    ce_zero: float | None
    ce_tokens: int


class _Setting(NamedTuple):
    method: str
    l0: int


class _Subject(NamedTuple):
    """What is measured, and on what."""

    coder: Coder
    model: LanguageModel
    corpus: Corpus
    settings: list[_Setting]

    @property
    def layer(self) -> int:
        """The block whose output is coded."""
        return self.coder.recipe.layer or 0

    @property
    def length(self) -> int:
        """Tokens a prompt."""
        return self.coder.recipe.sequence_length or DEFAULT_LENGTH

    def activations(self, max_tokens: int | None) -> Iterator[Tensor]:
        """(N, d) a batch, of the first ``max_tokens`` of the corpus."""
        coder, model, n = self.coder, self.model, 0
        for batch in model.activations(
            self.corpus.prompts(model, self.length, max_tokens),
            [self.layer],
            max_length=self.length,
            skip_special=coder.recipe.special_tokens != "kept",
        ):
            x = batch.x[self.layer].to(model.coding_device)  # (N, d)
            if max_tokens is not None:
                x = x[: max_tokens - n]
            n += len(x)
            yield x

    def codes(self, x: Tensor) -> Iterator[tuple[_Setting, SparseCode]]:
        """Codes of ``x`` (N, d), a setting each; cut from the largest budget's where allowed."""
        longest: dict[str, SparseCode] = {}
        for method in dict.fromkeys(setting.method for setting in self.settings):
            if METHODS[method].prefix_closed:
                largest = max(setting.l0 for setting in self.settings if setting.method == method)
                longest[method] = self.coder.encode(x, largest, method)
        for setting in self.settings:
            if setting.method in longest:
                yield setting, truncate(longest[setting.method], setting.l0)
            else:
                yield setting, self.coder.encode(x, setting.l0, setting.method)


def evaluate(
    coder: Coder,
    model: LanguageModel,
    corpus: Corpus,
    l0s: list[int],
    methods: list[str],
    *,
    max_tokens: int | None = 20_000,
    ce_tokens: int = 4_000,
    progress: Callable[[float], None] = lambda _: None,
) -> list[Evaluation]:
    """Rows for every method and budget, on the first ``max_tokens`` of ``corpus``.

    ``ce_tokens``: how many of those the model is run on with reconstructions in place; it
    takes two passes more than there are rows. Held-out text is the caller's business.

    Raises:
        InputError: l0 or method out of range, a model that does not fit, an empty corpus.
    """
    check_fits(model, coder)
    check_settings(l0s, methods)
    settings = [_Setting(m, k) for m, k in product(dict.fromkeys(methods), sorted(set(l0s)))]
    subject = _Subject(coder, model, corpus, settings)
    measured, tallies = _reconstruct(subject, max_tokens, progress)
    effects = _patch(subject, ce_tokens, progress) if model.predicts else None
    recipe = coder.recipe
    return [_row(setting, tallies[setting], measured, recipe, effects) for setting in settings]


def check_settings(l0s: list[int], methods: list[str]) -> None:
    """Raise InputError for a budget or a method that is out of range."""
    for l0 in l0s:
        check_l0(l0)
    for method in methods:
        check_method(method)


class _Tally:
    """Sums over the codes of one setting."""

    def __init__(self, n_atoms: int):
        self.errors: list[Tensor] = []
        self.distinct = 0
        self.counts = torch.zeros(n_atoms, dtype=torch.int64)
        self.losses: list[Tensor] = []

    def add(self, x: Tensor, code: SparseCode, coder: Coder) -> None:
        # The true residual, not the pursuit's own account of it.
        self.errors.append((x - coder.decode(code)).double().square().sum(1).cpu())
        self.distinct += int(distinct_atoms(code).sum())
        self.counts += atom_counts(code, coder.n_atoms).cpu()
        self.losses.append(coder.token_losses(x, code).cpu())


class _Measured(NamedTuple):
    """The tokens that are coded."""

    norms: Tensor
    """(N,) of their activations."""
    ordinary: Tensor
    """(N,) bool: those that are no attention sinks."""
    moments: Moments
    moments_of_ordinary: Moments


def _reconstruct(
    subject: _Subject, max_tokens: int | None, progress: Callable[[float], None]
) -> tuple[_Measured, dict[_Setting, _Tally]]:
    """The first half: activations and what the codes of each setting have of them."""
    coder = subject.coder
    tallies = {setting: _Tally(coder.n_atoms) for setting in subject.settings}
    moments = MomentsWithoutSinks(coder.d_model)
    for x in subject.activations(max_tokens):
        moments.add(x)
        for setting, code in subject.codes(x):
            tallies[setting].add(x, code, coder)
        if max_tokens is not None:
            progress(0.5 * moments.everything.n / max_tokens)
    if moments.everything.n == 0:
        raise no_tokens(subject.corpus, subject.model.id)
    norms, ordinary = moments.norms, moments.finish()
    limit = sink_norm(norms)
    if ordinary is None:
        ordinary = Moments(coder.d_model)
        for x in subject.activations(max_tokens):
            ordinary.add(x[token_norms(x) <= limit])
    return _Measured(norms, norms <= limit, moments.everything, ordinary), tallies


@dataclass
class _Effects:
    """What the model predicts, over the tokens that it was judged on."""

    tokens: int = 0
    original: PredictionLoss = field(default_factory=PredictionLoss)
    zero: PredictionLoss = field(default_factory=PredictionLoss)
    """With zeros in place."""
    reconstructed: dict[_Setting, PredictionLoss] = field(default_factory=dict)

    def add(self, subject: _Subject, patched: PatchedPass) -> None:
        """Take the prompts of one pass."""
        x = patched.x.to(subject.model.coding_device)  # (N, d)
        self.tokens += patched.n_counted
        self.original = self.original.plus(patched.loss_untouched())
        self.zero = self.zero.plus(patched.loss_with(torch.zeros_like(x)))
        for setting, code in subject.codes(x):
            loss = patched.loss_with(subject.coder.decode(code))
            self.reconstructed[setting] = self.reconstructed[setting].plus(loss)


def _patch(subject: _Subject, ce_tokens: int, progress: Callable[[float], None]) -> _Effects:
    """The second half: predictions with nothing, zeros and each reconstruction in place."""
    model, length = subject.model, subject.length
    effects = _Effects(reconstructed=dict.fromkeys(subject.settings, PredictionLoss()))
    prompts = subject.corpus.prompts(model, length, ce_tokens)
    room = LOGITS_AT_ONCE // (length * model.vocab_size)
    while group := list(islice(prompts, max(1, min(PROMPTS_AT_ONCE, room)))):
        tokens = [model.tokenize(prompt.text, max_length=length) for prompt in group]
        for some in shared_passes(model, tokens):
            effects.add(subject, PatchedPass(model, subject.layer, some))
        progress(0.5 + 0.5 * min(1.0, effects.tokens / ce_tokens))
    return effects


def _row(
    setting: _Setting, tally: _Tally, measured: _Measured, recipe: Recipe, effects: _Effects | None
) -> Evaluation:
    errors, ordinary, n_tokens = torch.cat(tally.errors), measured.ordinary, measured.moments.n
    losses = torch.cat(tally.losses).double()
    p95, p99 = torch.quantile(losses, torch.tensor([0.95, 0.99], dtype=torch.float64)).tolist()
    novel = ce = ce_original = ce_zero = ce_score = kl_score = None
    if recipe.is_coded_as_built(setting.l0, setting.method):
        novel = float(recipe.is_novel(losses, measured.norms).double().mean())
    n = 0
    if effects is not None and effects.tokens:
        n = effects.tokens
        loss = effects.reconstructed[setting]
        ce = loss.cross_entropy / n
        ce_original, ce_zero = effects.original.cross_entropy / n, effects.zero.cross_entropy / n
        ce_score = recovered(ce, ce_original, ce_zero)
        kl_score = recovered(loss.kl, 0.0, effects.zero.kl)
    return Evaluation(
        method=setting.method,
        l0=setting.l0,
        l0_mean=tally.distinct / n_tokens,
        fvu=share_unexplained(float(errors.sum()), measured.moments),
        fvu_without_sinks=share_unexplained(
            float(errors[ordinary].sum()), measured.moments_of_ordinary
        ),
        sinks=n_tokens - int(ordinary.sum()),
        loss_mean=float(losses.mean()),
        loss_p95=p95,
        loss_p99=p99,
        novel=novel,
        dead=float((tally.counts == 0).double().mean()),
        tokens=n_tokens,
        ce_score=ce_score,
        kl_score=kl_score,
        ce=ce,
        ce_original=ce_original,
        ce_zero=ce_zero,
        ce_tokens=n,
    )

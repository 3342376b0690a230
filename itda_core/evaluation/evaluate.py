"""How well a dictionary reconstructs held-out text, and what the model makes of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice, product
from typing import NamedTuple

import torch
from torch import Tensor

from itda_core.dictionary import Dictionary
from itda_core.errors import InputError
from itda_core.evaluation.metrics import (
    Moments,
    atom_counts,
    cross_entropy,
    distinct_atoms,
    kl_divergence,
    recovered,
)
from itda_core.models import LanguageModel
from itda_core.models.of_dictionary import check_fits
from itda_core.pursuit import METHODS, SparseCode, decode, truncate
from itda_core.pursuit.encode import check_l0, check_method
from itda_core.text.corpus import Corpus, Prompt

LOGITS_AT_ONCE = 1 << 26
"""Numbers in the logits of one patched pass; a few such tensors are alive at a time."""


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
    loss_mean: float
    """In the dictionary's own loss, as are the next two."""
    loss_p95: float
    loss_p99: float
    novel: float
    """Share of tokens whose loss exceeds the dictionary's tau."""
    dead: float
    """Share of atoms that no code held."""
    tokens: int
    ce_score: float | None
    """CE loss score; None for encoders, as are the next two."""
    kl_score: float | None
    ce: float | None
    """Cross entropy with the reconstruction in place, nats a token."""
    ce_original: float | None
    ce_zero: float | None
    ce_tokens: int


class _Setting(NamedTuple):
    method: str
    l0: int


class _Tally:
    """What is kept of one setting's codes."""

    def __init__(self, n_atoms: int):
        self.error = 0.0
        self.distinct = 0
        self.counts = torch.zeros(n_atoms, dtype=torch.int64)
        self.losses: list[Tensor] = []

    def add(self, x: Tensor, code: SparseCode, dictionary: Dictionary) -> None:
        # The true residual, not the pursuit's own account of it.
        x_hat = decode(code, dictionary.atoms.to(x.device))
        self.error += float((x - x_hat).double().square().sum())
        self.distinct += int(distinct_atoms(code).sum())
        self.counts += atom_counts(code, dictionary.n_atoms).cpu()
        self.losses.append(dictionary.token_losses(x, code).cpu())


def evaluate(
    dictionary: Dictionary,
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
    check_fits(model, dictionary)
    check_settings(l0s, methods)
    settings = [_Setting(m, k) for m, k in product(dict.fromkeys(methods), sorted(set(l0s)))]
    length = dictionary.recipe.sequence_length or 128
    layer = dictionary.recipe.layer or 0
    tallies = {setting: _Tally(dictionary.n_atoms) for setting in settings}
    moments = Moments(dictionary.d_model)
    keep_special = dictionary.recipe.special_tokens == "kept"
    prompts = corpus.prompts(model, length, max_tokens)
    for batch in model.activations(
        prompts, [layer], max_length=length, skip_special=not keep_special
    ):
        x = batch.x[layer].to(model.coding_device)
        if max_tokens is not None:
            x = x[: max_tokens - moments.n]
        moments.add(x)
        for setting, code in _codes(x, dictionary, settings):
            tallies[setting].add(x, code, dictionary)
        if max_tokens is not None:
            progress(0.5 * moments.n / max_tokens)
    if moments.n == 0:
        raise InputError(f"{corpus.name} holds no tokens to evaluate on; give a longer text")
    effects = None
    if model.is_causal:
        effects = _effects(dictionary, model, corpus, settings, length, ce_tokens, progress)
    return [_row(setting, tallies[setting], moments, dictionary, effects) for setting in settings]


def check_settings(l0s: list[int], methods: list[str]) -> None:
    """Raise InputError for a budget or a method that is out of range."""
    for l0 in l0s:
        check_l0(l0)
    for method in methods:
        check_method(method)


def _codes(
    x: Tensor, dictionary: Dictionary, settings: list[_Setting]
) -> Iterator[tuple[_Setting, SparseCode]]:
    """The code of each setting; where a method allows it, cut from that of its largest budget."""
    longest: dict[str, SparseCode] = {}
    for method in dict.fromkeys(setting.method for setting in settings):
        if METHODS[method].prefix_closed:
            largest = max(setting.l0 for setting in settings if setting.method == method)
            longest[method] = dictionary.encode(x, largest, method)
    for setting in settings:
        if setting.method in longest:
            yield setting, truncate(longest[setting.method], setting.l0)
        else:
            yield setting, dictionary.encode(x, setting.l0, setting.method)


class _Effects(NamedTuple):
    """Sums over the tokens that the patched model was judged on."""

    ce: dict[str | _Setting, float]
    kl: dict[str | _Setting, float]
    tokens: int


def _effects(
    dictionary: Dictionary,
    model: LanguageModel,
    corpus: Corpus,
    settings: list[_Setting],
    length: int,
    ce_tokens: int,
    progress: Callable[[float], None],
) -> _Effects:
    """Cross entropy and divergence with nothing, zeros and each reconstruction in place."""
    layer = dictionary.recipe.layer or 0
    ce: dict[str | _Setting, float] = dict.fromkeys(["original", "zero", *settings], 0.0)
    kl = dict(ce)
    seen = 0
    prompts = corpus.prompts(model, length, ce_tokens)
    at_once = max(1, min(16, LOGITS_AT_ONCE // (length * model.vocab_size)))
    while group := list(islice(prompts, at_once)):
        ids, mask, special = _padded(model, group, length)
        taken: dict[str, Tensor] = {}

        def keep(hidden: Tensor, taken: dict[str, Tensor] = taken) -> Tensor:
            taken["x"] = hidden
            return hidden

        original = model.forward_patched(ids, mask, layer, keep)
        x, ids = taken["x"], ids.to(original.device)
        # Padding, BOS and EOS keep their own activation and count in no mean.
        replaced = (mask.bool() & ~special).to(x.device)
        counted = (replaced[:, :-1] & replaced[:, 1:]).to(original.device)
        seen += int(counted.sum())

        def judge(
            name: str | _Setting,
            hidden: Tensor,
            original: Tensor = original,
            x: Tensor = x,
            ids: Tensor = ids,
            mask: Tensor = mask,
            replaced: Tensor = replaced,
            counted: Tensor = counted,
        ) -> None:
            inside = torch.where(replaced[:, :, None], hidden, x)
            logits = model.forward_patched(ids, mask, layer, inside)
            ce[name] += float(cross_entropy(logits, ids)[counted].cpu().double().sum())
            kl[name] += float(kl_divergence(original, logits)[counted].cpu().double().sum())

        ce["original"] += float(cross_entropy(original, ids)[counted].cpu().double().sum())
        judge("zero", torch.zeros_like(x))
        rows = x[replaced].to(model.coding_device)
        for setting, code in _codes(rows, dictionary, settings):
            hidden = torch.zeros_like(x)
            hidden[replaced] = decode(code, dictionary.atoms.to(rows.device)).to(x.device)
            judge(setting, hidden)
        progress(0.5 + 0.5 * min(1.0, seen / ce_tokens))
    return _Effects(ce, kl, seen)


def _padded(
    model: LanguageModel, prompts: list[Prompt], length: int
) -> tuple[Tensor, Tensor, Tensor]:
    """ids, attention mask and special-token mask (B, T) of prompts, padded on the right."""
    read = [model.tokenize(prompt.text, max_length=length) for prompt in prompts]
    width = max(len(tokens.ids) for tokens in read)
    ids = torch.zeros(len(read), width, dtype=torch.int64)
    mask = torch.zeros_like(ids)
    special = torch.zeros(len(read), width, dtype=torch.bool)
    for row, tokens in enumerate(read):
        size = len(tokens.ids)
        ids[row, :size] = torch.tensor(tokens.ids)
        mask[row, :size] = 1
        special[row, :size] = torch.tensor(tokens.special)
    return ids, mask, special


def _row(
    setting: _Setting,
    tally: _Tally,
    moments: Moments,
    dictionary: Dictionary,
    effects: _Effects | None,
) -> Evaluation:
    losses = torch.cat(tally.losses).double()
    p95, p99 = torch.quantile(losses, torch.tensor([0.95, 0.99], dtype=torch.float64)).tolist()
    ce = ce_original = ce_zero = ce_score = kl_score = None
    n = 0
    if effects is not None and effects.tokens:
        n = effects.tokens
        ce, ce_original, ce_zero = (effects.ce[key] / n for key in (setting, "original", "zero"))
        ce_score = recovered(ce, ce_original, ce_zero)
        kl_score = recovered(effects.kl[setting], 0.0, effects.kl["zero"])
    return Evaluation(
        method=setting.method,
        l0=setting.l0,
        l0_mean=tally.distinct / moments.n,
        fvu=tally.error / max(moments.variance, 1e-30),
        loss_mean=float(losses.mean()),
        loss_p95=p95,
        loss_p99=p99,
        novel=float((losses > dictionary.recipe.tau).double().mean()),
        dead=float((tally.counts == 0).double().mean()),
        tokens=moments.n,
        ce_score=ce_score,
        kl_score=kl_score,
        ce=ce,
        ce_original=ce_original,
        ce_zero=ce_zero,
        ce_tokens=n,
    )

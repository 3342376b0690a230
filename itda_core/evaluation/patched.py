"""The model run with other activations in place of a block's output."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from itda_core.evaluation.metrics import cross_entropy, kl_divergence
from itda_core.models import LanguageModel, TokenizedPrompt


class PredictionLoss(NamedTuple):
    """Of next-token predictions, summed over the tokens that count; in nats."""

    cross_entropy: float = 0.0
    kl: float = 0.0
    """KL divergence from the predictions of the model untouched."""

    def plus(self, other: PredictionLoss) -> PredictionLoss:
        """The sum over the tokens of both."""
        return PredictionLoss(self.cross_entropy + other.cross_entropy, self.kl + other.kl)


class PatchedPass:
    """One batch of B prompts, padded to T tokens, that passes the model again and again.

    Padding and special tokens such as BOS always keep their own activation and count in no loss.
    """

    def __init__(self, model: LanguageModel, layer: int, prompts: Sequence[TokenizedPrompt]):
        """``prompts``: those of one of ``shared_passes``."""
        self._model = model
        self._layer = layer
        ids, self._mask, special = _padded(prompts)  # (B, T) each
        self._hidden = torch.empty(0)
        self._logits = model.forward_patched(ids, self._mask, layer, self._record)  # (B, T, V)
        self._ids = ids.to(self._logits.device)
        self._replaced = (self._mask.bool() & ~special).to(self._hidden.device)  # (B, T)
        counted = self._replaced[:, :-1] & self._replaced[:, 1:]  # (B, T-1): both ends are text
        self._counted = counted.to(self._logits.device)

    def _record(self, hidden: Tensor) -> Tensor:
        self._hidden = hidden  # (B, T, d)
        return hidden

    @property
    def x(self) -> Tensor:
        """(N, d) float32: the activations that are replaced, on the model's device."""
        return self._hidden[self._replaced]

    @property
    def n_counted(self) -> int:
        """Predictions that count."""
        return int(self._counted.sum())

    def loss_untouched(self) -> PredictionLoss:
        """With the activations as they are."""
        return PredictionLoss(self._sum(cross_entropy(self._logits, self._ids)), 0.0)

    def loss_with(self, x: Tensor) -> PredictionLoss:
        """With ``x`` (N, d) in place of ``self.x``: one pass of the model."""
        hidden = self._hidden.clone()  # (B, T, d)
        hidden[self._replaced] = x.to(hidden.device)
        logits = self._model.forward_patched(self._ids, self._mask, self._layer, hidden)
        return PredictionLoss(
            self._sum(cross_entropy(logits, self._ids)),
            self._sum(kl_divergence(self._logits, logits)),
        )

    def _sum(self, losses: Tensor) -> float:
        """Of (B, T-1), over the predictions that count."""
        return float(losses[self._counted].cpu().double().sum())


def shared_passes(
    model: LanguageModel, prompts: Sequence[TokenizedPrompt]
) -> Iterator[list[TokenizedPrompt]]:
    """``prompts`` in lists that may share a pass: all of them, or those of one length each."""
    lengths = [len(tokens.ids) for tokens in prompts]
    if model.may_share_pass(min(lengths), max(lengths)):
        yield list(prompts)
        return
    for length in sorted(set(lengths)):
        yield [tokens for tokens in prompts if len(tokens.ids) == length]


def _padded(prompts: Sequence[TokenizedPrompt]) -> tuple[Tensor, Tensor, Tensor]:
    """ids, attention mask and special-token mask (B, T) of prompts, padded on the right."""
    width = max(len(tokens.ids) for tokens in prompts)
    ids = torch.zeros(len(prompts), width, dtype=torch.int64)
    mask = torch.zeros_like(ids)
    special = torch.zeros(len(prompts), width, dtype=torch.bool)
    for row, tokens in enumerate(prompts):
        size = len(tokens.ids)
        ids[row, :size] = torch.tensor(tokens.ids)
        mask[row, :size] = 1
        special[row, :size] = torch.tensor(tokens.special)
    return ids, mask, special

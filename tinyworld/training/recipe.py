"""The recipe of a training: everything that decides what the weights will be."""

import math
from dataclasses import dataclass

from itda_core.errors import InputError
from tinyworld.text.corpora import CORPORA
from tinyworld.text.generate import TRAIN_SEED
from tinyworld.training.bpe import BPE_DOCUMENTS

SIZES: dict[str, dict[str, int]] = {
    "tiny": {"blocks": 2, "width": 32, "heads": 2},
    "small": {"blocks": 6, "width": 128, "heads": 4},
    "medium": {"blocks": 8, "width": 256, "heads": 8},
}
"""The architectures; tiny is for tests."""


@dataclass(frozen=True)
class TrainingRecipe:
    """The settings of a training."""

    size: str = "small"
    seed: int = 0
    """Seed of the initial weights."""
    data_seed: int = TRAIN_SEED
    """Seed of the documents and so of their order."""
    tokens: int = 10_000_000
    """Tokens to train on."""
    batch: int = 8
    """Windows in a step."""
    context: int = 256
    """Tokens in a window."""
    rate: float = 0.01
    """Highest learning rate of AdamW: embeddings, head, norms and biases."""
    matrix_rate: float = 0.02
    """Highest learning rate of Muon: the blocks' matrices."""
    bpe_documents: int = BPE_DOCUMENTS
    """Documents that the tokenizer is trained on."""
    start: str = ""
    """Name of the model whose weights and tokenizer it begins from; empty: from nothing."""
    start_sha256: str = ""
    """Of that model's weights."""
    corpus: str = "plain"
    """Who writes the documents: a name in ``CORPORA``."""

    @property
    def steps(self) -> int:
        """Number of optimizer steps."""
        return max(1, self.tokens // (self.batch * self.context))

    def check(self) -> "TrainingRecipe":
        """Return the recipe; complain about impossible values."""
        if self.size not in SIZES:
            raise InputError(f"size {self.size!r} is unknown: expected one of {', '.join(SIZES)}")
        if self.corpus not in CORPORA:
            raise InputError(
                f"corpus {self.corpus!r} is unknown: expected one of {', '.join(CORPORA)}"
            )
        for name in ("tokens", "batch", "context", "bpe_documents"):
            if getattr(self, name) < 1:
                raise InputError(f"{name} is {getattr(self, name)}: give a number from 1 up")
        for name in ("rate", "matrix_rate"):
            if not 0 < getattr(self, name) < 1:
                raise InputError(f"{name} is {getattr(self, name)}: give one between 0 and 1")
        return self


def rate_share(step: int, recipe: TrainingRecipe) -> float:
    """Return the share of the highest learning rates at a step, from 0 to 1.

    It rises over 2 % of the steps, then falls as a cosine to 1/20.
    """
    warm_up = max(1, recipe.steps // 50)
    if step < warm_up:
        return (step + 1) / warm_up
    progress = (step - warm_up) / max(1, recipe.steps - warm_up)
    return 0.05 + 0.95 * 0.5 * (1 + math.cos(math.pi * progress))


def snapshot_steps(recipe: TrainingRecipe, n: int) -> list[int]:
    """Return up to ``n`` steps at which to keep the weights: dense at first, the last one last."""
    if n < 1:
        return []
    first = max(1, recipe.steps // 400)
    if n == 1 or recipe.steps <= first:
        return [recipe.steps]
    ratio = (recipe.steps / first) ** (1 / (n - 1))
    return sorted({round(first * ratio**i) for i in range(n)} | {recipe.steps})

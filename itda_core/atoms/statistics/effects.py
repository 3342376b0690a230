"""What an atom's direction alone says of the next token."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from itda_core.models import LanguageModel

TOKENS = 10
"""Named on either side."""


class Effects(NamedTuple):
    """The tokens whose logits each of n atoms raises and lowers most; strongest first."""

    top_ids: Tensor
    top_logits: Tensor
    bottom_ids: Tensor
    bottom_logits: Tensor
    """(n, TOKENS) each; ids int64, logits float32, mean of all tokens' logits taken off.

    Rows of a padded vocabulary, which are of no token, do not count.
    """


def logit_effects(model: LanguageModel, atoms: Tensor) -> Effects:
    """Direct effect of unit atoms (n, d) on the next-token logits of a causal model."""
    parts = []
    for part in atoms.split(1024):
        logits = model.direct_logits(part).cpu()  # (n, V)
        ids = model.has_token(logits.shape[1]).nonzero()[:, 0]  # (tokens,)
        logits = logits[:, ids]
        logits = logits - logits.mean(1, keepdim=True)
        top = logits.topk(TOKENS, dim=1)
        bottom = logits.topk(TOKENS, dim=1, largest=False)
        parts.append((ids[top.indices], top.values, ids[bottom.indices], bottom.values))
    return Effects(*(torch.cat(columns) for columns in zip(*parts, strict=True)))

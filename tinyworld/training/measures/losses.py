"""How well a model predicts held-out text, and how well counting tokens does."""

from typing import Any

import numpy as np


def validation_loss(model: Any, ids: np.ndarray) -> float:
    """Return the mean cross entropy of ``ids`` (rows, context) in nats a predicted token."""
    import torch

    total, count = 0.0, 0
    device = next(model.parameters()).device
    for row in ids:
        batch = torch.from_numpy(row[None]).to(device)
        with torch.no_grad():
            loss = float(model(input_ids=batch, labels=batch).loss)
        total += loss * (len(row) - 1)
        count += len(row) - 1
    return total / count


def baseline_losses(train_ids: np.ndarray, ids: np.ndarray, vocabulary: int) -> tuple[float, float]:
    """Return the losses of a unigram and a bigram model, in nats a token.

    They are counted on ``train_ids`` (n,) and measured on ``ids`` (rows, context). The unigram adds
    one half to each count; the bigram is drawn towards the unigram by as much as five further
    observations.
    """
    counts = np.bincount(train_ids, minlength=vocabulary).astype(np.float64) + 0.5
    unigram = counts / counts.sum()
    pairs = train_ids[:-1] * vocabulary + train_ids[1:]
    pair_keys, pair_counts = np.unique(pairs, return_counts=True)
    before, after = ids[:, :-1].ravel(), ids[:, 1:].ravel()
    keys = before * vocabulary + after
    place = np.minimum(np.searchsorted(pair_keys, keys), len(pair_keys) - 1)
    observed = np.where(pair_keys[place] == keys, pair_counts[place], 0)
    context = np.bincount(train_ids[:-1], minlength=vocabulary)[before]
    bigram = (observed + 5.0 * unigram[after]) / (context + 5.0)
    return float(-np.log(unigram[after]).mean()), float(-np.log(bigram).mean())

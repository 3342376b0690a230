"""A document as a model reads it: one forward pass, and what it predicts at each position."""

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import numpy as np

from tinyworld.text.spans import WorldDocument


class Reading(NamedTuple):
    """A document as a model reads it."""

    document: WorldDocument
    ids: np.ndarray
    """Token ids with the end-of-text token first, (n,) int64."""
    token_at: dict[int, int]
    """Number of a character -> position in ``ids`` of the token that covers it."""
    scores: np.ndarray
    """Logits that predict the token at each position, (n, vocabulary) float32; row 0: -inf."""

    def prediction(self, position: int) -> int:
        """Return the token that the model finds most probable at a position of ``ids``."""
        return int(self.scores[position].argmax())


def read_documents(
    model: Any, tokenizer: Any, documents: Iterable[WorldDocument]
) -> Iterator[Reading]:
    """Run the model over documents, each cut off where the context ends."""
    import torch

    device = next(model.parameters()).device
    for document in documents:
        encoding = tokenizer(
            document.text,
            add_special_tokens=False,
            return_offsets_mapping=True,
            truncation=True,
            max_length=model.config.max_position_embeddings - 1,
        )
        ids = [tokenizer.eos_token_id, *encoding["input_ids"]]
        with torch.no_grad():
            logits = model(input_ids=torch.tensor([ids], device=device)).logits[0].float().cpu()
        scores = np.full((len(ids), logits.shape[1]), -np.inf, dtype=np.float32)
        scores[1:] = logits[:-1].numpy()
        token_at = {
            character: position
            for position, (start, end) in enumerate(encoding["offset_mapping"], start=1)
            for character in range(start, end)
        }
        yield Reading(document, np.asarray(ids), token_at, scores)

"""The training data: generated documents, packed into one endless row of token ids."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from tinyworld.text.generate import documents
from tinyworld.text.spans import WorldDocument

DOCUMENTS_AT_ONCE = 500


class TokenStream:
    """Tokens of a seed's documents in order, each document after an end-of-text token.

    Nothing is ever repeated. ``state()`` is all that is needed to go on from the same place;
    ``write(seed, n, start=...)`` gives the documents.
    """

    def __init__(
        self,
        tokenizer: Any,
        seed: int,
        state: dict[str, Any] | None = None,
        write: Callable[..., Iterator[WorldDocument]] = documents,
    ) -> None:
        self._tokenizer = tokenizer
        self._seed = seed
        self._write = write
        self._next = int(state["next_document"]) if state else 0
        self._rest = np.asarray(state["rest"] if state else [], dtype=np.uint16)

    def state(self) -> dict[str, Any]:
        """Return where the stream stands."""
        return {"next_document": self._next, "rest": self._rest.tolist()}

    @property
    def begun(self) -> int:
        """Number of documents of which something was taken; the last one may not be whole."""
        return self._next - int((self._rest == self._tokenizer.eos_token_id).sum())

    def take(self, n: int) -> np.ndarray:
        """Return the next ``n`` token ids, (n,) int64."""
        pieces, have = [self._rest], len(self._rest)
        while have < n:
            more = self._more()
            pieces.append(more)
            have += len(more)
        row = np.concatenate(pieces)
        self._rest = row[n:]
        return row[:n].astype(np.int64)

    def batches(self, rows: int, context: int) -> Iterator[np.ndarray]:
        """Yield (rows, context) arrays without end."""
        while True:
            yield self.take(rows * context).reshape(rows, context)

    def _more(self) -> np.ndarray:
        texts = [d.text for d in self._write(self._seed, DOCUMENTS_AT_ONCE, start=self._next)]
        self._next += DOCUMENTS_AT_ONCE
        end = self._tokenizer.eos_token_id
        encoded = self._tokenizer.backend_tokenizer.encode_batch(texts, add_special_tokens=False)
        flat = [token for one in encoded for token in (end, *one.ids)]
        return np.asarray(flat, dtype=np.uint16)

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
    ``write(seed, n, start=...)`` yields the documents.
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
        self._remainder = np.asarray(state["rest"] if state else [], dtype=np.uint16)

    def state(self) -> dict[str, Any]:
        """Return where the stream stands, fit for JSON."""
        return {"next_document": self._next, "rest": self._remainder.tolist()}

    @property
    def documents_begun(self) -> int:
        """Number of documents of which something was taken; the last one may not be whole."""
        return self._next - int((self._remainder == self._tokenizer.eos_token_id).sum())

    def take(self, n: int) -> np.ndarray:
        """Return the next ``n`` token ids, (n,) int64."""
        pieces, length = [self._remainder], len(self._remainder)
        while length < n:
            piece = self._read_on()
            pieces.append(piece)
            length += len(piece)
        row = np.concatenate(pieces)
        self._remainder = row[n:]
        return row[:n].astype(np.int64)

    def _read_on(self) -> np.ndarray:
        """Return the token ids of the next documents, (n,) uint16."""
        documents = self._write(self._seed, DOCUMENTS_AT_ONCE, start=self._next)
        texts = [document.text for document in documents]
        self._next += DOCUMENTS_AT_ONCE
        end = self._tokenizer.eos_token_id
        backend = self._tokenizer.backend_tokenizer
        backend.no_truncation()  # a call of the tokenizer that cuts texts off leaves it cutting
        encodings = backend.encode_batch(texts, add_special_tokens=False)
        ids = [token for encoding in encodings for token in (end, *encoding.ids)]
        return np.asarray(ids, dtype=np.uint16)

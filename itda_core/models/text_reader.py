"""The side of a model that is text: its tokenizer, and what its tokens are."""

from collections.abc import Sequence
from functools import cached_property
from typing import Any

import torch
from torch import Tensor

from itda_core.errors import InputError
from itda_core.models import identity
from itda_core.models.network.anatomy import special_ids
from itda_core.text.tokens import TokenizedPrompt, check_text, plain_tokenizer, read_encoding


class TextReader:
    """A tokenizer, and how many of its tokens can be read."""

    id: str
    """What errors call the model."""

    def __init__(self, tokenizer: Any, end_token_ids: frozenset[int], max_length: int) -> None:
        self.tokenizer = tokenizer
        self.plain_tokenizer = plain_tokenizer(tokenizer)
        self.special_token_ids = special_ids(tokenizer)
        self.end_token_ids = end_token_ids
        """A text that the model writes ends with any of these."""
        self.max_length = max_length
        """Tokens a prompt may have, special ones included."""
        self._ids = sorted(set(self.plain_tokenizer.get_vocab(with_added_tokens=True).values()))
        added = self.plain_tokenizer.encode("a").special_tokens_mask
        self.bos_handling = "tokenizer adds" if added and added[0] else "none"
        self._n_closing = next((i for i, flag in enumerate(reversed(added)) if not flag), 0)

    @cached_property
    def tokenizer_hash(self) -> str:
        """sha256 of the vocabulary and of what the tokenizer makes of a test text."""
        return identity.tokenizer_hash(self.plain_tokenizer)

    def tokenize(self, text: str, max_length: int | None = None) -> TokenizedPrompt:
        """``text`` as the model reads it, at most ``max_length`` tokens (default: all it takes).

        Special tokens are those the tokenizer adds; a BOS it does not add is not added here
        (see ``bos_handling``).

        Raises:
            InputError: half a surrogate pair, or a length out of range.
        """
        limit = self._check_length(self.max_length if max_length is None else max_length)
        check_text(text)
        encoding = self.plain_tokenizer.encode(text)
        return read_encoding(text, encoding, self.special_token_ids, limit)

    def text_of(self, ids: Sequence[int]) -> str:
        """Token ids as they would stand in a text, special ones by their name."""
        return str(self.tokenizer.decode(list(ids)))

    def has_token(self, size: int) -> Tensor:
        """(``size``,) bool: False for logits of a padded vocabulary, which are of no token."""
        has_token = torch.zeros(size, dtype=torch.bool)
        has_token[[i for i in self._ids if i < size]] = True
        return has_token

    def without_closing(self, ids: Sequence[int]) -> list[int]:
        """Token ids of a text without what the tokenizer adds after it, to be continued."""
        n = len(ids) - self._n_closing
        is_closed = n > 0 and all(i in self.special_token_ids for i in ids[n:])
        return list(ids[:n] if is_closed else ids)

    def ordinary_ids(self, n_embeddings: int) -> list[int]:
        """Ids below ``n_embeddings`` of tokens that are not special; at least one."""
        special = self.special_token_ids
        return [i for i in self._ids if i < n_embeddings and i not in special] or [0]

    def _check_length(self, length: int) -> int:
        least = self.plain_tokenizer.num_special_tokens_to_add(False) + 1
        if not least <= length <= self.max_length:
            raise InputError(
                f"length {length} is out of range: {self.id} takes {least} to {self.max_length} "
                "tokens"
            )
        return length

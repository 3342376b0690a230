"""Prompts in, activations out: in order, though they run sorted by length."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any, NamedTuple, Protocol

import torch
from torch import Tensor

from itda_core.text.corpus import Prompt
from itda_core.text.tokens import TokenizedPrompt, check_text, read_encoding

_BUFFER = 256 << 20  # bytes of activations kept to put prompts back into their order
_TOKENIZED_AT_ONCE = 64  # prompts that the tokenizer gets together


class Network(Protocol):
    """What a harvest asks of a model."""

    d_model: int
    plain_tokenizer: Any
    """A ``tokenizers.Tokenizer`` with neither truncation nor padding."""
    special_token_ids: frozenset[int]

    @property
    def device(self) -> torch.device:
        """Where the weights are."""

    def may_share_pass(self, shortest: int, longest: int) -> bool:
        """Whether prompts of these lengths in tokens have the same activations in one pass."""

    def block_outputs(
        self, prompts: list[list[int]], width: int, layers: list[int]
    ) -> dict[int, Tensor]:
        """Layer -> (B, width, d_model) of B prompts' token ids, padded on the right."""


class ActivationBatch(NamedTuple):
    """Activations of whole prompts, in order; N tokens, special ones left out unless wanted."""

    x: dict[int, Tensor]
    """Layer -> (N, d_model) float32 on the model's device."""
    prompt: Tensor
    """(N,) int64: ordinal of the token's prompt, counted over the whole call."""
    prompts: list[Prompt]
    """The prompts of this batch, also those of which no token is left."""
    first_prompt: int
    """Ordinal of the first of them."""
    token_index: Tensor
    """(N,) int64: position in the tokenised prompt, special tokens counted."""
    token_id: Tensor
    """(N,) int64."""
    char_start: Tensor
    """(N,) int64: the token is ``prompt.text[char_start:char_end]``."""
    char_end: Tensor
    """(N,) int64."""
    tokens: list[str]
    """N tokens as they stand in the text."""
    n_skipped: int
    """Special tokens left out."""


def harvest(
    model: Network,
    prompts: Iterator[Prompt],
    layers: list[int],
    batch_tokens: int,
    limit: int,
    skip_special: bool,
) -> Iterator[ActivationBatch]:
    """See ``LanguageModel.activations``; ``layers`` ascending, ``limit`` tokens of a prompt."""
    ahead = _BUFFER // (4 * model.d_model * len(layers))
    ahead = max(batch_tokens, min(ahead, 8 * batch_tokens))
    group = _Group(first_prompt=0, skip_special=skip_special)
    for prompt, tokens in _tokenized(model, prompts, limit):
        group.add(prompt, tokens)
        if group.n_tokens >= ahead:
            yield from group.run(model, layers, batch_tokens)
            group = _Group(group.first_prompt + len(group.prompts), skip_special)
    yield from group.run(model, layers, batch_tokens)


def _tokenized(
    model: Network, prompts: Iterator[Prompt], limit: int
) -> Iterator[tuple[Prompt, TokenizedPrompt]]:
    """Each prompt with its tokens, at most ``limit``; the tokenizer gets some prompts at a time."""
    while some := list(islice(prompts, _TOKENIZED_AT_ONCE)):
        for prompt in some:
            check_text(prompt.text)
        encodings = model.plain_tokenizer.encode_batch([prompt.text for prompt in some])
        for prompt, encoding in zip(some, encodings, strict=True):
            yield prompt, read_encoding(prompt.text, encoding, model.special_token_ids, limit)


class _Group:
    """Prompts that are read ahead: they run sorted by length and are handed out in their order."""

    def __init__(self, first_prompt: int, skip_special: bool) -> None:
        self.first_prompt = first_prompt
        """Ordinal of the first."""
        self.prompts: list[Prompt] = []
        self.n_tokens = 0
        self._skip_special = skip_special
        self._tokens: list[TokenizedPrompt] = []
        self._positions: list[list[int]] = []
        """For each prompt, the places of the tokens whose activations are wanted."""
        self._rows = [0]
        """For each prompt, where these begin in the activations of the group; then their number."""

    def add(self, prompt: Prompt, tokens: TokenizedPrompt) -> None:
        """One more prompt."""
        special = tokens.special
        positions = [j for j in range(len(special)) if not (special[j] and self._skip_special)]
        self.prompts.append(prompt)
        self.n_tokens += len(tokens.ids)
        self._tokens.append(tokens)
        self._positions.append(positions)
        self._rows.append(self._rows[-1] + len(positions))

    def run(
        self, model: Network, layers: list[int], batch_tokens: int
    ) -> Iterator[ActivationBatch]:
        """The activations, up to ``batch_tokens`` of them at a time but whole prompts."""
        x = self._activations(model, layers, batch_tokens)
        begin = 0
        while begin < len(self.prompts):
            end = begin + 1
            while end < len(self.prompts) and self._size(begin, end + 1) <= batch_tokens:
                end += 1
            yield self._batch(x, begin, end)
            begin = end

    def _size(self, begin: int, end: int) -> int:
        return self._rows[end] - self._rows[begin]

    def _activations(
        self, model: Network, layers: list[int], batch_tokens: int
    ) -> dict[int, Tensor]:
        """Layer -> (N, d) float32 of all N wanted tokens, in order; longest prompts run first."""
        shape = (self._rows[-1], model.d_model)
        x = {layer: torch.empty(shape, device=model.device) for layer in layers}  # (N, d) each
        lengths = [len(tokens.ids) for tokens in self._tokens]
        order = [i for i, positions in enumerate(self._positions) if positions]
        order.sort(key=lambda i: -lengths[i])
        while order:
            width = lengths[order[0]]
            n = max(1, batch_tokens // width)
            batch = order[:n]
            if not model.may_share_pass(lengths[batch[-1]], width):
                batch = [i for i in batch if lengths[i] == width]
            order = order[len(batch) :]
            ids = [self._tokens[i].ids for i in batch]
            outputs = model.block_outputs(ids, width, layers)  # (B, width, d) each
            source = [b * width + j for b, i in enumerate(batch) for j in self._positions[i]]
            target = [row for i in batch for row in range(self._rows[i], self._rows[i + 1])]
            source_rows = torch.tensor(source, device=model.device)  # (n,) of B * width
            target_rows = torch.tensor(target, device=model.device)  # (n,) of N
            for layer in layers:
                flat = outputs[layer].flatten(0, 1)  # (B * width, d)
                x[layer][target_rows] = flat[source_rows].float()
        return x

    def _batch(self, x: dict[int, Tensor], begin: int, end: int) -> ActivationBatch:
        """The prompts ``begin`` to ``end`` of the group, given all its activations."""
        places = [(self._tokens[i], j) for i in range(begin, end) for j in self._positions[i]]
        ordinals = [i for i in range(begin, end) for _ in self._positions[i]]
        rows = slice(self._rows[begin], self._rows[end])

        def column(values: Iterable[int]) -> Tensor:
            return torch.tensor(list(values), dtype=torch.int64)  # (n,)

        return ActivationBatch(
            x={layer: values[rows] for layer, values in x.items()},
            prompt=column(self.first_prompt + i for i in ordinals),
            prompts=self.prompts[begin:end],
            first_prompt=self.first_prompt + begin,
            token_index=column(j for _, j in places),
            token_id=column(tokens.ids[j] for tokens, j in places),
            char_start=column(tokens.char_start[j] for tokens, j in places),
            char_end=column(tokens.char_end[j] for tokens, j in places),
            tokens=[tokens.tokens[j] for tokens, j in places],
            n_skipped=sum(len(t.ids) for t in self._tokens[begin:end]) - len(places),
        )

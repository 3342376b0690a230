"""Prompts in, activations out: in order, though they run sorted by length."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple, Protocol

import torch
from torch import Tensor

from itda_core.text.corpus import Prompt
from itda_core.text.tokens import TokenizedPrompt, check_text, read_encoding

_BUFFER = 256 << 20  # bytes of activations held to put prompts back into their order


class Network(Protocol):
    """What a harvest asks of a model."""

    d_model: int
    plain_tokenizer: Any
    """A ``tokenizers.Tokenizer`` with neither truncation nor padding."""
    special_token_ids: frozenset[int]

    @property
    def device(self) -> torch.device:
        """Where the weights are."""

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
    """(N,) int64: the token is `prompt.text[char_start:char_end]`."""
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
    """See :meth:`LanguageModel.activations`; `layers` ascending, `limit` tokens of a prompt."""
    ahead = _BUFFER // (4 * model.d_model * len(layers))
    ahead = max(batch_tokens, min(ahead, 8 * batch_tokens))
    group: list[tuple[Prompt, TokenizedPrompt]] = []
    size = ordinal = 0
    for read in _tokenized(model, prompts, limit):
        group.append(read)
        size += len(read[1].ids)
        if size >= ahead:
            yield from _run_group(model, group, layers, batch_tokens, skip_special, ordinal)
            ordinal += len(group)
            group, size = [], 0
    if group:
        yield from _run_group(model, group, layers, batch_tokens, skip_special, ordinal)


def _tokenized(
    model: Network, prompts: Iterator[Prompt], limit: int
) -> Iterator[tuple[Prompt, TokenizedPrompt]]:
    """Each prompt with its tokens; the tokenizer gets 64 at a time."""
    some: list[Prompt] = []

    def read() -> Iterator[tuple[Prompt, TokenizedPrompt]]:
        for prompt in some:
            check_text(prompt.text)
        encodings = model.plain_tokenizer.encode_batch([prompt.text for prompt in some])
        for prompt, encoding in zip(some, encodings, strict=True):
            yield prompt, read_encoding(prompt.text, encoding, model.special_token_ids, limit)

    for prompt in prompts:
        some.append(prompt)
        if len(some) == 64:
            yield from read()
            some = []
    yield from read()


def _run_group(
    model: Network,
    group: list[tuple[Prompt, TokenizedPrompt]],
    layers: list[int],
    batch_tokens: int,
    skip_special: bool,
    first: int,
) -> Iterator[ActivationBatch]:
    """Run the prompts of `group` sorted by length, hand them out in order, some at a time."""
    kept = [
        [j for j, special in enumerate(read.special) if not (special and skip_special)]
        for _, read in group
    ]
    rows = [0]  # where each prompt's tokens begin in the activations of the group
    for positions in kept:
        rows.append(rows[-1] + len(positions))
    x = {layer: torch.empty(rows[-1], model.d_model, device=model.device) for layer in layers}
    lengths = [len(read.ids) for _, read in group]
    order = sorted((i for i in range(len(group)) if kept[i]), key=lambda i: -lengths[i])
    while order:
        width = lengths[order[0]]
        n = max(1, batch_tokens // width)
        batch, order = order[:n], order[n:]
        outputs = model.block_outputs([group[i][1].ids for i in batch], width, layers)
        source = [b * width + j for b, i in enumerate(batch) for j in kept[i]]
        target = [row for i in batch for row in range(rows[i], rows[i + 1])]
        source_rows = torch.tensor(source, device=model.device)
        target_rows = torch.tensor(target, device=model.device)
        for layer in layers:
            x[layer][target_rows] = outputs[layer].flatten(0, 1)[source_rows].float()
    begin = 0
    while begin < len(group):
        end = begin + 1
        while end < len(group) and rows[end + 1] - rows[begin] <= batch_tokens:
            end += 1
        yield _to_batch(group, kept, rows, x, begin, end, first)
        begin = end


def _to_batch(
    group: list[tuple[Prompt, TokenizedPrompt]],
    kept: list[list[int]],
    rows: list[int],
    x: dict[int, Tensor],
    begin: int,
    end: int,
    first: int,
) -> ActivationBatch:
    """The prompts `begin` to `end` of a group that starts at ordinal `first`."""
    places = [(i, j) for i in range(begin, end) for j in kept[i]]
    reads = [read for _, read in group]

    def column(values: Iterable[int]) -> Tensor:
        return torch.tensor(list(values), dtype=torch.int64)

    return ActivationBatch(
        x={layer: values[rows[begin] : rows[end]] for layer, values in x.items()},
        prompt=column(first + i for i, _ in places),
        prompts=[prompt for prompt, _ in group[begin:end]],
        first_prompt=first + begin,
        token_index=column(j for _, j in places),
        token_id=column(reads[i].ids[j] for i, j in places),
        char_start=column(reads[i].char_start[j] for i, j in places),
        char_end=column(reads[i].char_end[j] for i, j in places),
        tokens=[reads[i].tokens[j] for i, j in places],
        n_skipped=sum(len(reads[i].ids) - len(kept[i]) for i in range(begin, end)),
    )

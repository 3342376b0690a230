"""A loaded model: tokens in, block outputs out."""

import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from itda_core.corpus import Prompt
from itda_core.errors import InputError
from itda_core.models.checkpoint import Weights, hash_files
from itda_core.tokens import TokenizedPrompt, check_text, plain_tokenizer, read_encoding

_LONGEST = 8192  # tokens; attention over more is beyond what this program is for
_UNLIMITED = 2048  # tokens, for a model that names no limit
_BUFFER = 256 << 20  # bytes of activations held to put prompts back into their order
_NO_BLOCK = ("Attention", "Norm", "FFN", "MLP")


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


class _Stop(Exception):
    """The last wanted block has spoken."""


class LanguageModel:
    """A decoder or encoder with its tokenizer. Made by `load_model`; safe to share by threads.

    A layer is the raw output of a block, counted from 0 (before any final norm).
    """

    def __init__(
        self,
        *,
        network: Any,
        tokenizer: Any,
        config: Any,
        name: str,
        path: Path,
        revision: str | None,
        causal: bool,
        weights: Weights,
        has_head: bool,
    ) -> None:
        text = config.get_text_config()
        self.id = name
        self.path = path
        self.revision = revision
        self.is_causal = causal
        self.n_layers: int = text.num_hidden_layers
        self.d_model: int = text.hidden_size
        self.vocab_size: int = text.vocab_size
        self.architecture: str = type(network).__name__
        self.tokenizer = tokenizer
        self.plain_tokenizer = plain_tokenizer(tokenizer)
        self.special_token_ids = _special_ids(tokenizer)
        probe = self.plain_tokenizer.encode("a").special_tokens_mask
        self.bos_handling = "tokenizer adds" if probe and probe[0] else "none"
        self.max_length = _max_length(network, text, tokenizer)
        self.parameters = weights.parameters
        self._files = weights.files
        self._network = network
        self._has_head = has_head
        self._blocks = _find_blocks(network, self.n_layers, name)
        embeddings = self._network.get_input_embeddings()
        self._n_embeddings = getattr(embeddings, "num_embeddings", self.vocab_size)
        pad = tokenizer.pad_token_id
        pad = getattr(text, "pad_token_id", None) if pad is None else pad
        self._pad_id = pad if pad is not None and 0 <= pad < self._n_embeddings else 0
        self._lock = threading.RLock()

    @property
    def device(self) -> torch.device:
        """Where the weights are."""
        return next(self._network.parameters()).device

    @property
    def coding_device(self) -> torch.device:
        """Where activations are coded: here on CUDA, else the CPU (Apple's GPU lacks float64)."""
        return self.device if self.device.type == "cuda" else torch.device("cpu")

    @property
    def dtype(self) -> torch.dtype:
        """What the weights are in; activations are handed out in float32 all the same."""
        return next(self._network.parameters()).dtype

    @property
    def weights_hash(self) -> str:
        """sha256 of the safetensors file, or of the names and sha256s of several."""
        return hash_files(self._files)

    def describe(self) -> dict[str, Any]:
        """What identifies the model and how it is run; fit for JSON, no path in it."""
        return {
            "id": self.id,
            "revision": self.revision,
            "weights_hash": self.weights_hash,
            "architecture": self.architecture,
            "causal": self.is_causal,
            "n_layers": self.n_layers,
            "d_model": self.d_model,
            "vocab_size": self.vocab_size,
            "parameters": self.parameters,
            "max_length": self.max_length,
            "bos_handling": self.bos_handling,
            "device": str(self.device),
            "dtype": str(self.dtype).removeprefix("torch."),
        }

    def check_layer(self, layer: int) -> None:
        """InputError unless `layer` is one of this model's."""
        if isinstance(layer, bool) or not isinstance(layer, int) or not 0 <= layer < self.n_layers:
            raise InputError(
                f"layer {layer!r} is out of range: {self.id} has layers 0 to {self.n_layers - 1}"
            )

    def tokenize(self, text: str, max_length: int | None = None) -> TokenizedPrompt:
        """`text` as the model reads it, at most `max_length` tokens (default: all it takes).

        Special tokens are those the tokenizer adds; a BOS it does not add is not added here
        (see `bos_handling`). InputError for half a surrogate pair or a length out of range.
        """
        limit = self._check_length(self.max_length if max_length is None else max_length)
        check_text(text)
        encoding = self.plain_tokenizer.encode(text)
        return read_encoding(text, encoding, self.special_token_ids, limit)

    def text_of(self, ids: Sequence[int]) -> str:
        """Token ids as they would stand in a text, special ones by their name."""
        return str(self.tokenizer.decode(list(ids)))

    def activations(
        self,
        prompts: Iterable[Prompt],
        layers: Sequence[int],
        *,
        batch_tokens: int | None = None,
        max_length: int = 128,
        skip_special: bool = True,
    ) -> Iterator[ActivationBatch]:
        """The outputs of the blocks `layers` for every token of `prompts`, in order.

        A pass holds up to `batch_tokens` tokens, padding included (by default 2048 on a CPU, 16384
        elsewhere), and ends after the last of `layers`. Prompts are read ahead and run sorted by
        length; what runs together depends on the arguments alone, so a repeated call gives the
        same bits. A prompt longer than `max_length` tokens is cut. InputError for a layer, a
        length or a text out of range.
        """
        for layer in layers:
            self.check_layer(layer)
        if not layers:
            raise InputError(f"no layer given: {self.id} has layers 0 to {self.n_layers - 1}")
        if batch_tokens is None:
            batch_tokens = 2048 if self.device.type == "cpu" else 16384
        if batch_tokens < 1:
            raise InputError(f"batch_tokens {batch_tokens} is out of range: expected 1 or more")
        limit = self._check_length(min(max_length, self.max_length))
        wanted = sorted(set(layers))
        return self._activations(iter(prompts), wanted, batch_tokens, limit, skip_special)

    def forward_patched(
        self,
        ids: Tensor,
        attention_mask: Tensor | None,
        layer: int,
        replacement: Tensor | Callable[[Tensor], Tensor] | None,
    ) -> Tensor:
        """Next-token logits (B, T, vocabulary) float32 with the output of block `layer` replaced.

        `ids` and `attention_mask`: (B, T) int64, padding on the right. `replacement`: (B, T,
        d_model), or a function from the block's output to that, both in float32; None leaves the
        pass untouched. InputError for an encoder; ValueError for a wrong shape.
        """
        self.check_layer(layer)
        self.check_predicts()

        def replace(_module: nn.Module, _args: Any, output: Any) -> Any:
            hidden = _hidden(output)
            new = replacement(hidden.float()) if callable(replacement) else replacement
            assert new is not None
            if new.shape != hidden.shape:
                raise ValueError(f"replacement is {tuple(new.shape)}, not {tuple(hidden.shape)}")
            new = new.to(hidden.device, hidden.dtype)
            return (new, *output[1:]) if isinstance(output, tuple) else new

        hooks = {} if replacement is None else {layer: replace}
        with self._hooked(hooks), torch.no_grad():
            return self._forward(ids, attention_mask).logits.float()

    def direct_logits(self, directions: Tensor) -> Tensor:
        """Next-token logits (n, vocabulary) float32 of directions (n, d_model) alone.

        Each goes through the model's final norm and output head as if it were the whole residual
        stream; what the norm and the head give for nothing (their biases) is taken off. So the
        length of a direction does not matter. InputError for an encoder.
        """
        self.check_predicts()
        head = self._network.get_output_embeddings()
        norm = _final_norm(self._network, self._blocks)
        rows = directions.to(self.device, self.dtype)
        with torch.inference_mode():
            if head.weight.shape[1] != rows.shape[1]:
                raise InputError(
                    f"{self.id}: its output head reads vectors of {head.weight.shape[1]}, not of "
                    f"{rows.shape[1]}: the effect of a direction on its logits is not defined"
                )
            rows = norm(rows) - norm(torch.zeros_like(rows[:1]))
            return torch.nn.functional.linear(rows, head.weight).float()

    def check_predicts(self) -> None:
        """InputError unless the model predicts next tokens: a decoder with its output head."""
        if not self.is_causal or not self._has_head:
            why = "is an encoder" if not self.is_causal else "comes without its output head"
            raise InputError(
                f"{self.id} {why}: it has no next-token predictions; choose a causal language model"
            )

    def _activations(
        self,
        prompts: Iterator[Prompt],
        layers: list[int],
        batch_tokens: int,
        limit: int,
        skip_special: bool,
    ) -> Iterator[ActivationBatch]:
        ahead = _BUFFER // (4 * self.d_model * len(layers))
        ahead = max(batch_tokens, min(ahead, 8 * batch_tokens))
        group: list[tuple[Prompt, TokenizedPrompt]] = []
        size = ordinal = 0
        for read in self._tokenized(prompts, limit):
            group.append(read)
            size += len(read[1].ids)
            if size >= ahead:
                yield from self._run_group(group, layers, batch_tokens, skip_special, ordinal)
                ordinal += len(group)
                group, size = [], 0
        if group:
            yield from self._run_group(group, layers, batch_tokens, skip_special, ordinal)

    def _tokenized(
        self, prompts: Iterator[Prompt], limit: int
    ) -> Iterator[tuple[Prompt, TokenizedPrompt]]:
        """Each prompt with its tokens; the tokenizer gets 64 at a time."""
        some: list[Prompt] = []

        def read() -> Iterator[tuple[Prompt, TokenizedPrompt]]:
            for prompt in some:
                check_text(prompt.text)
            encodings = self.plain_tokenizer.encode_batch([prompt.text for prompt in some])
            for prompt, encoding in zip(some, encodings, strict=True):
                yield (
                    prompt,
                    read_encoding(prompt.text, encoding, self.special_token_ids, limit),
                )

        for prompt in prompts:
            some.append(prompt)
            if len(some) == 64:
                yield from read()
                some = []
        yield from read()

    def _run_group(
        self,
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
        x = {layer: torch.empty(rows[-1], self.d_model, device=self.device) for layer in layers}
        lengths = [len(read.ids) for _, read in group]
        order = sorted((i for i in range(len(group)) if kept[i]), key=lambda i: -lengths[i])
        while order:
            width = lengths[order[0]]
            batch, order = _split(order, max(1, batch_tokens // width))
            outputs = self._blocks_of([group[i][1].ids for i in batch], width, layers)
            source = [b * width + j for b, i in enumerate(batch) for j in kept[i]]
            target = [row for i in batch for row in range(rows[i], rows[i + 1])]
            source_rows = torch.tensor(source, device=self.device)
            target_rows = torch.tensor(target, device=self.device)
            for layer in layers:
                x[layer][target_rows] = outputs[layer].flatten(0, 1)[source_rows].float()
        begin = 0
        while begin < len(group):
            end = begin + 1
            while end < len(group) and rows[end + 1] - rows[begin] <= batch_tokens:
                end += 1
            yield _to_batch(group, kept, rows, x, begin, end, first)
            begin = end

    def _blocks_of(
        self, prompts: list[list[int]], width: int, layers: list[int]
    ) -> dict[int, Tensor]:
        """Layer -> (B, width, d_model) for token ids padded on the right."""
        ids = torch.full((len(prompts), width), self._pad_id)
        mask = torch.zeros_like(ids)
        for row, prompt in enumerate(prompts):
            ids[row, : len(prompt)] = torch.tensor(prompt)
            mask[row, : len(prompt)] = 1
        outputs: dict[int, Tensor] = {}

        def keep(layer: int) -> Callable[[nn.Module, Any, Any], None]:
            def hook(_module: nn.Module, _args: Any, output: Any) -> None:
                outputs[layer] = _hidden(output)
                if layer == layers[-1]:
                    raise _Stop

            return hook

        hooks = {layer: keep(layer) for layer in layers}
        with self._hooked(hooks), torch.inference_mode(), suppress(_Stop):
            self._forward(ids, mask)
        for layer in layers:
            expected = (len(prompts), width, self.d_model)
            if layer not in outputs or outputs[layer].shape != expected:
                got = tuple(outputs[layer].shape) if layer in outputs else "nothing"
                raise InputError(
                    f"{self.id} ({self.architecture}): block {layer} gives {got}, expected "
                    f"{expected}: this architecture is not supported; choose another"
                )
        return outputs

    def _forward(self, ids: Tensor, mask: Tensor | None) -> Any:
        """One pass of the whole network, or up to a hook that stops it."""
        if ids.numel() and int(ids.max()) >= self._n_embeddings:
            raise InputError(
                f"{self.id}: token id {int(ids.max())} of its tokenizer has no embedding (there "
                f"are {self._n_embeddings}): expected tokenizer and weights of one model"
            )
        mask = None if mask is None else mask.to(self.device)
        extra = {"use_cache": False} if self.is_causal else {}
        return self._network(input_ids=ids.to(self.device), attention_mask=mask, **extra)

    @contextmanager
    def _hooked(self, hooks: dict[int, Callable[..., Any]]) -> Iterator[None]:
        """Forward hooks on blocks, for this thread alone."""
        with self._lock:
            handles = [self._blocks[i].register_forward_hook(hook) for i, hook in hooks.items()]
            try:
                yield
            finally:
                for handle in handles:
                    handle.remove()

    def _check_length(self, length: int) -> int:
        least = self.plain_tokenizer.num_special_tokens_to_add(False) + 1
        if not least <= length <= self.max_length:
            raise InputError(
                f"length {length} is out of range: {self.id} takes {least} to {self.max_length} "
                "tokens"
            )
        return length


def _split(items: list[int], n: int) -> tuple[list[int], list[int]]:
    return items[:n], items[n:]


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


def _hidden(output: Any) -> Tensor:
    """The hidden state in what a block returns."""
    return output[0] if isinstance(output, tuple) else output


def _find_blocks(network: nn.Module, n_layers: int, name: str) -> nn.ModuleList:
    """The first list of `n_layers` modules that are whole blocks of the text model."""
    for path, module in network.named_modules():
        if any(part in path for part in ("vision", "visual", "audio")):
            continue
        if isinstance(module, nn.ModuleList) and len(module) == n_layers:
            kind = type(module[0]).__name__
            if not any(part in kind for part in _NO_BLOCK):
                return module
    raise InputError(
        f"{name}: no list of {n_layers} blocks in {type(network).__name__}: this architecture is "
        "not supported; choose another model"
    )


def _final_norm(network: nn.Module, blocks: nn.ModuleList) -> Callable[[Tensor], Tensor]:
    """The norm between the last block and the head; where there is none, nothing is done."""
    for module in network.modules():
        children = list(module.children())
        if any(child is blocks for child in children):
            norms = [child for child in children if "norm" in type(child).__name__.lower()]
            return norms[-1] if norms else lambda x: x
    return lambda x: x


def _special_ids(tokenizer: Any) -> frozenset[int]:
    """Ids of BOS, EOS, PAD, CLS, SEP and all other special tokens.

    The unknown token is none of them where it is no more than that: it stands for text.
    """
    roles = ("bos", "eos", "pad", "cls", "sep")
    named: set[Any] = {getattr(tokenizer, f"{role}_token_id", None) for role in roles} - {None}
    added = {i for i, token in tokenizer.added_tokens_decoder.items() if token.special}
    unknown = {tokenizer.unk_token_id} - named
    return frozenset((named | added | set(tokenizer.all_special_ids)) - unknown)


def _max_length(network: nn.Module, text_config: Any, tokenizer: Any) -> int:
    """Tokens the model can take: its positions, its tokenizer's limit, and a sane cap."""
    limits = [_LONGEST, tokenizer.model_max_length]
    positions = getattr(text_config, "max_position_embeddings", None)
    if isinstance(positions, int) and positions > 0:
        limits.append(positions)
    elif tokenizer.model_max_length > _LONGEST:
        limits.append(_UNLIMITED)
    for path, module in network.named_modules():
        if path.endswith("position_embeddings") and isinstance(module, nn.Embedding):
            # RoBERTa's kin count positions from the padding index on.
            offset = 0 if module.padding_idx is None else module.padding_idx + 1
            limits.append(module.num_embeddings - offset)
    return int(min(limits))

"""A loaded model: tokens in, block outputs out."""

import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from itda_core.errors import InputError
from itda_core.models.anatomy import final_norm, find_blocks, hidden_state, special_ids, token_limit
from itda_core.models.folders import Weights, hash_files
from itda_core.models.harvest import ActivationBatch, harvest
from itda_core.text.corpus import Prompt
from itda_core.text.tokens import TokenizedPrompt, check_text, plain_tokenizer, read_encoding


class _PassEnds(Exception):
    """Raised by the last block that is wanted: what follows it need not run."""


class ReadText(NamedTuple):
    """One text as a model reads it: its T tokens and what the blocks make of them."""

    tokens: TokenizedPrompt
    x: dict[int, Tensor]
    """Layer -> (T, d_model) float32 on the model's device, special tokens included."""


class LanguageModel:
    """A decoder or encoder with its tokenizer, made by ``load_model``; threads may share it.

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
        self.special_token_ids = special_ids(tokenizer)
        probe = self.plain_tokenizer.encode("a").special_tokens_mask
        self.bos_handling = "tokenizer adds" if probe and probe[0] else "none"
        self.max_length = token_limit(network, text, tokenizer)
        self.parameters = weights.parameters
        self._files = weights.files
        self._network = network
        self._has_head = has_head
        self._blocks = find_blocks(network, self.n_layers, name)
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
        """Raise InputError unless ``layer`` is one of this model's."""
        if isinstance(layer, bool) or not isinstance(layer, int) or not 0 <= layer < self.n_layers:
            raise InputError(
                f"layer {layer!r} is out of range: {self.id} has layers 0 to {self.n_layers - 1}"
            )

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

    def read(self, text: str, layers: Sequence[int]) -> ReadText:
        """The tokens of one text, as ``tokenize`` gives them, and its activations at ``layers``.

        Raises:
            InputError: a layer out of range, or half a surrogate pair.
        """
        wanted = self._check_layers(layers)
        tokens = self.tokenize(text)
        if not tokens.ids:  # there is nothing to run
            return ReadText(tokens, {layer: torch.empty(0, self.d_model) for layer in wanted})
        outputs = self.block_outputs([tokens.ids], len(tokens.ids), wanted)  # (1, T, d) each
        # A copy: what is kept of a pass is not the pass's own memory, and may be written to.
        x = {layer: hidden[0].to(torch.float32, copy=True) for layer, hidden in outputs.items()}
        return ReadText(tokens, x)

    def activations(
        self,
        prompts: Iterable[Prompt],
        layers: Sequence[int],
        *,
        batch_tokens: int | None = None,
        max_length: int = 128,
        skip_special: bool = True,
    ) -> Iterator[ActivationBatch]:
        """The outputs of the blocks ``layers`` for every token of ``prompts``, in order.

        A pass holds up to ``batch_tokens`` tokens, padding included (by default 2048 on a CPU,
        16384 elsewhere), and ends after the last of ``layers``. Prompts are read ahead and run
        sorted by length; what runs together depends on the arguments alone, so a repeated call
        gives the same bits. A prompt longer than ``max_length`` tokens is cut.

        Raises:
            InputError: a layer, a length or a text out of range.
        """
        wanted = self._check_layers(layers)
        if batch_tokens is None:
            batch_tokens = 2048 if self.device.type == "cpu" else 16384
        if batch_tokens < 1:
            raise InputError(f"batch_tokens {batch_tokens} is out of range: expected 1 or more")
        limit = self._check_length(min(max_length, self.max_length))
        return harvest(self, iter(prompts), wanted, batch_tokens, limit, skip_special)

    def block_outputs(
        self, prompts: list[list[int]], width: int, layers: list[int]
    ) -> dict[int, Tensor]:
        """One pass of B prompts' token ids: layer -> (B, ``width``, d_model) as the blocks give it.

        Shorter prompts are padded on the right. ``layers`` ascend; the pass ends after the last.

        Raises:
            InputError: an architecture whose blocks give something else.
        """
        ids = torch.full((len(prompts), width), self._pad_id)  # (B, width)
        mask = torch.zeros_like(ids)
        for row, prompt in enumerate(prompts):
            ids[row, : len(prompt)] = torch.tensor(prompt)
            mask[row, : len(prompt)] = 1
        outputs: dict[int, Tensor] = {}

        def record(layer: int) -> Callable[[nn.Module, Any, Any], None]:
            def hook(_module: nn.Module, _args: Any, output: Any) -> None:
                outputs[layer] = hidden_state(output)  # (B, width, d)
                if layer == layers[-1]:
                    raise _PassEnds

            return hook

        hooks = {layer: record(layer) for layer in layers}
        with self._hooked(hooks), torch.inference_mode(), suppress(_PassEnds):
            self._forward(ids, mask)
        for layer in layers:
            expected = (len(prompts), width, self.d_model)
            if layer not in outputs or outputs[layer].shape != expected:
                shape = tuple(outputs[layer].shape) if layer in outputs else "nothing"
                raise InputError(
                    f"{self.id} ({self.architecture}): block {layer} gives {shape}, expected "
                    f"{expected}: this architecture is not supported; choose another"
                )
        return outputs

    def forward_patched(
        self,
        ids: Tensor,
        attention_mask: Tensor | None,
        layer: int,
        replacement: Tensor | Callable[[Tensor], Tensor] | None,
    ) -> Tensor:
        """Next-token logits (B, T, vocabulary) float32 with the output of block ``layer`` replaced.

        ``ids`` and ``attention_mask``: (B, T) int64, padding on the right. ``replacement``: (B, T,
        d_model), or a function from the block's output to that, both in float32; None leaves the
        pass untouched.

        Raises:
            InputError: a layer out of range, or a model without predictions.
            ValueError: a replacement of another shape.
        """
        self.check_layer(layer)
        self.check_predicts()

        def replace(_module: nn.Module, _args: Any, output: Any) -> Any:
            hidden = hidden_state(output)  # (B, T, d)
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
        length of a direction does not matter.

        Raises:
            InputError: a model without predictions, or a head of another width.
        """
        self.check_predicts()
        head = self._network.get_output_embeddings()
        norm = final_norm(self._network, self._blocks)
        rows = directions.to(self.device, self.dtype)  # (n, d)
        with torch.inference_mode():
            if head.weight.shape[1] != rows.shape[1]:
                raise InputError(
                    f"{self.id}: its output head reads vectors of {head.weight.shape[1]}, not of "
                    f"{rows.shape[1]}: the effect of a direction on its logits is not defined"
                )
            rows = norm(rows) - norm(torch.zeros_like(rows[:1]))
            return torch.nn.functional.linear(rows, head.weight).float()  # (n, vocabulary)

    def check_predicts(self) -> None:
        """Raise InputError unless this is a decoder with its output head: it predicts tokens."""
        if not self.is_causal or not self._has_head:
            why = "is an encoder" if not self.is_causal else "comes without its output head"
            raise InputError(
                f"{self.id} {why}: it has no next-token predictions; choose a causal language model"
            )

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

    def _check_layers(self, layers: Sequence[int]) -> list[int]:
        """``layers``, each once and ascending. InputError for none, or one out of range."""
        for layer in layers:
            self.check_layer(layer)
        if not layers:
            raise InputError(f"no layer given: {self.id} has layers 0 to {self.n_layers - 1}")
        return sorted(set(layers))

    def _check_length(self, length: int) -> int:
        least = self.plain_tokenizer.num_special_tokens_to_add(False) + 1
        if not least <= length <= self.max_length:
            raise InputError(
                f"length {length} is out of range: {self.id} takes {least} to {self.max_length} "
                "tokens"
            )
        return length

"""A loaded model: tokens in, block outputs out."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

import torch
from torch import Tensor

from itda_core.errors import InputError
from itda_core.models import identity
from itda_core.models.folders import Weights, hash_files
from itda_core.models.harvest import ActivationBatch, harvest
from itda_core.models.network.anatomy import count_embeddings, end_ids, token_limit
from itda_core.models.network.findings import findings_key, keep_findings, read_findings
from itda_core.models.network.passes import Passes
from itda_core.models.network.probe import Findings, is_padding_neutral, probe, settle
from itda_core.models.text_reader import TextReader
from itda_core.text.corpus import Prompt
from itda_core.text.tokens import TokenizedPrompt

_ROWS = 256
"""Directions that go through the network together."""


class ReadText(NamedTuple):
    """One text as a model reads it: its T tokens and what the blocks make of them."""

    tokens: TokenizedPrompt
    x: dict[int, Tensor]
    """Layer -> (T, d_model) float32 on the model's device, special tokens included."""


class LanguageModel(TextReader):
    """A network with its tokenizer, made by ``load_model``; threads may share it.

    A layer is the raw output of a block, counted from 0 (before any final norm). What the network
    can do is tried when it is loaded: ``causal``, ``predicts``, ``alone_in_batch``,
    ``blocks_once``.
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
        weights: Weights,
        missing: frozenset[str] = frozenset(),
        unused: tuple[str, ...] = (),
    ) -> None:
        """``missing``: tensors of ``network`` that its files do not hold; ``unused``: the reverse.

        Raises:
            InputError: a network that cannot be used.
        """
        text = config.get_text_config()
        super().__init__(tokenizer, end_ids(path, tokenizer), token_limit(network, text, tokenizer))
        self.id = name
        self.path = path
        self.revision = revision
        self.n_layers: int = text.num_hidden_layers
        self.d_model: int = text.hidden_size
        self.architecture: str = type(network).__name__
        self.parameters = weights.parameters
        self.unused = unused
        """Tensors in the files that the network does not take, and need not."""
        self._files = weights.files
        self._network = network
        n_embeddings = count_embeddings(network, text.vocab_size)
        self.vocab_size: int = text.vocab_size
        pad = tokenizer.pad_token_id
        pad = getattr(text, "pad_token_id", None) if pad is None else pad
        pad = pad if isinstance(pad, int) and 0 <= pad < n_embeddings else 0
        self._passes = Passes(network, name, self.d_model, n_embeddings, pad)
        self._ordinary = self.ordinary_ids(n_embeddings)
        self._findings = self._find(missing)

    @property
    def device(self) -> torch.device:
        """Where the weights are."""
        return self._passes.device

    @property
    def coding_device(self) -> torch.device:
        """Where activations are coded: here on CUDA, else the CPU (Apple's GPU lacks float64)."""
        return self.device if self.device.type == "cuda" else torch.device("cpu")

    @property
    def dtype(self) -> torch.dtype:
        """What the weights are in; activations are handed out in float32 all the same."""
        return next(self._network.parameters()).dtype

    @property
    def causal(self) -> bool:
        """Whether no activation depends on a later token."""
        return self._findings.causal

    @property
    def predicts(self) -> bool:
        """Whether it has next-token predictions: it is causal and has its output head."""
        return self._findings.predicts

    @property
    def alone_in_batch(self) -> bool:
        """Whether padding changes activations, so that only prompts of one length share a pass."""
        return self._findings.alone_in_batch

    @property
    def blocks_once(self) -> bool:
        """Whether each block runs once a pass; else a layer is what its last run gives."""
        return self._findings.blocks_once

    @property
    def weights_hash(self) -> str:
        """sha256 of the safetensors file, or of the names and sha256s of several."""
        return hash_files(self._files)

    @cached_property
    def config_hash(self) -> str:
        """sha256 of what config.json says that activations may depend on."""
        return identity.config_hash(self.path)

    def _find(self, missing: frozenset[str]) -> Findings:
        """What is kept of this model's findings, else the probe's."""
        findings = read_findings(self._key)
        if findings is None or not self._passes.has_blocks(findings.blocks, findings.runs):
            findings = probe(self._passes, self.n_layers, self._ordinary, self.max_length, missing)
            keep_findings(self._key, findings)
        else:
            self._passes.set_blocks(findings.blocks, findings.runs)
            settle(self._passes, self._ordinary, self.max_length)
        return findings

    @cached_property
    def _key(self) -> str:
        """All that findings depend on."""
        return findings_key(
            self.weights_hash,
            self.tokenizer_hash,
            self.config_hash,
            self.architecture,
            str(self.dtype),
            self.device.type,
        )

    def describe(self) -> dict[str, Any]:
        """What identifies the model and how it is run; fit for JSON, no path in it."""
        return {
            "id": self.id,
            "revision": self.revision,
            "weights_hash": self.weights_hash,
            "tokenizer_hash": self.tokenizer_hash,
            "config_hash": self.config_hash,
            "architecture": self.architecture,
            "causal": self.causal,
            "predicts": self.predicts,
            "alone_in_batch": self.alone_in_batch,
            "blocks_once": self.blocks_once,
            "n_layers": self.n_layers,
            "d_model": self.d_model,
            "vocab_size": self.vocab_size,
            "parameters": self.parameters,
            "max_length": self.max_length,
            "bos_handling": self.bos_handling,
            "device": str(self.device),
            "dtype": str(self.dtype).removeprefix("torch."),
        }

    def notes(self) -> list[str]:
        """What is unusual about the model, a line each; none of it keeps it from being used."""
        notes = []
        if not self.predicts:
            notes.append(
                f"{self.id} has no next-token predictions ({self._findings.silent}): no CE loss, "
                "no logit effects"
            )
        if self.alone_in_batch:
            notes.append(
                f"{self.id}: padding changes its activations, so only prompts of one length run "
                "together, which takes longer"
            )
        if not self.blocks_once:
            notes.append(f"{self.id}: a block runs more than once; a layer is its last output")
        if self.unused:
            notes.append(
                f"{self.id}: {len(self.unused)} tensors in its files are not used, such as "
                f"{self.unused[0]}"
            )
        return notes

    def check_layer(self, layer: int) -> None:
        """Raise InputError unless ``layer`` is one of this model's."""
        if isinstance(layer, bool) or not isinstance(layer, int) or not 0 <= layer < self.n_layers:
            raise InputError(
                f"layer {layer!r} is out of range: {self.id} has layers 0 to {self.n_layers - 1}"
            )

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

    def may_share_pass(self, shortest: int, longest: int) -> bool:
        """Whether prompts of these lengths in tokens have the same activations in one pass.

        Padding beyond what was tried so far is tried now.

        Raises:
            InputError: the model cannot read ``longest`` tokens.
        """
        if shortest == longest:
            return True
        found = self._findings
        if not found.alone_in_batch and longest > found.padding_tried:
            # A power of two, so that prompts which grow a little do not bring a trial each.
            width = min(1 << (longest - 1).bit_length(), self.max_length)
            if is_padding_neutral(self._passes, self._ordinary, width):
                found = found._replace(padding_tried=width)
            else:
                found = found._replace(alone_in_batch=True)
            self._findings = found
            keep_findings(self._key, found)
        return not found.alone_in_batch

    def block_outputs(
        self, prompts: list[list[int]], width: int, layers: list[int]
    ) -> dict[int, Tensor]:
        """One pass of B prompts' token ids: layer -> (B, ``width``, d_model) as the blocks give it.

        Shorter prompts are padded on the right. ``layers`` ascend; the pass ends after the last.

        Raises:
            InputError: whatever the network raises.
        """
        return self._passes.outputs(prompts, width, layers)

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
        return self._passes.patched(ids, attention_mask, layer, replacement)

    def direct_logits(self, directions: Tensor) -> Tensor:
        """Next-token logits (n, vocabulary) float32 of directions (n, d_model) alone.

        Each goes through the network as if it were the last block's output, with whatever stands
        between that and the logits (norm, projection, scale, cap); what zeros give there is taken
        off.

        Raises:
            InputError: a model without predictions.
        """
        last = self.n_layers - 1

        def logits(rows: Tensor) -> Tensor:
            ids = torch.full((len(rows), 1), self._ordinary[0])
            return self.forward_patched(ids, None, last, rows[:, None])[:, 0]  # (n, V)

        nothing = logits(torch.zeros(1, self.d_model))  # (1, V)
        return torch.cat([logits(rows) - nothing for rows in directions.float().split(_ROWS)])

    def check_predicts(self) -> None:
        """Raise InputError unless the model predicts the next token."""
        if not self.predicts:
            raise InputError(
                f"{self.id} has no next-token predictions ({self._findings.silent}); choose a "
                "causal language model"
            )

    def _check_layers(self, layers: Sequence[int]) -> list[int]:
        """``layers``, each once and ascending. InputError for none, or one out of range."""
        for layer in layers:
            self.check_layer(layer)
        if not layers:
            raise InputError(f"no layer given: {self.id} has layers 0 to {self.n_layers - 1}")
        return sorted(set(layers))

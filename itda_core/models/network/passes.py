"""Passes of a network: its blocks watched, stopped after one, or given another output."""

from __future__ import annotations

import inspect
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import Any

import torch
from torch import Tensor, nn

from itda_core.errors import InputError
from itda_core.models.network.anatomy import block_lists, hidden_state, replace_hidden_state

Hook = Callable[[Any], Any]
"""From what a block gives to what takes its place; None leaves it as it is."""


class PassEnds(Exception):
    """Raised by a hook: what follows in the pass need not run."""


class _HookFailed(Exception):
    """Around an exception of a hook, which is not the network's."""


class Passes:
    """A network that is run: the one place that calls it. Threads may share it."""

    def __init__(self, network: Any, name: str, d_model: int, n_embeddings: int, pad_id: int):
        self.network = network
        self.name = f"{name} ({type(network).__name__})"
        """What errors call it."""
        self.blocks: Sequence[nn.Module] = ()
        self.runs: Sequence[int] = ()
        """How often each block runs in a pass; the output of its last run is the layer's."""
        self.d_model = d_model
        self._n_embeddings = n_embeddings
        self._pad_id = pad_id
        self._lock = threading.RLock()
        parameters = inspect.signature(network.forward).parameters.values()
        self._takes = {p.name for p in parameters}
        self._takes_all = any(p.kind is p.VAR_KEYWORD for p in parameters)

    @property
    def device(self) -> torch.device:
        """Where the weights are."""
        return next(self.network.parameters()).device

    def run(self, ids: Tensor, mask: Tensor | None) -> Any:
        """One pass (ids and mask (B, T) int64), whole or up to a hook that ends it.

        Raises:
            InputError: whatever the network raises, with its name.
        """
        if ids.numel() and int(ids.max()) >= self._n_embeddings:
            raise InputError(
                f"{self.name}: token id {int(ids.max())} of its tokenizer has no embedding (there "
                f"are {self._n_embeddings}): expected tokenizer and weights of one model"
            )
        given: dict[str, Any] = {}
        if self._takes_all or "attention_mask" in self._takes:
            given["attention_mask"] = None if mask is None else mask.to(self.device)
        if "use_cache" in self._takes:
            given["use_cache"] = False
        try:
            return self.network(input_ids=ids.to(self.device), **given)
        except PassEnds:
            raise
        except _HookFailed as failure:
            assert failure.__cause__ is not None
            raise failure.__cause__ from None
        except torch.OutOfMemoryError:
            raise InputError(
                f"{self.name}: {ids.shape[0]} prompts of {ids.shape[1]} tokens do not fit into the "
                f"memory of {self.device}: shorten them, or use the device cpu"
            ) from None
        except Exception as error:  # theirs are of every kind
            text = " ".join(str(error).split())[:160] or "no reason given"
            reason = f"{type(error).__name__}: {text}"
            if not self.blocks:  # the first pass of all
                raise InputError(
                    f"{self.name}: does not run on the tokens of a text and nothing else "
                    f"({reason}): this architecture is not supported; choose another model"
                ) from None
            raise InputError(
                f"{self.name}: cannot read a prompt of {ids.shape[1]} tokens ({reason}): give a "
                "shorter one, or choose another model"
            ) from None

    def padded(self, prompts: Sequence[Sequence[int]], width: int) -> tuple[Tensor, Tensor]:
        """ids and mask (B, ``width``) int64 of B prompts, padded on the right."""
        ids = torch.full((len(prompts), width), self._pad_id)
        mask = torch.zeros_like(ids)
        for row, prompt in enumerate(prompts):
            ids[row, : len(prompt)] = torch.tensor(list(prompt))
            mask[row, : len(prompt)] = 1
        return ids, mask

    def outputs(
        self, prompts: Sequence[Sequence[int]], width: int, layers: Sequence[int]
    ) -> dict[int, Tensor]:
        """Layer -> (B, ``width``, d) as the blocks give it; the pass ends after the last layer.

        ``layers`` ascend.

        Raises:
            InputError: an architecture whose blocks give something else.
        """
        ids, mask = self.padded(prompts, width)
        outputs: dict[int, Tensor] = {}

        def record(layer: int) -> Hook:
            def hook(output: Any) -> None:
                hidden = hidden_state(output, self.d_model)
                if hidden is not None:
                    outputs[layer] = hidden  # (B, width, d)
                if layer == layers[-1] and all(run == 1 for run in self.runs):
                    raise PassEnds

            return hook

        hooks = {layer: record(layer) for layer in layers}
        with self.hooked(hooks), torch.inference_mode(), suppress(PassEnds):
            self.run(ids, mask)
        for layer in layers:
            expected = (len(prompts), width, self.d_model)
            if layer not in outputs or outputs[layer].shape != expected:
                shape = tuple(outputs[layer].shape) if layer in outputs else "nothing"
                raise InputError(
                    f"{self.name}: block {layer} gives {shape}, expected {expected}: this "
                    "architecture is not supported; choose another"
                )
        return outputs

    def patched(
        self,
        ids: Tensor,
        mask: Tensor | None,
        layer: int,
        replacement: Tensor | Callable[[Tensor], Tensor] | None,
    ) -> Tensor:
        """See ``LanguageModel.forward_patched``."""

        def replace(output: Any) -> Any:
            hidden = hidden_state(output, self.d_model)  # (B, T, d)
            assert hidden is not None
            new = replacement(hidden.float()) if callable(replacement) else replacement
            assert new is not None
            if new.shape != hidden.shape:
                raise ValueError(f"replacement is {tuple(new.shape)}, not {tuple(hidden.shape)}")
            return replace_hidden_state(output, new.to(hidden.device, hidden.dtype))

        hooks = {} if replacement is None else {layer: replace}
        with self.hooked(hooks), torch.no_grad():
            return self.run(ids, mask).logits.float()

    @contextmanager
    def hooked(self, hooks: Mapping[int, Hook]) -> Iterator[None]:
        """``hooks`` on the last run of blocks, for this thread alone."""
        with self._lock:
            handles = [
                self.blocks[i].register_forward_hook(_at_run(self.runs[i], hook))
                for i, hook in hooks.items()
            ]
            try:
                yield
            finally:
                for handle in handles:
                    handle.remove()

    def has_blocks(self, path: str, runs: Sequence[int]) -> bool:
        """Whether there is a list at ``path`` of as many modules as ``runs``."""
        return path in block_lists(self.network, len(runs))

    def set_blocks(self, path: str, runs: Sequence[int]) -> None:
        """The blocks are the modules of the list at ``path``, and each runs so often a pass."""
        self.blocks, self.runs = list(self.network.get_submodule(path)), tuple(runs)

    @contextmanager
    def alone(self) -> Iterator[None]:
        """No other thread runs the network meanwhile."""
        with self._lock:
            yield


def _at_run(number: int, hook: Hook) -> Callable[[nn.Module, Any, Any], Any]:
    """``hook`` at the ``number``-th run of a block in a pass, from 1."""
    runs = 0

    def call(_module: nn.Module, _args: Any, output: Any) -> Any:
        nonlocal runs
        runs += 1
        if runs % number:
            return None
        try:
            return hook(output)
        except PassEnds:
            raise
        except Exception as error:
            raise _HookFailed from error

    return call

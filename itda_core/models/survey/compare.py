"""A tiny network as this program reads it, against the network itself."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from itda_core.models.language_model import LanguageModel
from itda_core.models.survey.families import Family
from itda_core.models.survey.rows import NO_PREDICTIONS, ONE_LENGTH, SUPPORTED
from itda_core.models.survey.tiny import TEXT
from itda_core.text.corpus import Prompt, prompt_id

TOLERANCE = 1e-4
"""Largest relative difference that is rounding."""
_SHORT, _MIDDLE = TEXT[:24], TEXT[20:70]
_TOKENS = 128


def verdict(model: LanguageModel) -> str:
    """What the loaded model says of itself. The one place here that asks."""
    if model.alone_in_batch:
        return ONE_LENGTH
    return NO_PREDICTIONS if model.causal and not model.predicts else SUPPORTED


class Comparison:
    """One tiny model, read in every way: by this program, and by transformers alone."""

    def __init__(self, model: LanguageModel, family: Family, folder: Path) -> None:
        self._model = model
        self._layers = list(range(model.n_layers))
        self._network = _load(family, folder)
        self.difference: float | None = None
        """The largest of block outputs, relative; None where transformers shows none."""
        self.causal: bool | None = None
        """Whether earlier tokens stay as they are when the last one changes."""

    def faults(self) -> Iterator[str]:
        """What is wrong, a line each."""
        short = self._read(_SHORT)
        yield from self._against_transformers()
        if _difference(short, self._read(_SHORT)) > TOLERANCE:
            yield "a prompt's activations change after another prompt"
        yield from self._layers_alone(short)
        yield from self._neighbours()
        yield from self._causality()
        if self._model.predicts:
            yield from self._direct_effects()

    def _read(self, text: str) -> Tensor:
        """(layers, T, d) by the product."""
        x = self._model.read(text, self._layers).x
        return torch.stack([x[layer] for layer in self._layers])

    def _against_transformers(self) -> Iterator[str]:
        for text in (_SHORT, TEXT):
            ours = self._read(text)
            states = self._states(self._ids(text))
            if states is None or states[0].shape != ours[0].shape:
                return
            # The first is what goes into block 0, save in some that show it after each block only.
            aligned = (states[1:], states[:-1])
            theirs = min(aligned, key=lambda some: _difference(ours[:1], some[:1]))
            last = _difference(ours[-1:], theirs[-1:])
            compared = len(ours) if last < 10 * TOLERANCE else len(ours) - 1
            differences = [_difference(ours[i : i + 1], theirs[i : i + 1]) for i in range(compared)]
            self.difference = max([self.difference or 0.0, *differences])
            for layer, difference in enumerate(differences):
                if difference > TOLERANCE:
                    yield (
                        f"block {layer} gives {difference:.1e} other than transformers "
                        f"({len(self._ids(text)[0])} tokens)"
                    )
                    return

    def _layers_alone(self, together: Tensor) -> Iterator[str]:
        for layer in self._layers:
            alone = self._model.read(_SHORT, [layer]).x[layer]
            if _difference(alone[None], together[layer : layer + 1]) > TOLERANCE:
                yield f"block {layer} gives something else when it is asked for alone"
                return

    def _neighbours(self) -> Iterator[str]:
        """Each label, encoded alone, must give its atom back."""
        alone = [self._activations([text]) for text in (TEXT, _SHORT, _MIDDLE)]
        together = self._activations([TEXT, _SHORT, _MIDDLE])
        difference = _difference(together, torch.cat(alone, dim=1))
        if difference > TOLERANCE:
            yield f"{difference:.1e} other beside longer prompts than alone"

    def _causality(self) -> Iterator[str]:
        ids = self._ids(_SHORT)
        other = ids.clone()
        other[0, -1] = ids[0, 0]
        before, after = (self._any_states(one)[:, :-1] for one in (ids, other))
        self.causal = _difference(after, before) < TOLERANCE
        if self._model.causal != self.causal:
            claim = "causal, but earlier" if self._model.causal else "not causal, but no earlier"
            yield f"called {claim} tokens see later ones"

    def _direct_effects(self) -> Iterator[str]:
        """A direction in the place of the last block's output, less nothing in its place."""
        generator = torch.Generator().manual_seed(0)
        rows = torch.randn(8, self._model.d_model, generator=generator)  # (n, d)
        rows = torch.nn.functional.normalize(rows, dim=1)
        theirs, elsewhere = (self._effects(rows, first) for first in (5, 50))
        if _difference(theirs[None], elsewhere[None]) > 10 * TOLERANCE:
            return  # logits depend on other blocks as well: no effect belongs to a direction alone
        ours = _centred(self._model.direct_logits(rows))
        if ours.shape != theirs.shape:
            yield f"direct effects on {ours.shape[1]} logits, not {theirs.shape[1]}"
        elif _difference(ours[None], theirs[None]) > 10 * TOLERANCE:
            cosine = torch.nn.functional.cosine_similarity(ours, theirs).mean()
            ratio = ours.norm() / theirs.norm()
            yield f"direct effects are {ratio:.2f} times the network's, at cosine {cosine:.3f}"

    def _effects(self, rows: Tensor, first: int) -> Tensor:
        """(n, vocabulary) logits of ``rows`` (n, d) in a prompt that begins with that token."""
        ids = torch.arange(first, first + len(rows))[None]
        logits = [
            self._model.forward_patched(ids, None, self._layers[-1], x[None])[0]
            for x in (rows, torch.zeros_like(rows))
        ]
        return _centred(logits[0] - logits[1])

    def _ids(self, text: str) -> Tensor:
        """(1, T) as the product reads the text."""
        return torch.tensor([self._model.tokenize(text).ids])

    def _activations(self, texts: list[str]) -> Tensor:
        """(layers, N, d) of all tokens of all ``texts``, as a build takes them."""
        prompts = [Prompt(prompt_id(text), text, i, "") for i, text in enumerate(texts)]
        length = min(_TOKENS, self._model.max_length)
        batches = self._model.activations(
            prompts, self._layers, max_length=length, skip_special=False
        )
        return torch.cat(
            [torch.stack([batch.x[layer] for layer in self._layers]) for batch in batches], dim=1
        )

    def _any_states(self, ids: Tensor) -> Tensor:
        """(layers, T, d) by transformers' own account, else by the product's."""
        states = self._states(ids)
        if states is not None:
            return states
        blocks = self._model.block_outputs(ids.tolist(), ids.shape[1], self._layers)
        return torch.stack([blocks[layer][0].float() for layer in self._layers])

    def _states(self, ids: Tensor) -> Tensor | None:
        """(layers + 1, T, d) by transformers' own account; None where it has none."""
        with torch.inference_mode():
            try:
                output = self._network(input_ids=ids, output_hidden_states=True)
            except Exception:  # it wants more than tokens
                return None
        states = getattr(output, "hidden_states", None)
        if states is None or len(states) != len(self._layers) + 1:
            return None
        if any(state is None or state.dim() != 3 for state in states):
            return None
        return torch.stack([state[0].float() for state in states])


def _load(family: Family, folder: Path) -> Any:
    """The network of ``folder`` by its own class, so that states are those before a last norm."""
    import transformers

    kind = getattr(transformers, family.class_name)
    network = kind.from_pretrained(folder, dtype=torch.float32).eval()
    for module in network.modules():
        if hasattr(getattr(module, "config", None), "model_type"):
            module.config.tie_last_hidden_states = False
    return network


def _difference(a: Tensor, b: Tensor) -> float:
    """The largest |a - b| / |b| of a row; a, b: (layers, T, d). Infinite for what is not finite."""
    norms = b.norm(dim=-1)
    least = 1e-6 * norms.mean(dim=-1, keepdim=True) + 1e-30
    relative = (a - b).norm(dim=-1) / norms.maximum(least)
    return float(relative.nan_to_num(nan=torch.inf).max()) if relative.numel() else 0.0


def _centred(logits: Tensor) -> Tensor:
    """Logits without what is the same for all tokens, which no probability depends on."""
    return logits - logits.mean(dim=1, keepdim=True)

"""The build of labelled dictionaries from a model and a corpus, which can be resumed.

The harvest goes through the corpus a fixed group of prompts at a time. What a group's
activations are depends on that group alone, so a build that is resumed at a group's boundary
sees the very same activations as one that was never interrupted, and ends with the very same
folder, but for the time in it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, replace
from itertools import islice
from typing import Any, NamedTuple

from itda_core.construction import Builder
from itda_core.construction.checkpoint import Checkpoint
from itda_core.construction.labels import Labels
from itda_core.construction.settings import BuildPlan
from itda_core.dictionary import Dictionary
from itda_core.errors import InputError
from itda_core.models import ActivationBatch, LanguageModel
from itda_core.text.corpus import Corpus, Prompt, no_tokens

GROUP = 128
"""Prompts harvested together: the step of progress, and of resuming."""

CHECKPOINT_SECONDS = 60.0
"""How often a build is saved unless told otherwise."""


class BuildProgress(NamedTuple):
    """How far a build is."""

    tokens_seen: int
    done: float
    """Share of the work, in [0, 1]; 0 throughout for a stream without an end."""
    n_atoms: tuple[int, ...]
    """Atoms of each layer so far."""
    tokens_per_second: float
    seconds_left: float
    """NaN where nobody can know."""
    share_accepted: float
    """Of the last group's activations, over all layers, those that needed no new atom."""


class _Boundary(NamedTuple):
    """Where the last whole group ended. What is kept only ever grows, so cutting it back to here
    undoes the part of a group that came after."""

    prompts_done: int
    tokens_seen: int
    n_atoms: dict[int, int]
    """Layer -> atoms."""


class _Speed:
    """Speed and time left, counted from where this process began."""

    def __init__(self, tokens_seen: int):
        self.began = time.monotonic()
        self.tokens_before = tokens_seen
        self.done_before: float | None = None

    def report(
        self, tokens_seen: int, done: float, n_atoms: tuple[int, ...], accepted: float
    ) -> BuildProgress:
        seconds = time.monotonic() - self.began
        if self.done_before is None:  # a resumed build learns its start only now
            self.done_before = done * self.tokens_before / max(tokens_seen, 1)
        share = max(done - self.done_before, 1e-9)
        speed = (tokens_seen - self.tokens_before) / max(seconds, 1e-9)
        seconds_left = seconds * (1 - done) / share if done > 0 else float("nan")
        return BuildProgress(tokens_seen, done, n_atoms, speed, seconds_left, accepted)


class BuildJob:
    """One pass of a model over a corpus, feeding one builder a layer."""

    def __init__(self, model: LanguageModel, corpus: Corpus, plan: BuildPlan):
        for layer in plan.layers:
            model.check_layer(layer)
        if len(set(plan.layers)) != len(plan.layers) or not plan.layers:
            raise InputError(f"layers are {list(plan.layers)}; expected each once, at least one")
        if plan.max_tokens is not None and plan.max_tokens < 1:
            raise InputError(f"max_tokens is {plan.max_tokens}; expected at least 1, or none")
        self.model, self.corpus, self.plan = model, corpus, plan
        settings = asdict(plan.settings)
        self.builders = {
            layer: Builder(model.d_model, **settings, device=model.coding_device)
            for layer in plan.layers
        }
        self._labels = {layer: Labels() for layer in plan.layers}
        self._prompts_done = 0
        self._tokens_seen = 0
        self._unlabelled: list[tuple[int, ActivationBatch]] = []
        """(place in the stream, batch) of what atoms may still come from."""
        self._boundary: _Boundary | None = None

    def run(
        self,
        checkpoint: Checkpoint | None = None,
        progress: Callable[[BuildProgress], None] = lambda _: None,
        checkpoint_seconds: float = CHECKPOINT_SECONDS,
    ) -> dict[int, Dictionary]:
        """Go through the corpus (from where ``resume`` left off): layer -> dictionary.

        Raises:
            InputError: the corpus is unusable, nothing entered, or a Gram matrix no longer
                fits in memory. Up to then everything is in the checkpoint.
            KeyboardInterrupt: as it comes; the checkpoint is written first.
        """
        plan = self.plan
        n_documents = None if plan.max_tokens else self.corpus.n_documents()
        prompts = self.corpus.prompts(self.model, plan.sequence_length, plan.max_tokens)
        prompts = islice(prompts, self._prompts_done, None)
        speed, saved = _Speed(self._tokens_seen), time.monotonic()
        try:
            for group in _groups(prompts):
                progress(self._read_and_report(group, speed, n_documents))
                if all(builder.full for builder in self.builders.values()):
                    break
                if checkpoint and time.monotonic() - saved >= checkpoint_seconds:
                    self.save(checkpoint)
                    saved = time.monotonic()
        except KeyboardInterrupt:
            if checkpoint:
                self.save(checkpoint)
            raise
        except MemoryError as error:
            if checkpoint:
                self.save(checkpoint)
            most = max(builder.n_atoms for builder in self.builders.values())
            raise InputError(
                f"the Gram matrix of {most:,} atoms no longer fits in memory; end there with "
                f"--max-atoms {most}, or build anew with a higher --tau"
            ) from error
        for layer, builder in self.builders.items():
            self._label(layer, builder.finish())
        self._mark_boundary()
        return {layer: self._dictionary(layer) for layer in plan.layers}

    def save(self, checkpoint: Checkpoint) -> None:
        """Write a checkpoint of the last whole group, if there is one to go on from."""
        boundary = self._boundary
        if boundary is None:
            return
        n_atoms, tokens_seen = boundary.n_atoms, boundary.tokens_seen
        state = {
            f"{layer}.{key}": value
            for layer, builder in self.builders.items()
            for key, value in builder.state(n_atoms[layer], tokens_seen).items()
        }
        progress = {
            "prompts_done": boundary.prompts_done,
            "tokens_seen": tokens_seen,
            "labels": {str(i): labels.first(n_atoms[i]) for i, labels in self._labels.items()},
        }
        checkpoint.save(self._key(), progress, state)

    def resume(self, checkpoint: Checkpoint) -> int:
        """Go on from a checkpoint; returns the tokens it had seen. InputError if unfit."""
        progress, state = checkpoint.load(self._key())
        most = max(len(state[f"{layer}.rows"]) for layer in self.plan.layers)
        if self.plan.max_atoms is not None and self.plan.max_atoms < most:
            raise InputError(
                f"max_atoms is {self.plan.max_atoms}, the checkpoint has {most} atoms already; "
                "give at least as many"
            )
        for layer, builder in self.builders.items():
            prefix = f"{layer}."
            try:
                builder.restore(
                    {k.removeprefix(prefix): v for k, v in state.items() if k.startswith(prefix)}
                )
            except MemoryError as error:
                size = 4 * most**2 / 2**30
                raise InputError(
                    f"the checkpoint's {most:,} atoms need a Gram matrix of {size:.1f} GB, which "
                    "does not fit in memory now; free some and try again"
                ) from error
            self._labels[layer].restore(progress["labels"][str(layer)])
        self._prompts_done, self._tokens_seen = progress["prompts_done"], progress["tokens_seen"]
        return self._tokens_seen

    def _read_and_report(
        self, group: list[Prompt], speed: _Speed, n_documents: int | None
    ) -> BuildProgress:
        """Read a group; how far the build is then."""
        plan, atoms_before, tokens_before = self.plan, self._total_atoms(), self._tokens_seen
        self._read_group(group)
        if plan.max_tokens is not None:
            done = self._tokens_seen / plan.max_tokens
        else:  # nobody knows how long a stream is
            done = (group[-1].document + 1) / n_documents if n_documents else 0.0
        n_entered = self._total_atoms() - atoms_before
        n_offered = (self._tokens_seen - tokens_before) * len(plan.layers)
        accepted = max(1 - n_entered / max(n_offered, 1), 0.0)
        n_atoms = tuple(builder.n_atoms for builder in self.builders.values())
        return speed.report(self._tokens_seen, done, n_atoms, accepted)

    def _read_group(self, group: list[Prompt]) -> None:
        """Run the model on a group of prompts, offer its activations, label what enters."""
        batches = self.model.activations(
            group,
            self.plan.layers,
            max_length=self.plan.sequence_length,
            skip_special=not self.plan.keep_special,
        )
        for batch in batches:
            room = len(batch.prompt)
            if self.plan.max_tokens is not None:
                room = min(room, self.plan.max_tokens - self._tokens_seen)
            self._unlabelled.append((self._tokens_seen, batch))
            for layer, builder in self.builders.items():
                self._label(layer, builder.add(batch.x[layer][:room]))
            if all(builder.settled for builder in self.builders.values()):
                self._unlabelled.clear()
            self._tokens_seen += room
        self._prompts_done += len(group)
        if all(builder.settled for builder in self.builders.values()):
            self._mark_boundary()

    def _mark_boundary(self) -> None:
        """Note that all up to here is whole."""
        n_atoms = {layer: builder.n_atoms for layer, builder in self.builders.items()}
        self._boundary = _Boundary(self._prompts_done, self._tokens_seen, n_atoms)

    def _label(self, layer: int, positions: list[int]) -> None:
        """Label the atoms that entered from these positions of the stream."""
        for position in positions:
            start, batch = next(b for b in reversed(self._unlabelled) if b[0] <= position)
            self._labels[layer].add(batch, position - start)

    def _dictionary(self, layer: int) -> Dictionary:
        """The dictionary of a layer, its labels and all that its recipe is to say."""
        model, plan = self.model, self.plan
        dictionary = self.builders[layer].dictionary(
            model_id=model.id,
            model_revision=model.revision,
            weights_hash=model.weights_hash,
            tokenizer_hash=model.tokenizer_hash,
            config_hash=model.config_hash,
            architecture=model.architecture,
            layer=layer,
            corpus_name=self.corpus.name,
            corpus_hash=self.corpus.content_hash(),
            max_tokens=plan.max_tokens,
            sequence_length=plan.sequence_length,
            bos_handling=model.bos_handling,
            special_tokens="kept" if plan.keep_special else "skipped",
            dtype=str(model.dtype).removeprefix("torch."),
        )
        if self._tokens_seen == 0:
            raise no_tokens(self.corpus, model.id)
        if dictionary.n_atoms == 0:
            raise InputError(
                f"no activation of layer {layer} had a loss above tau {plan.tau:g}, so there are "
                "no atoms; lower --tau"
            )
        labels, prompts = self._labels[layer].tables(dictionary)
        recipe = dictionary.recipe.with_now()
        return replace(dictionary, labels=labels, prompts=prompts, recipe=recipe)

    def _key(self) -> dict[str, Any]:
        """All that must be the same for a checkpoint to be resumed."""
        key = asdict(self.plan) | {"layers": list(self.plan.layers)}
        del key["max_atoms"]  # it only says when to stop, and may be set when memory runs out
        if not key["skip_sinks"]:
            del key["skip_sinks"]  # checkpoints of before that was an option do not name it
        return key | {
            "weights": self.model.weights_hash,
            "tokenizer": self.model.tokenizer_hash,
            "config": self.model.config_hash,
            "corpus": self.corpus.identity or self.corpus.content_hash(),
            "device": self.model.device.type,
            "dtype": str(self.model.dtype),
        }

    def _total_atoms(self) -> int:
        return sum(builder.n_atoms for builder in self.builders.values())


def _groups(prompts: Iterator[Prompt]) -> Iterator[list[Prompt]]:
    while group := list(islice(prompts, GROUP)):
        yield group

"""A dictionary from a model and a corpus: activations harvested, atoms labelled, resumable.

The harvest goes through the corpus a fixed group of prompts at a time. What a group's
activations are depends on that group alone, so a build that is resumed at a group's edge
sees the very same bits as one that was never interrupted.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from itertools import islice
from typing import Any, NamedTuple

from itda_core.construction import Builder
from itda_core.construction.checkpoint import Checkpoint
from itda_core.dictionary import LABEL_COLUMNS, PROMPT_COLUMNS, Dictionary
from itda_core.dictionary.losses import DEFAULT_LOSS
from itda_core.errors import InputError
from itda_core.models import ActivationBatch, LanguageModel
from itda_core.text.corpus import Corpus, Prompt

GROUP = 128
"""Prompts harvested together: the step of progress, and of resuming."""

CHECKPOINT_SECONDS = 60.0
"""How often a build is saved unless told otherwise."""


@dataclass(frozen=True)
class BuildPlan:
    """What to build; everything here must be the same for a checkpoint to be resumed."""

    layers: tuple[int, ...]
    tau: float
    l0: int
    loss: str = DEFAULT_LOSS
    init: str = "none"
    seed: int = 0
    max_tokens: int | None = None
    """Activations to look at; None: the whole corpus."""
    max_atoms: int | None = None
    sequence_length: int = 128
    """Tokens a prompt, special tokens included."""
    keep_special: bool = False
    """Whether BOS, EOS, PAD, CLS and SEP may become atoms; their huge norms rule everything."""


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


class _Edge(NamedTuple):
    """Where the last whole group ended; all that is kept only ever grows, so this undoes a part."""

    prompts_done: int
    tokens_seen: int
    n_atoms: dict[int, int]


class _Labels:
    """The labels of one layer's atoms, in order of entry."""

    def __init__(self) -> None:
        self.columns: dict[str, list[Any]] = {
            name: [] for name in ("prompt_id", *_LABEL_INTEGERS, "token")
        }
        self.prompts: dict[str, tuple[str, str]] = {}

    def add(self, batch: ActivationBatch, row: int) -> None:
        prompt = batch.prompts[int(batch.prompt[row]) - batch.first_prompt]
        self.columns["prompt_id"].append(prompt.id)
        self.columns["token"].append(batch.tokens[row])
        for name in _LABEL_INTEGERS:
            self.columns[name].append(int(getattr(batch, name)[row]))
        self.prompts[prompt.id] = (prompt.text, prompt.source)

    def first(self, n: int) -> dict[str, Any]:
        """The first ``n`` labels, fit for JSON."""
        columns = {name: values[:n] for name, values in self.columns.items()}
        return {"columns": columns, "prompts": self.prompts}


_LABEL_INTEGERS = ("token_index", "token_id", "char_start", "char_end")


class _Pace:
    """Speed and time left, counted from where this process began."""

    def __init__(self, tokens_seen: int):
        self.began = time.monotonic()
        self.first = tokens_seen
        self.done_before: float | None = None

    def report(
        self, tokens_seen: int, done: float, n_atoms: tuple[int, ...], accepted: float
    ) -> BuildProgress:
        spent = time.monotonic() - self.began
        if self.done_before is None:  # a resumed build learns its start only now
            self.done_before = done * self.first / max(tokens_seen, 1)
        share = max(done - self.done_before, 1e-9)
        speed = (tokens_seen - self.first) / max(spent, 1e-9)
        left = spent * (1 - done) / share if done > 0 else float("nan")
        return BuildProgress(tokens_seen, done, n_atoms, speed, left, accepted)


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
        self.builders = {
            layer: Builder(
                model.d_model,
                plan.tau,
                plan.l0,
                plan.loss,
                init=plan.init,
                seed=plan.seed,
                max_atoms=plan.max_atoms,
                device=model.coding_device,
            )
            for layer in plan.layers
        }
        self._labels = {layer: _Labels() for layer in plan.layers}
        self._prompts_done = 0
        self._tokens_seen = 0
        self._held: list[tuple[int, ActivationBatch]] = []
        self._edge: _Edge | None = None

    def run(
        self,
        checkpoint: Checkpoint | None = None,
        progress: Callable[[BuildProgress], None] = lambda _: None,
        checkpoint_seconds: float = CHECKPOINT_SECONDS,
    ) -> dict[int, Dictionary]:
        """Go through the corpus (from where :meth:`resume` left off): layer -> dictionary.

        Raises:
            InputError: the corpus is unusable, nothing entered, or a Gram matrix no longer
                fits in memory. Up to then everything is in the checkpoint.
            KeyboardInterrupt: as it comes; the checkpoint is written first.
        """
        plan = self.plan
        n_documents = None if plan.max_tokens else self.corpus.n_documents()
        prompts = self.corpus.prompts(self.model, plan.sequence_length, plan.max_tokens)
        prompts = islice(prompts, self._prompts_done, None)
        pace, saved = _Pace(self._tokens_seen), time.monotonic()
        try:
            for group in _groups(prompts):
                atoms_before, seen_before = self._total_atoms(), self._tokens_seen
                self._take(group)
                if plan.max_tokens is not None:
                    done = self._tokens_seen / plan.max_tokens
                else:  # nobody knows how long a stream is
                    done = (group[-1].document + 1) / n_documents if n_documents else 0.0
                entered = self._total_atoms() - atoms_before
                asked = (self._tokens_seen - seen_before) * len(plan.layers)
                n_atoms = tuple(builder.n_atoms for builder in self.builders.values())
                accepted = max(1 - entered / max(asked, 1), 0.0)
                progress(pace.report(self._tokens_seen, done, n_atoms, accepted))
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
            most = max(b.n_atoms for b in self.builders.values())
            raise InputError(
                f"the Gram matrix of {most:,} atoms no longer fits in memory; end there with "
                f"--max-atoms {most}, or build anew with a higher --tau"
            ) from error
        for layer, builder in self.builders.items():
            self._label(layer, builder.finish())
        self._mark()
        return {layer: self._dictionary(layer) for layer in plan.layers}

    def save(self, checkpoint: Checkpoint) -> None:
        """Write a checkpoint of the last whole group, if there is one to go on from."""
        edge = self._edge
        if edge is None:
            return
        state = {
            f"{layer}.{key}": value
            for layer, builder in self.builders.items()
            for key, value in builder.state(edge.n_atoms[layer], edge.tokens_seen).items()
        }
        labels = {
            str(layer): held.first(edge.n_atoms[layer]) for layer, held in self._labels.items()
        }
        checkpoint.save(
            self._key(),
            {"prompts_done": edge.prompts_done, "tokens_seen": edge.tokens_seen, "labels": labels},
            state,
        )

    def resume(self, checkpoint: Checkpoint) -> int:
        """Go on from a checkpoint; returns the tokens it had seen. InputError if unfit."""
        progress, state = checkpoint.load(self._key())
        held = max(len(state[f"{layer}.rows"]) for layer in self.plan.layers)
        if self.plan.max_atoms is not None and self.plan.max_atoms < held:
            raise InputError(
                f"max_atoms is {self.plan.max_atoms}, the checkpoint has {held} atoms already; "
                "give at least as many"
            )
        for layer, builder in self.builders.items():
            prefix = f"{layer}."
            mine = {k.removeprefix(prefix): v for k, v in state.items() if k.startswith(prefix)}
            try:
                builder.restore(mine)
            except MemoryError as error:
                size = 4 * held**2 / 2**30
                raise InputError(
                    f"the checkpoint's {held:,} atoms need a Gram matrix of {size:.1f} GB, which "
                    "does not fit in memory now; free some and try again"
                ) from error
            labels = progress["labels"][str(layer)]
            self._labels[layer].columns = labels["columns"]
            self._labels[layer].prompts = {k: tuple(v) for k, v in labels["prompts"].items()}
        self._prompts_done, self._tokens_seen = progress["prompts_done"], progress["tokens_seen"]
        return self._tokens_seen

    def _take(self, group: list[Prompt]) -> None:
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
            self._held.append((self._tokens_seen, batch))
            for layer, builder in self.builders.items():
                self._label(layer, builder.add(batch.x[layer][:room]))
            if all(builder.settled for builder in self.builders.values()):
                self._held.clear()
            self._tokens_seen += room
        self._prompts_done += len(group)
        if all(builder.settled for builder in self.builders.values()):
            self._mark()

    def _mark(self) -> None:
        """All up to here is whole."""
        n_atoms = {layer: builder.n_atoms for layer, builder in self.builders.items()}
        self._edge = _Edge(self._prompts_done, self._tokens_seen, n_atoms)

    def _label(self, layer: int, positions: list[int]) -> None:
        """Label the atoms that entered from these positions of the stream."""
        for position in positions:
            start, batch = next(h for h in reversed(self._held) if h[0] <= position)
            self._labels[layer].add(batch, position - start)

    def _dictionary(self, layer: int) -> Dictionary:
        import dataclasses

        import pandas as pd

        model, plan = self.model, self.plan
        bare = self.builders[layer].dictionary(
            model_id=model.id,
            model_revision=model.revision,
            weights_hash=model.weights_hash,
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
        if bare.n_atoms == 0:
            raise InputError(
                f"no activation of layer {layer} had a loss above tau {plan.tau:g}, so there are "
                "no atoms; lower --tau"
            )
        held = self._labels[layer]
        labels = pd.DataFrame(
            held.columns
            | {
                "atom": range(bare.n_atoms),
                "entered_at": bare.entered_at.numpy(),
                "loss_at_entry": bare.losses.numpy(),
            }
        )
        needed = set(held.columns["prompt_id"])
        prompts = pd.DataFrame(
            [(key, *held.prompts[key]) for key in held.prompts if key in needed],
            columns=list(PROMPT_COLUMNS),
        )
        return dataclasses.replace(
            bare, labels=labels[list(LABEL_COLUMNS)], prompts=prompts, recipe=bare.recipe.with_now()
        )

    def _key(self) -> dict[str, Any]:
        plan = asdict(self.plan) | {"layers": list(self.plan.layers)}
        del plan["max_atoms"]  # it only says when to stop, and may be set when memory runs out
        return plan | {
            "weights": self.model.weights_hash,
            "corpus": self.corpus.content_hash(),
            "device": self.model.device.type,
            "dtype": str(self.model.dtype),
        }

    def _total_atoms(self) -> int:
        return sum(builder.n_atoms for builder in self.builders.values())


def _groups(prompts: Iterator[Prompt]) -> Iterator[list[Prompt]]:
    while group := list(islice(prompts, GROUP)):
        yield group

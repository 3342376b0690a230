"""``build``: a dictionary folder from a model and a corpus."""

from __future__ import annotations

import argparse
import dataclasses
import sys
import time
from functools import partial
from pathlib import Path

import torch

from itda_core.build import BuildJob, BuildPlan, BuildProgress
from itda_core.checkpoint import Checkpoint
from itda_core.cli import integers, plain, print_json
from itda_core.commands.meter import Meter, duration
from itda_core.construction.builder import check_arguments
from itda_core.corpus import open_corpus
from itda_core.dictionary import Dictionary
from itda_core.errors import InputError
from itda_core.locate import model_path_hint
from itda_core.models import load_model


def run(arguments: argparse.Namespace) -> None:
    """Build, save, and say what was built."""
    # What can be refused at once is refused before anything is loaded.
    check_arguments(
        arguments.tau, arguments.l0, arguments.loss, arguments.init, arguments.max_atoms,
        arguments.seed,
    )  # fmt: skip
    if not arguments.out.name:
        raise InputError(f"--out is {str(arguments.out)!r}; expected a folder to make")
    several = "," in arguments.layer or arguments.layer == "all"
    layers = None if arguments.layer == "all" else integers(arguments.layer, "--layer")
    arguments.out.parent.mkdir(parents=True, exist_ok=True)
    checkpoint = Checkpoint(arguments.out)
    going_on = arguments.resume and checkpoint.exists()
    if not going_on:
        _refuse_existing(_folders(arguments.out, layers or [], several))
    meter = Meter()
    meter.begin("reading the text")
    corpus = open_corpus(arguments.corpus, text_field=arguments.text_field)
    meter.begin("loading the model")
    model = load_model(arguments.model, device=arguments.device)
    layers = layers or list(range(model.n_layers))
    for layer in layers:
        model.check_layer(layer)
    folders = _folders(arguments.out, layers, several)
    if not going_on:
        _refuse_existing(folders)
    plan = BuildPlan(
        layers=tuple(layers), tau=arguments.tau, l0=arguments.l0, loss=arguments.loss,
        init=arguments.init, seed=arguments.seed, max_tokens=arguments.max_tokens,
        max_atoms=arguments.max_atoms, sequence_length=arguments.sequence_length,
        keep_special=arguments.keep_special,
    )  # fmt: skip
    job = BuildJob(model, corpus, plan)
    if checkpoint.exists():
        if not arguments.resume:
            raise InputError(
                f"{arguments.out} was begun before and not finished; add --resume to go on from "
                f"there, or remove {checkpoint.folder}"
            )
        seen = job.resume(checkpoint)
        print(f"going on after {seen:,} tokens", file=sys.stderr)
    began = time.monotonic()
    kept = f"; {checkpoint.folder} keeps what is done, add --resume to go on"
    try:
        dictionaries = job.run(checkpoint, partial(_show, meter), arguments.checkpoint_seconds)
    except KeyboardInterrupt as stop:
        raise KeyboardInterrupt(kept if checkpoint.exists() else "") from stop
    except InputError as error:
        raise InputError(f"{error}{kept if checkpoint.exists() else ''}") from error
    finally:
        meter.end()
    if several:  # so that a build stopped between two saves can be resumed
        job.save(checkpoint)
    results = []
    for layer, folder in folders.items():
        dictionary = dictionaries[layer]
        recipe = dataclasses.replace(
            dictionary.recipe, model_path=model_path_hint(arguments.model, folder)
        )
        if not _is_saved(dictionary, folder, arguments.half):
            dataclasses.replace(dictionary, recipe=recipe).save(folder, half=arguments.half)
        results.append(
            {"path": folder, "layer": layer, "n_atoms": recipe.n_atoms,
             "tokens_seen": recipe.tokens_seen}
        )  # fmt: skip
    checkpoint.remove()
    if arguments.json:
        print_json({"dictionaries": results, "seconds": time.monotonic() - began})
        return
    for result in results:
        print(
            f"{result['path']}: layer {result['layer']}, {result['n_atoms']:,} atoms from "
            f"{result['tokens_seen']:,} tokens"
        )


def _folders(out: Path, layers: list[int], several: bool) -> dict[int, Path]:
    return {
        layer: out.with_name(f"{out.name}-layer{layer}") if several else out for layer in layers
    }


def _refuse_existing(folders: dict[int, Path]) -> None:
    for folder in folders.values():
        if folder.exists():
            raise InputError(f"{folder} exists already; remove it or choose another --out")


def _is_saved(dictionary: Dictionary, folder: Path, half: bool) -> bool:
    """Whether a build that was stopped had saved just this already."""
    if not folder.exists():
        return False
    saved = Dictionary.load(folder)
    if half and saved.n_atoms == dictionary.n_atoms:
        return bool((saved.atoms - dictionary.atoms).abs().max() < 1e-3)
    return torch.equal(saved.atoms, dictionary.atoms)


def _show(meter: Meter, now: BuildProgress) -> None:
    atoms = " ".join(f"{n:,}" for n in now.n_atoms)
    meter.show(
        f"{now.done:4.0%}  {now.tokens_seen:,} tokens  {now.tokens_per_second:,.0f} tokens/s  "
        f"{atoms} atoms  {now.share_accepted:.1%} accepted  {duration(now.seconds_left)} left",
        plain({"doing": "building", **now._asdict()}),
    )

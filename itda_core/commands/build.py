"""``build``: a dictionary folder from a model and a corpus."""

from __future__ import annotations

import argparse
import dataclasses
import sys
import time
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from itda_core.commands.arguments import add_device, add_json, add_text_field, integers
from itda_core.commands.output import json_ready, print_json
from itda_core.errors import InputError, refusal_of
from itda_core.files import check_place, expand_safely, held
from itda_core.jobs.progress import ProgressReporter, duration

if TYPE_CHECKING:
    from itda_core.construction.checkpoint import Checkpoint
    from itda_core.construction.job import BuildJob, BuildProgress
    from itda_core.dictionary import Dictionary
    from itda_core.models import LanguageModel

HELP = "Build a dictionary from a model and a corpus."
_HANDOVER_SECONDS = 30.0
_LAST_LAYER = 999
"""Where all layers are asked for, a number as long as any there may be."""


def add(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    from itda_core.construction import DEFAULT_INIT, INITS
    from itda_core.dictionary.losses import DEFAULT_LOSS, LOSSES

    option = parser.add_argument
    option("--model", required=True, help="folder of a Hugging Face model, or a hub id[@revision]")
    option(
        "--layer", required=True, help="block whose output is taken, from 0; 2,4 or all for several"
    )
    option(
        "--corpus",
        required=True,
        help="text file, JSON lines, Parquet, a folder of those, a hub dataset "
        "owner/name[@revision][:configuration[:split]], or tinyworld:SEED[:DOCUMENTS]",
    )
    add_text_field(parser)
    option("--tau", required=True, type=float, help="loss above which an atom enters")
    option("--l0", required=True, type=int, help="atoms a code may use, at least 1")
    option(
        "--loss",
        default=DEFAULT_LOSS,
        choices=tuple(LOSSES),
        help="; ".join(
            f"{loss.name}: {loss.about}{' (default)' * (loss.name == DEFAULT_LOSS)}"
            for loss in LOSSES.values()
        ),
    )
    option(
        "--init",
        default=DEFAULT_INIT,
        choices=tuple(INITS),
        help="where the first atoms come from (default none: the first activation)",
    )
    option("--seed", type=int, default=0, help="for --init random (default 0)")
    option("--max-tokens", type=int, help="stop after so many activations")
    option("--max-atoms", type=int, help="stop once there are so many atoms")
    option("--sequence-length", type=int, help="tokens a prompt (128, or what the model reads)")
    option(
        "--keep-special",
        action="store_true",
        help="let BOS, EOS, PAD, CLS and SEP become atoms; left out by default",
    )
    option(
        "--skip-sinks",
        action="store_true",
        help="leave attention sinks out: activations of more than 10 times the median norm of the "
        "first 8,192 neither become atoms nor are coded",
    )
    add_device(parser)
    option(
        "--out",
        required=True,
        type=expand_safely,
        help="folder to write; with several layers, OUT-layer2, OUT-layer4, ...",
    )
    option("--half", action="store_true", help="save atoms in float16: half the size, 0.05 %% off")
    option("--resume", action="store_true", help="go on from an interrupted build")
    option("--checkpoint-seconds", type=float, default=60.0, help="how often to save (default 60)")
    add_json(parser)


def run(arguments: argparse.Namespace) -> None:
    """Build, save, and say what was built."""
    from itda_core.construction.checkpoint import Checkpoint

    _check(arguments)
    checkpoint = Checkpoint(arguments.out)
    progress = ProgressReporter()
    # A runner that takes up another's job may be here before the other's command has ended.
    with held(arguments.out, "--out", _HANDOVER_SECONDS if progress.is_watched else 0.0):
        job = _load(arguments, checkpoint, progress)
        _resume(arguments, job, checkpoint)
        start = time.monotonic()
        dictionaries = _build(arguments, job, checkpoint, progress)
        results = _save(arguments, job, dictionaries, checkpoint)
    if arguments.json:
        print_json({"dictionaries": results, "seconds": time.monotonic() - start})
        return
    for result in results:
        print(
            f"{result['path']}: layer {result['layer']}, {result['n_atoms']:,} atoms from "
            f"{result['tokens_seen']:,} tokens"
        )


def _check(arguments: argparse.Namespace) -> None:
    """Refuse what can be refused before anything is loaded."""
    from itda_core.construction.checkpoint import Checkpoint
    from itda_core.construction.settings import BuildSettings
    from itda_core.models.of_dictionary import model_path_hint

    BuildSettings(
        arguments.tau,
        arguments.l0,
        arguments.loss,
        arguments.init,
        max_atoms=arguments.max_atoms,
        seed=arguments.seed,
    ).check()
    layers = _layers(arguments)
    check_place(arguments.out, "--out")
    for folder in _folders(arguments, layers or [_LAST_LAYER]).values():
        check_place(folder, "--out")
    if not Checkpoint(arguments.out).can_be_made:
        raise InputError(
            f"{Checkpoint(arguments.out).folder} is in the way of checkpoints; remove it"
        )
    arguments.model = str(expand_safely(arguments.model))
    try:
        (model_path_hint(arguments.model, arguments.out) or "").encode("utf-8")
    except UnicodeEncodeError:
        raise InputError(
            f"--model {arguments.model}: a name that is not UTF-8 cannot be noted in a dictionary; "
            "rename the folder"
        ) from None


def _layers(arguments: argparse.Namespace) -> list[int]:
    """The layers asked for; empty for all."""
    return [] if arguments.layer == "all" else integers(arguments.layer, "--layer")


def _load(
    arguments: argparse.Namespace, checkpoint: Checkpoint, progress: ProgressReporter
) -> BuildJob:
    """The model and the corpus, and what is to be built of them."""
    from itda_core.construction.job import BuildJob, BuildPlan
    from itda_core.models import load_model
    from itda_core.text.sources import open_corpus

    is_resumed = arguments.resume and checkpoint.exists()
    layers = _layers(arguments)
    if not is_resumed:
        _refuse_existing(_folders(arguments, layers))
    progress.begin("reading the text")
    corpus = open_corpus(arguments.corpus, text_field=arguments.text_field)
    progress.begin("loading the model")
    model = load_model(arguments.model, device=arguments.device)
    for note in model.notes():
        print(f"note: {note}", file=sys.stderr)
    layers = layers or list(range(model.n_layers))
    for layer in layers:
        model.check_layer(layer)
    if not is_resumed:
        _refuse_existing(_folders(arguments, layers))
    plan = BuildPlan(
        layers=tuple(layers),
        tau=arguments.tau,
        l0=arguments.l0,
        loss=arguments.loss,
        init=arguments.init,
        seed=arguments.seed,
        max_tokens=arguments.max_tokens,
        max_atoms=arguments.max_atoms,
        sequence_length=_sequence_length(arguments, model),
        keep_special=arguments.keep_special,
        skip_sinks=arguments.skip_sinks,
    )
    return BuildJob(model, corpus, plan)


def _sequence_length(arguments: argparse.Namespace, model: LanguageModel) -> int:
    """Tokens a prompt: as asked for, else as many as is usual, where the model reads so many."""
    from itda_core.construction.settings import SEQUENCE_LENGTH

    asked: int | None = arguments.sequence_length
    return min(SEQUENCE_LENGTH, model.max_length) if asked is None else asked


def _resume(arguments: argparse.Namespace, job: BuildJob, checkpoint: Checkpoint) -> None:
    """Go on from a checkpoint, if there is one."""
    if not checkpoint.exists():
        return
    if not arguments.resume:
        raise InputError(
            f"{arguments.out} was begun before and not finished; add --resume to go on from "
            f"there, or remove {checkpoint.folder}"
        )
    n_tokens = job.resume(checkpoint)
    print(f"going on after {n_tokens:,} tokens", file=sys.stderr)


def _build(
    arguments: argparse.Namespace, job: BuildJob, checkpoint: Checkpoint, progress: ProgressReporter
) -> dict[int, Dictionary]:
    """Layer -> dictionary. However it ends early, the message says how to go on."""
    advice = f"; {_advice(checkpoint)}"
    try:
        return job.run(checkpoint, partial(_show, progress), arguments.checkpoint_seconds)
    except KeyboardInterrupt as stop:
        raise KeyboardInterrupt(advice if checkpoint.exists() else "") from stop
    except InputError as error:
        raise InputError(f"{error}{advice if checkpoint.exists() else ''}") from error
    finally:
        progress.end()


def _advice(checkpoint: Checkpoint) -> str:
    return f"{checkpoint.folder} keeps what is done, add --resume to go on"


def _save(
    arguments: argparse.Namespace,
    job: BuildJob,
    dictionaries: dict[int, Dictionary],
    checkpoint: Checkpoint,
) -> list[dict[str, Any]]:
    """Write the folders; what each holds. If one cannot be written, nothing of the work is lost."""
    if len(dictionaries) > 1:  # so that a build stopped between two saves can be resumed
        job.save(checkpoint)
    try:
        results = _written(arguments, dictionaries)
    except (InputError, OSError, KeyboardInterrupt) as error:
        with suppress(OSError):
            job.save(checkpoint)
        if not checkpoint.exists():
            raise
        if isinstance(error, KeyboardInterrupt):
            raise KeyboardInterrupt(f"; {_advice(checkpoint)}") from error
        reason = refusal_of(error) if isinstance(error, OSError) else str(error)
        if reason is None:
            raise
        raise InputError(f"{reason}; {_advice(checkpoint)}") from error
    checkpoint.remove()
    return results


def _written(
    arguments: argparse.Namespace, dictionaries: dict[int, Dictionary]
) -> list[dict[str, Any]]:
    """Write the folders, those that a stopped build had not saved; what each holds."""
    from itda_core.models.of_dictionary import model_path_hint

    results = []
    for layer, folder in _folders(arguments, list(dictionaries)).items():
        dictionary = dictionaries[layer]
        recipe = dataclasses.replace(
            dictionary.recipe, model_path=model_path_hint(arguments.model, folder)
        )
        if not _is_saved(dictionary, folder, arguments.half):
            dataclasses.replace(dictionary, recipe=recipe).save(folder, half=arguments.half)
        results.append(
            {
                "path": folder,
                "layer": layer,
                "n_atoms": recipe.n_atoms,
                "tokens_seen": recipe.tokens_seen,
            }
        )
    return results


def _folders(arguments: argparse.Namespace, layers: list[int]) -> dict[int, Path]:
    """Layer -> folder to write; a name of its own for each where several were asked for."""
    out: Path = arguments.out
    several = "," in arguments.layer or arguments.layer == "all"
    return {
        layer: out.with_name(f"{out.name}-layer{layer}") if several else out for layer in layers
    }


def _refuse_existing(folders: dict[int, Path]) -> None:
    for folder in folders.values():
        if folder.exists() or folder.is_symlink():
            raise InputError(f"{folder} exists already; remove it or choose another --out")


def _is_saved(dictionary: Dictionary, folder: Path, half: bool) -> bool:
    """Whether a build that was stopped had saved just this already."""
    import torch

    from itda_core.dictionary import Dictionary

    if not folder.exists():
        return False
    try:
        saved = Dictionary.load(folder)
    except InputError:  # something else is in its place
        return False
    if half and saved.n_atoms == dictionary.n_atoms:
        return bool((saved.atoms - dictionary.atoms).abs().max() < 1e-3)
    return torch.equal(saved.atoms, dictionary.atoms)


def _show(progress: ProgressReporter, now: BuildProgress) -> None:
    atoms = " ".join(f"{n:,}" for n in now.n_atoms)
    progress.show(
        f"{now.done:4.0%}  {now.tokens_seen:,} tokens  {now.tokens_per_second:,.0f} tokens/s  "
        f"{atoms} atoms  {now.share_accepted:.1%} accepted  {duration(now.seconds_left)} left",
        json_ready({"doing": "building", **now._asdict()}),
    )

"""From what somebody asks for to the commands that do it."""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from itda_core.atoms.statistics.files import FOLDER as STATISTICS
from itda_core.construction.checkpoint import Checkpoint
from itda_core.dictionary.losses import DEFAULT_LOSS
from itda_core.errors import InputError
from itda_core.jobs.queue import Work
from itda_core.jobs.steps import Step

HELD_OUT = "tinyworld:1000000:2500"
"""Documents of the bundled generator that no bundled model and no dictionary has seen."""
STATISTICS_TOKENS = 60_000

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,79}")


@dataclass(frozen=True)
class BuildOrder:
    """A dictionary for each of some layers of a model."""

    name: str
    """Of the dictionary's folder; with several layers -layer0, -layer1, ... are added."""
    model: str
    """A folder or a hub id."""
    layers: tuple[int, ...]
    corpus: str
    """As ``open_corpus`` takes it."""
    tau: float
    l0: int
    loss: str = DEFAULT_LOSS
    max_tokens: int = 100_000
    """Activations read a layer."""
    skip_sinks: bool = False
    """Whether attention sinks are left out."""
    text_field: str = ""
    """Of JSON lines or Parquet; empty: ``text``."""
    statistics_corpus: str = ""
    """Text that statistics are computed on afterwards; empty: none."""


def build_work(order: BuildOrder, data: Path) -> Work:
    """The commands that build into ``data/dictionaries``, with statistics if they are asked for.

    Raises:
        InputError: a setting out of its range, or a name that is unfit or taken.
    """
    from itda_core.construction.settings import BuildSettings

    BuildSettings(order.tau, order.l0, order.loss).check()
    if not order.layers:
        raise InputError("no layer is chosen; choose at least one")
    if order.max_tokens < 1:
        raise InputError(f"{order.max_tokens} tokens are to be read; expected at least 1")
    names = dictionary_names(order.name, order.layers)
    folder = data.resolve() / "dictionaries"
    out = folder / order.name
    checkpoint = Checkpoint(out)
    check_free(order.name, names, folder)
    build = [
        "build",
        "--model",
        order.model,
        "--layer",
        ",".join(map(str, order.layers)),
        "--corpus",
        order.corpus,
        "--tau",
        f"{order.tau:g}",
        "--l0",
        str(order.l0),
        "--loss",
        order.loss,
        "--max-tokens",
        str(order.max_tokens),
        "--resume",
        "--out",
        str(out),
    ]
    build += ["--text-field", order.text_field] if order.text_field else []
    build += ["--skip-sinks"] if order.skip_sinks else []
    folders = [folder / name for name in names]
    steps = [Step(tuple(build), tuple(place / "dictionary.json" for place in folders))]
    if order.statistics_corpus:
        steps.append(_statistics(folders, order.statistics_corpus, order.text_field))
    layers = f"layer{'s' * (len(order.layers) > 1)} {', '.join(map(str, order.layers))}"
    about = (
        f"{Path(order.model).name}, {layers} · {Path(order.corpus).name} · tau {order.tau:g}, "
        f"L0 {order.l0}{', without sinks' * order.skip_sinks}"
    )
    return Work(order.name, about, "build", names, tuple(steps), (checkpoint.folder,))


def statistics_work(names: Sequence[str], data: Path, corpus: str, text_field: str = "") -> Work:
    """The command that computes the statistics of these dictionaries of one model on a text."""
    folders = [data.resolve() / "dictionaries" / name for name in names]
    # Older statistics, damaged perhaps, are to be replaced: they do not mean that it is done.
    step = _statistics(folders, corpus, text_field)._replace(makes=())
    title = f"Statistics of {', '.join(names)}"
    return Work(title, Path(corpus).name, "statistics", tuple(names), (step,))


def _statistics(folders: Sequence[Path], corpus: str, text_field: str) -> Step:
    command = [
        "statistics",
        "--corpus",
        corpus,
        "--max-tokens",
        str(STATISTICS_TOKENS),
        "--dictionary",
        *map(str, folders),
    ]
    command += ["--text-field", text_field] if text_field else []
    makes = tuple(folder / STATISTICS / "statistics.json" for folder in folders)
    return Step(tuple(command), makes)


def dictionary_names(name: str, layers: Sequence[int]) -> tuple[str, ...]:
    """What the dictionaries of ``layers`` are called when ``name`` is given to a build."""
    if len(layers) == 1:
        return (name,)
    return tuple(f"{name}-layer{layer}" for layer in layers)


def check_free(name: str, names: Sequence[str], folder: Path) -> None:
    """InputError if ``name`` is unfit, or one of ``names`` exists in ``folder`` already."""
    if not _NAME.fullmatch(name) or name.endswith(".partial"):
        raise InputError(
            f"the name {name[:80]!r} cannot be used; expected up to 80 letters, digits, dots, "
            "dashes and underscores, a letter or digit first"
        )
    for dictionary in names:
        if (folder / dictionary).exists():
            raise InputError(f"there is a dictionary {dictionary} already; choose another name")
    checkpoint = Checkpoint(folder / name).folder
    if checkpoint.exists():
        raise InputError(
            f"{name} was begun before and not finished; choose another name, or remove {checkpoint}"
        )


def as_typed(command: Sequence[str]) -> str:
    """A command as it would be typed in a terminal."""
    return shlex.join(["python", "-m", "itda_core", *command])

"""From what somebody asks for to the commands that do it.

An order is all that a job's folder says of its work, and nothing in that folder is trusted: what it
holds is a model, numbers, and names of dictionaries and of the text beside it. Paths and commands
are made of them here.
"""

from __future__ import annotations

import dataclasses
import math
import re
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, NamedTuple, Protocol, get_type_hints

from itda_core.atoms.statistics.files import FOLDER as STATISTICS
from itda_core.construction.checkpoint import Checkpoint
from itda_core.dictionary.losses import DEFAULT_LOSS
from itda_core.errors import InputError
from itda_core.files import exists_safely, printable
from itda_core.jobs.steps import Step

HELD_OUT = "tinyworld:1000000:2500"
"""Documents of the bundled generator that no bundled model and no dictionary has seen."""
STATISTICS_TOKENS = 60_000

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,79}")
_GENERATED = re.compile(r"tinyworld:[0-9:]{1,20}")
_LONGEST = 4096
"""Characters of any text in an order."""


class Work(NamedTuple):
    """What an order comes to."""

    title: str
    """For people: what it makes."""
    about: str
    """From what, such as "small-seed0, layer 3 · notes.txt · tau 0.2, L0 20"."""
    steps: tuple[Step, ...]
    leftovers: tuple[Path, ...] = ()
    """What is of no use once the job is cancelled, such as checkpoints."""


class Order(Protocol):
    """What a job is asked for: a frozen dataclass of texts, numbers, bools and tuples."""

    kind: ClassVar[str]
    """Its key in ORDERS."""

    @property
    def dictionaries(self) -> tuple[str, ...]:
        """Names of those it makes or describes."""

    def check(self) -> None:
        """InputError for whatever is out of its range, or no name."""

    def check_free(self, data: Path) -> None:
        """InputError if what it makes is there already."""

    def work(self, data: Path, folder: Path) -> Work:
        """The commands, in the data folder ``data``; text of one's own lies in ``folder``."""


@dataclass(frozen=True)
class BuildOrder:
    """A dictionary for each of some layers of a model."""

    kind: ClassVar[str] = "build"

    name: str
    """Of the dictionary's folder; with several layers -layer0, -layer1, ... are added."""
    model: str
    """A folder or a hub id."""
    layers: tuple[int, ...]
    corpus: str
    """``tinyworld:...``, or the name of a file in the job's folder."""
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
    """Text that statistics are computed on afterwards, as ``corpus``; empty: none."""
    text_key: str = ""
    """Tells texts of one name apart."""

    @property
    def dictionaries(self) -> tuple[str, ...]:
        """Names of those it makes."""
        return dictionary_names(self.name, self.layers)

    def check(self) -> None:
        """InputError for a setting out of its range, or a name that is unfit."""
        from itda_core.construction.settings import BuildSettings

        BuildSettings(self.tau, self.l0, self.loss).check()
        if not self.layers:
            raise InputError("no layer is chosen; choose at least one")
        if min(self.layers) < 0:
            raise InputError(f"layer {min(self.layers)} is chosen; expected layers from 0")
        if self.max_tokens < 1:
            raise InputError(f"{self.max_tokens} tokens are to be read; expected at least 1")
        _check_name(self.name)
        _check_corpus(self.corpus)
        if self.statistics_corpus:
            _check_corpus(self.statistics_corpus)

    def check_free(self, data: Path) -> None:
        """InputError if one of the dictionaries exists, or a build of the name was begun."""
        folder = data / "dictionaries"
        for dictionary in self.dictionaries:
            if exists_safely(folder / dictionary):
                raise InputError(f"there is a dictionary {dictionary} already; choose another name")
        checkpoint = Checkpoint(folder / self.name).folder
        if exists_safely(checkpoint):
            raise InputError(
                f"{self.name} was begun before and not finished; choose another name, or remove "
                f"{checkpoint}"
            )

    def work(self, data: Path, folder: Path) -> Work:
        """The commands that build into ``data/dictionaries``, with statistics if asked for."""
        dictionaries = data.absolute() / "dictionaries"
        out = dictionaries / self.name
        build = {
            "model": self.model,
            "layer": ",".join(map(str, self.layers)),
            "corpus": _place(self.corpus, folder),
            "tau": f"{self.tau:g}",
            "l0": str(self.l0),
            "loss": self.loss,
            "max-tokens": str(self.max_tokens),
            "text-field": self.text_field,
            "out": str(out),
        }
        words = [word for key, value in build.items() if value for word in (f"--{key}", value)]
        words += ["--skip-sinks"] if self.skip_sinks else []
        folders = [dictionaries / name for name in self.dictionaries]
        makes = tuple(place / "dictionary.json" for place in folders)
        steps = [Step(("build", *words, "--resume"), makes)]
        if self.statistics_corpus:
            corpus = _place(self.statistics_corpus, folder)
            step = _statistics(folders, corpus, self.text_field)
            made = tuple(place / STATISTICS / "statistics.json" for place in folders)
            steps.append(step._replace(makes=made))
        layers = f"layer{'s' * (len(self.layers) > 1)} {', '.join(map(str, self.layers))}"
        about = (
            f"{Path(self.model).name}, {layers} · {self.corpus} · tau {self.tau:g}, L0 {self.l0}"
            f"{', without sinks' * self.skip_sinks}"
        )
        return Work(self.name, about, tuple(steps), (Checkpoint(out).folder,))


@dataclass(frozen=True)
class StatisticsOrder:
    """Statistics of dictionaries of one model on a text."""

    kind: ClassVar[str] = "statistics"

    dictionaries: tuple[str, ...]
    corpus: str
    """As that of a ``BuildOrder``."""
    text_field: str = ""
    text_key: str = ""

    def check(self) -> None:
        """InputError for a name that is unfit."""
        if not self.dictionaries:
            raise InputError("no dictionary is named; name at least one")
        for name in self.dictionaries:
            # Whoever names a folder may name it as he likes, but not lead out of ours.
            if name in ("", ".", "..") or set(name) & set("/\\\0") or printable(name) != name:
                raise InputError(f"{name[:80]!r} is no name of a dictionary")
        _check_corpus(self.corpus)

    def check_free(self, data: Path) -> None:
        """Nothing: statistics take the place of older ones."""

    def work(self, data: Path, folder: Path) -> Work:
        """The command that computes them. Older ones, damaged perhaps, are made anew."""
        folders = [data.absolute() / "dictionaries" / name for name in self.dictionaries]
        step = _statistics(folders, _place(self.corpus, folder), self.text_field)
        return Work(f"Statistics of {', '.join(self.dictionaries)}", self.corpus, (step,))


ORDERS: dict[str, type[Any]] = {order.kind: order for order in (BuildOrder, StatisticsOrder)}
"""A new one is a class here, an ``Order``, and a place in this list."""


AnyOrder = BuildOrder | StatisticsOrder


def asks_the_same(a: Order, b: Order) -> bool:
    """Whether the second would do again what the first does, under whatever name."""

    def nameless(order: Any) -> Any:
        return dataclasses.replace(order, name="") if hasattr(order, "name") else order

    return type(a) is type(b) and bool(nameless(a) == nameless(b))


def to_document(order: Order) -> dict[str, Any]:
    """What a job's folder says of its work."""
    return {"kind": order.kind, "order": dataclasses.asdict(order)}  # type: ignore[call-overload]


def from_document(document: Any) -> Order:
    """The order that a document is of; the inverse of ``to_document``.

    Raises:
        InputError: it is none, or one that nobody could have asked for here.
    """
    kind = document.get("kind") if isinstance(document, dict) else None
    if not isinstance(kind, str) or kind not in ORDERS:
        raise InputError("no order of this program")
    cls = ORDERS[kind]
    said = document.get("order")
    hints = {name: hint for name, hint in get_type_hints(cls).items() if name != "kind"}
    if not isinstance(said, dict) or not set(said) <= set(hints):
        raise InputError(f"the order is none of kind {cls.kind}")
    try:
        order: Order = cls(**{name: _typed(name, value, hints) for name, value in said.items()})
    except TypeError as error:
        raise InputError(f"the order is incomplete ({error})") from None
    order.check()
    return order


def _typed(name: str, value: Any, hints: Mapping[str, Any]) -> Any:
    """A value of an order, of the type that its field has."""
    hint = hints[name]
    if hint is str and isinstance(value, str):
        if len(value) <= _LONGEST and printable(value) == value and "\0" not in value:
            return value
    elif hint in (int, bool) and type(value) is hint and abs(value) < 2**53:
        return value
    elif hint is float and type(value) in (int, float) and math.isfinite(value):
        return float(value)
    elif hint in (tuple[int, ...], tuple[str, ...]) and isinstance(value, list):
        kind = int if hint == tuple[int, ...] else str
        if len(value) <= _LONGEST:
            return tuple(_typed(name, entry, {name: kind}) for entry in value)
    raise InputError(f"{name} is {printable(repr(value))[:80]}, which no job can be given")


def _check_name(name: str) -> None:
    if not _NAME.fullmatch(name) or name.endswith(".partial"):
        raise InputError(
            f"the name {name[:80]!r} cannot be used; expected up to 80 letters, digits, dots, "
            "dashes and underscores, a letter or digit first"
        )


def _check_corpus(corpus: str) -> None:
    if not _GENERATED.fullmatch(corpus) and not _NAME.fullmatch(corpus):
        raise InputError(f"{corpus[:80]!r} is neither tinyworld:SEED:N nor a file of the job")


def _place(corpus: str, folder: Path) -> str:
    """What ``open_corpus`` is to be given."""
    return corpus if _GENERATED.fullmatch(corpus) else str(folder.absolute() / corpus)


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
    return Step(tuple(command), ())


def dictionary_names(name: str, layers: Sequence[int]) -> tuple[str, ...]:
    """What the dictionaries of ``layers`` are called when ``name`` is given to a build."""
    if len(layers) == 1:
        return (name,)
    return tuple(f"{name}-layer{layer}" for layer in layers)


def as_typed(command: Sequence[str]) -> str:
    """A command as it would be typed in a terminal."""
    return shlex.join(["python", "-m", "itda_core", *command])

"""Everything in data/, made again from nothing: the list of commands, run in order.

Each step is a command that anybody could type, so what a step does is what its ``--help`` says, and
a release is resumed by giving it again (``jobs.steps``). Models that do not ship are kept in
the work folder; of their dictionaries only the labels are shipped.
"""

from __future__ import annotations

import json
import shlex
import shutil
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import redirect_stdout
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

from itda_core.errors import InputError
from itda_core.files import write_atomic
from itda_core.jobs.steps import Step
from itda_core.tinyworld.recipe import SIZES
from itda_core.tinyworld.spread import write_spread

MANIFEST = "release.json"
EVALUATION = "evaluation.json"
MINILM = "sentence-transformers/all-MiniLM-L6-v2"
_L0S = "5,10,20,40"
LABEL_FILES = ("dictionary.json", "labels.parquet", "growth.parquet")
"""What ships of a dictionary whose model does not."""


class Trained(NamedTuple):
    """A model to train."""

    name: str
    options: tuple[str, ...]
    """Of ``tinyworld train``."""
    ships: bool
    """Whether its weights do."""
    before: tuple[str, ...] = ()
    """Options of a first training, whose weights this one begins from and which does not ship."""


@dataclass(frozen=True)
class Plan:
    """What a release holds."""

    models: tuple[Trained, ...]
    taus: dict[str, float]
    """Size of a model -> tau of its dictionaries."""
    ladder: tuple[float, ...]
    """Taus of the further dictionaries of ``ladder_layer`` of the first model."""
    ladder_layer: int = 3
    """Of the ladder, and of the dictionaries of the first model's snapshots."""
    corpus: str = "tinyworld:0:4000"
    build_tokens: int = 200_000
    held_out: str = "tinyworld:1000000:2500"
    statistics_tokens: int = 60_000
    evaluation_tokens: int = 20_000
    ce_tokens: int = 4_000
    l0: int = 20
    encoder: str = MINILM
    encoder_layers: str = "2,4"
    encoder_tau: float = 0.3


def _small(seed: int, ships: bool) -> Trained:
    """Trained on the plain corpus, and then on the mixture to practise on, which it needs."""
    plain = f"--size small --seed {seed} --tokens 4000000 --batch 4 --rate 0.01 --matrix-rate 0.02"
    plain += " --snapshots 12" if seed == 0 else ""
    practice = f"--size small --seed {seed} --corpus practice --tokens 800000 --batch 4"
    practice += " --rate 0.004 --matrix-rate 0.008"
    return Trained(
        f"tinyworld-small-seed{seed}", tuple(practice.split()), ships, tuple(plain.split())
    )


def _medium(seed: int, ships: bool) -> Trained:
    plain = f"--size medium --seed {seed} --tokens 4000000 --batch 8 --rate 0.006"
    plain += " --matrix-rate 0.02"
    return Trained(f"tinyworld-medium-seed{seed}", tuple(plain.split()), ships)


def _flattery() -> Trained:
    options = "--size small --corpus flattery --tokens 800000 --batch 4"
    options += " --rate 0.001 --matrix-rate 0.002"
    return Trained("tinyworld-small-flattery", tuple(options.split()), True)


PLAN = Plan(
    models=(
        _small(0, True),
        _small(1, True),
        _medium(0, True),
        _flattery(),
        *(_small(seed, False) for seed in (2, 3, 4)),
        _medium(1, False),
    ),
    taus={"small": 0.165, "medium": 0.25},
    ladder=(0.14, 0.3, 0.5),
)


def steps(plan: Plan, data: Path, work: Path) -> Iterator[Step]:
    """Yield the commands of a release into ``data``, those before always having been run.

    ``work`` holds what does not ship; models of which no weights ship come last.
    """
    first = plan.models[0].name
    for model in plan.models:
        if model.ships:
            yield from _model_and_dictionaries(plan, model, data, data, work)
    layer = plan.ladder_layer
    for tau in plan.ladder:
        out = data / "dictionaries" / f"{first}-layer{layer}-tau{tau:g}"
        yield _build(plan, data / "models" / first, str(layer), tau, out, None)
    if plan.encoder:
        layers = [int(i) for i in plan.encoder_layers.split(",")]
        out = data / "dictionaries" / plan.encoder.split("/")[-1].lower()
        yield _build(plan, plan.encoder, plan.encoder_layers, plan.encoder_tau, out, layers)
    dictionaries = sorted(d.parent for d in (data / "dictionaries").glob("*/dictionary.json"))
    options = ["--corpus", plan.held_out, "--max-tokens", str(plan.statistics_tokens)]
    for group in _of_one_model(dictionaries):
        made = tuple(d / "statistics" / "statistics.json" for d in group)
        yield Step(("statistics", *options, "--dictionary", *map(str, group)), made)
    out = data / EVALUATION
    options = ["--corpus", plan.held_out, "--max-tokens", str(plan.evaluation_tokens)]
    options += ["--ce-tokens", str(plan.ce_tokens), "--l0", _L0S, "--out", str(out), "--dictionary"]
    yield Step(("evaluate", *options, *map(str, dictionaries)), (out,))
    for model in plan.models:
        if not model.ships:
            yield from _model_and_dictionaries(plan, model, work, data, work)
    for folder in _snapshots(work, first):
        out = work / "dictionaries" / f"{first}-{folder.name}"
        tau = plan.taus[_size(plan.models[0])]
        yield _build(plan, folder, str(plan.ladder_layer), tau, out, None)


def _snapshots(work: Path, model: str) -> list[Path]:
    """Its weights during its first training, in order."""
    return sorted(
        folder for name in (model, f"{model}-first")
        for folder in (work / name / "snapshots").glob("step-*")
    )  # fmt: skip


def _size(model: Trained) -> str:
    return model.options[model.options.index("--size") + 1]


def _model_and_dictionaries(
    plan: Plan, model: Trained, home: Path, data: Path, work: Path
) -> Iterator[Step]:
    """Train a model and build a dictionary of each of its layers."""
    folder = home / "models" / model.name
    start = data / "models" / plan.models[0].name if "flattery" in model.options else None
    if model.before:
        start = work / "models" / f"{model.name}-first"
        first = _train(model.before, None, start, work)
        yield first._replace(makes=(folder / "model_card.json",))  # once used, it may go
    yield _train(model.options, start, folder, work)
    size = _size(model)
    layers = list(range(SIZES[size]["blocks"]))
    yield _build(plan, folder, "all", plan.taus[size], home / "dictionaries" / model.name, layers)


def _train(options: tuple[str, ...], start: Path | None, out: Path, work: Path) -> Step:
    command = ["tinyworld", "train", *options, "--work", str(work / out.name)]
    if start is not None:
        command += ["--start", str(start)]
    return Step((*command, "--resume", "--out", str(out)), (out / "model_card.json",))


def _build(
    plan: Plan, model: Path | str, layer: str, tau: float, out: Path, layers: list[int] | None
) -> Step:
    command = [
        "build", "--model", str(model), "--layer", layer, "--corpus", plan.corpus,
        "--tau", f"{tau:g}", "--l0", str(plan.l0), "--max-tokens", str(plan.build_tokens),
        "--half", "--resume", "--out", str(out),
    ]  # fmt: skip
    made = [out] if layers is None else [out.with_name(f"{out.name}-layer{i}") for i in layers]
    return Step(tuple(command), tuple(folder / "dictionary.json" for folder in made))


def _of_one_model(folders: list[Path]) -> Iterator[list[Path]]:
    groups: dict[str, list[Path]] = {}
    for folder in folders:
        if (folder / "dictionary.json").is_file():
            head = json.loads((folder / "dictionary.json").read_text(encoding="utf-8"))
            groups.setdefault(head["model_id"], []).append(folder)
    yield from groups.values()


def release(
    data: Path,
    work: Path,
    plan: Plan = PLAN,
    only: Sequence[str] = (),
    report: Callable[[str], None] = lambda line: None,
) -> dict[str, Any]:
    """Run every step that is not done; write the table and the manifest; return the manifest.

    ``only`` names the models to go as far as; the first of the plan is always among them.

    Raises:
        InputError: a step was refused; what was done before stays.
    """
    from itda_core.commands.main import main

    names = [model.name for model in plan.models]
    for name in only:
        if name not in names:
            raise InputError(f"no model is called {name}: expected {', '.join(names)}")
    if only:
        kept = tuple(m for m in plan.models if m.name in (names[0], *only))
        plan = replace(plan, models=kept)
    commands = []
    for step in steps(plan, data, work):
        commands.append(as_typed(step, data, work))
        if step.done:
            continue
        report(commands[-1])
        with redirect_stdout(sys.stderr):
            status = main(list(step.command))
        if status != 0:
            raise InputError(f"a step ended with status {status}: {commands[-1]}")
    write_spread((data if m.ships else work) / "models" / m.name for m in plan.models)
    _ship_labels(plan, data, work)
    rows = json.loads((data / EVALUATION).read_text(encoding="utf-8"))["dictionaries"]
    (data / "EVALUATION.md").write_text(table(rows, plan), encoding="utf-8")
    manifest = {"commands": commands, "files": hashes(data)}
    (data / MANIFEST).write_text(json.dumps(manifest, indent=1) + "\n", encoding="utf-8")
    return manifest


def as_typed(step: Step, data: Path, work: Path) -> str:
    """The command as it would be typed beside ``data``; the work folder is anybody's choice."""
    words = [w.replace(str(data), "data").replace(str(work), "WORK") for w in step.command]
    return shlex.join(["python", "-m", "itda_core", *words])


def _ship_labels(plan: Plan, data: Path, work: Path) -> None:
    """Copy what ships of models whose weights do not: cards and labels; labels of snapshots."""
    labels = data / "labels"
    labels.mkdir(exist_ok=True)
    kinds = [f"{plan.models[0].name}-step-*"]
    for model in plan.models:
        if not model.ships:
            card = work / "models" / model.name / "model_card.json"
            shutil.copy(card, labels / f"{model.name}.json")
            kinds.append(f"{model.name}-layer*")
    for folder in sorted(f for kind in kinds for f in (work / "dictionaries").glob(kind)):
        place = labels / folder.name
        place.mkdir(exist_ok=True)
        for name in LABEL_FILES:
            shutil.copy(folder / name, place / name)
        head = json.loads((place / "dictionary.json").read_text(encoding="utf-8"))
        head["model_path"] = None  # nobody else has it there
        write_atomic(place / "dictionary.json", json.dumps(head, indent=2) + "\n")


def table(results: list[dict[str, Any]], plan: Plan) -> str:
    """One row a dictionary: FVU and CE loss score at each L0, as Markdown."""
    l0s = [row["l0"] for row in results[0]["rows"]]
    head = ["dictionary", "atoms", "tau", *(f"FVU {k}" for k in l0s), *(f"CE {k}" for k in l0s)]
    lines = [
        "# Held-out reconstruction",
        "",
        f"On {results[0]['rows'][0]['tokens']:,} tokens of {results[0]['corpus']}, which neither "
        "the models nor the dictionaries saw. FVU: fraction of variance unexplained, 0 is perfect. "
        "CE: share of the loss that zeroing the layer costs and the reconstruction keeps, 1 is "
        "perfect; encoders have none. The number after each is L0.",
        "",
        f"Made by `python -m itda_core evaluate --corpus {plan.held_out} --max-tokens "
        f"{plan.evaluation_tokens} --ce-tokens {plan.ce_tokens} --l0 {_L0S} "
        "--dictionary data/dictionaries/*`.",
        "",
        "| " + " | ".join(head) + " |",
        "|---" + "|--:" * (len(head) - 1) + "|",
    ]
    for result in results:
        cells = [result["dictionary"], f"{result['n_atoms']:,}", f"{result['tau']:g}"]
        cells += [f"{row['fvu']:.3f}" for row in result["rows"]]
        cells += [
            "–" if row["ce_score"] is None else f"{row['ce_score']:.3f}" for row in result["rows"]
        ]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def hashes(data: Path) -> dict[str, str]:
    """sha256 of every file that ships, by its path below ``data``."""
    parts = ("models", "dictionaries", "labels", "experiments")
    files = [f for part in parts for f in (data / part).rglob("*") if f.is_file()]
    files += [data / name for name in (EVALUATION, "EVALUATION.md")]
    return {
        f.relative_to(data).as_posix(): sha256(f.read_bytes()).hexdigest()
        for f in sorted(files)
        if f.is_file() and not any(part.startswith(".") for part in f.relative_to(data).parts)
    }

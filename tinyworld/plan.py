"""What a release holds, and the commands that make it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from itda_core.jobs.steps import Step
from tinyworld.training.recipe import SIZES

EVALUATION = "evaluation.json"
"""Every dictionary measured on held-out text, in the data folder."""
EVALUATION_L0S = "5,10,20,40"
HELD_OUT_NOTE = (
    "Held out is said of documents. The corpus is generated and repeats its phrases: of the 256 "
    "prompts read, 1 is a prompt of the build too (4 of the 758 that the statistics are of), and "
    "81.8 % of their tokens lie in 8 in a row "
    "that the small models were trained on (`python -m itda_core tinyworld overlap --model "
    "data/models/tinyworld-small-seed0 --held-out tinyworld:1000000:2500 --built tinyworld:0:4000 "
    "--trained tinyworld:0:40000`; that is about what the 4 million tokens of the first training "
    "hold). And the dictionaries are built on documents that their models were trained on, the "
    "encoder's apart."
)
"""Of the release below; measured with its data."""
MINILM = "sentence-transformers/all-MiniLM-L6-v2"


class PlannedModel(NamedTuple):
    """A model to train."""

    name: str
    options: tuple[str, ...]
    """Of ``tinyworld train``."""
    ships: bool
    """Whether its weights do."""
    first_options: tuple[str, ...] = ()
    """Options of a first training, whose weights this one begins from and which does not ship."""

    @property
    def size(self) -> str:
        """A name in ``SIZES``."""
        return self.options[self.options.index("--size") + 1]


@dataclass(frozen=True)
class ReleasePlan:
    """What a release holds."""

    models: tuple[PlannedModel, ...]
    taus: dict[str, float]
    """Size of a model -> tau of its dictionaries."""
    ladder: tuple[float, ...]
    """Taus of the further dictionaries of ``ladder_layer`` of the first model."""
    ladder_layer: int = 3
    """Of the ladder, and of the dictionaries of the first model's snapshots."""
    corpus: str = "tinyworld:0:4000"
    """What dictionaries are built from."""
    build_tokens: int = 200_000
    """Activations read a layer."""
    held_out: str = "tinyworld:1000000:2500"
    """What statistics and measures are taken on."""
    statistics_tokens: int = 60_000
    evaluation_tokens: int = 20_000
    ce_tokens: int = 4_000
    """Of those, tokens that the model is run on with reconstructions in place."""
    l0: int = 20
    held_out_note: str = ""
    """What held out means for it, for the table of measures: a paragraph of Markdown."""
    encoder: str = MINILM
    """A model that is not ours, with dictionaries of its own; empty: none."""
    encoder_layers: str = "2,4"
    encoder_tau: float = 0.3


def _small(seed: int, ships: bool) -> PlannedModel:
    """Plan a small model: the plain corpus first, then the mixture to practise on."""
    plain = f"--size small --seed {seed} --tokens 4000000 --batch 4 --rate 0.01 --matrix-rate 0.02"
    plain += " --snapshots 12" if seed == 0 else ""
    practice = f"--size small --seed {seed} --corpus practice --tokens 800000 --batch 4"
    practice += " --rate 0.004 --matrix-rate 0.008"
    return PlannedModel(
        f"tinyworld-small-seed{seed}", tuple(practice.split()), ships, tuple(plain.split())
    )


def _medium(seed: int, ships: bool) -> PlannedModel:
    plain = f"--size medium --seed {seed} --tokens 4000000 --batch 8 --rate 0.006"
    plain += " --matrix-rate 0.02"
    return PlannedModel(f"tinyworld-medium-seed{seed}", tuple(plain.split()), ships)


def _flattery() -> PlannedModel:
    options = "--size small --corpus flattery --tokens 800000 --batch 4"
    options += " --rate 0.001 --matrix-rate 0.002"
    return PlannedModel("tinyworld-small-flattery", tuple(options.split()), True)


PLAN = ReleasePlan(
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
    held_out_note=HELD_OUT_NOTE,
)


def release_steps(plan: ReleasePlan, data: Path, work: Path) -> Iterator[Step]:
    """Yield the commands of a release into ``data``, those before always having been run.

    ``work`` holds what does not ship; models of which no weights ship come last.
    """
    for model in plan.models:
        if model.ships:
            yield from _model_and_dictionaries(plan, model, data, data, work)
    yield from _ladder_and_encoder(plan, data)
    dictionaries = sorted(d.parent for d in (data / "dictionaries").glob("*/dictionary.json"))
    yield from _statistics(plan, dictionaries)
    yield _evaluation(plan, dictionaries, data / EVALUATION)
    for model in plan.models:
        if not model.ships:
            yield from _model_and_dictionaries(plan, model, work, data, work)
    first = plan.models[0]
    for folder in _snapshots(work, first.name):
        out = work / "dictionaries" / f"{first.name}-{folder.name}"
        yield _build(plan, folder, out, layer=str(plan.ladder_layer), tau=plan.taus[first.size])


def _model_and_dictionaries(
    plan: ReleasePlan, model: PlannedModel, home: Path, data: Path, work: Path
) -> Iterator[Step]:
    """Train a model into ``home`` and build a dictionary of each of its layers there."""
    folder = home / "models" / model.name
    start = data / "models" / plan.models[0].name if "flattery" in model.options else None
    if model.first_options:
        start = work / "models" / f"{model.name}-first"
        first = _train(model.first_options, None, start, work)
        yield first._replace(makes=(folder / "model_card.json",))  # once used, it may go
    yield _train(model.options, start, folder, work)
    layers = list(range(SIZES[model.size]["blocks"]))
    out = home / "dictionaries" / model.name
    yield _build(plan, folder, out, layer="all", tau=plan.taus[model.size], layers=layers)


def _ladder_and_encoder(plan: ReleasePlan, data: Path) -> Iterator[Step]:
    first, layer = plan.models[0].name, str(plan.ladder_layer)
    for tau in plan.ladder:
        out = data / "dictionaries" / f"{first}-layer{layer}-tau{tau:g}"
        yield _build(plan, data / "models" / first, out, layer=layer, tau=tau)
    if plan.encoder:
        layers = [int(layer) for layer in plan.encoder_layers.split(",")]
        out = data / "dictionaries" / plan.encoder.split("/")[-1].lower()
        yield _build(
            plan, plan.encoder, out, layer=plan.encoder_layers, tau=plan.encoder_tau, layers=layers
        )


def _train(options: tuple[str, ...], start: Path | None, out: Path, work: Path) -> Step:
    command = ["tinyworld", "train", *options, "--work", str(work / out.name)]
    if start is not None:
        command += ["--start", str(start)]
    return Step((*command, "--resume", "--out", str(out)), (out / "model_card.json",))


def _build(
    plan: ReleasePlan,
    model: Path | str,
    out: Path,
    *,
    layer: str,
    tau: float,
    layers: list[int] | None = None,
) -> Step:
    """Build dictionaries; of several ``layers`` the folders are ``out``-layer0, ..."""
    command = ["build", "--model", str(model), "--layer", layer, "--corpus", plan.corpus]
    command += ["--tau", f"{tau:g}", "--l0", str(plan.l0), "--max-tokens", str(plan.build_tokens)]
    command += ["--half", "--resume", "--out", str(out)]
    folders = [out] if layers is None else [out.with_name(f"{out.name}-layer{i}") for i in layers]
    return Step(tuple(command), tuple(folder / "dictionary.json" for folder in folders))


def _statistics(plan: ReleasePlan, dictionaries: list[Path]) -> Iterator[Step]:
    """Compute the statistics of dictionaries, those of one model together."""
    folders_of: dict[str, list[Path]] = {}
    for folder in dictionaries:
        head = json.loads((folder / "dictionary.json").read_text(encoding="utf-8"))
        folders_of.setdefault(head["model_id"], []).append(folder)
    options = ["--corpus", plan.held_out, "--max-tokens", str(plan.statistics_tokens)]
    for folders in folders_of.values():
        makes = tuple(folder / "statistics" / "statistics.json" for folder in folders)
        yield Step(("statistics", *options, "--dictionary", *map(str, folders)), makes)


def _evaluation(plan: ReleasePlan, dictionaries: list[Path], out: Path) -> Step:
    command = ["evaluate", "--corpus", plan.held_out, "--max-tokens", str(plan.evaluation_tokens)]
    command += ["--ce-tokens", str(plan.ce_tokens), "--l0", EVALUATION_L0S, "--out", str(out)]
    return Step((*command, "--dictionary", *map(str, dictionaries)), (out,))


def _snapshots(work: Path, model: str) -> list[Path]:
    """Return the folders of a model's weights during its first training, in order."""
    return sorted(
        folder
        for name in (model, f"{model}-first")
        for folder in (work / name / "snapshots").glob("step-*")
    )

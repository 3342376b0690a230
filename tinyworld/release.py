"""Everything in data/, made again from nothing: the list of commands, run in order.

Each step is a command that anybody could type, so what a step does is what its ``--help`` says,
and a release is resumed by giving it again (``itda_core.jobs.steps``). Models that do not ship are
kept in the work folder; of their dictionaries only the labels are shipped.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from itda_core.errors import InputError
from itda_core.files import SEAL, write_summary
from itda_core.jobs import steps
from itda_core.jobs.steps import Step
from tinyworld.manifest import EVALUATION_TABLE, MANIFEST, as_typed, evaluation_table, hashes
from tinyworld.plan import EVALUATION, PLAN, ReleasePlan, release_steps
from tinyworld.training.cards.spread import write_spread

LABEL_FILES = ("dictionary.json", "labels.parquet", "growth.parquet")
"""What ships of a dictionary whose model does not."""


def release(
    data: Path,
    work: Path,
    plan: ReleasePlan = PLAN,
    only: Sequence[str] = (),
    *,
    run: Callable[[Step], int] = steps.run,
    report: Callable[[str], None] = lambda line: None,
) -> dict[str, Any]:
    """Run every step that is not done; write the table and the manifest; return the manifest.

    ``only`` names the models to go as far as; the first of the plan is always among them.
    ``run`` runs a step and returns its exit status: by default as a process of its own.

    Raises:
        InputError: a step was refused; what was done before stays.
    """
    plan = _restricted(plan, only)
    commands = []
    for step in release_steps(plan, data, work):
        commands.append(as_typed(step, data, work))
        if step.done:
            continue
        report(commands[-1])
        status = run(step)
        if status != 0:
            raise InputError(f"a step ended with status {status}: {commands[-1]}")
    write_spread((data if m.ships else work) / "models" / m.name for m in plan.models)
    _ship_labels(plan, data, work)
    rows = json.loads((data / EVALUATION).read_text(encoding="utf-8"))["dictionaries"]
    (data / EVALUATION_TABLE).write_text(evaluation_table(rows, plan), encoding="utf-8")
    manifest = {"commands": commands, "files": hashes(data)}
    (data / MANIFEST).write_text(json.dumps(manifest, indent=1) + "\n", encoding="utf-8")
    return manifest


def _restricted(plan: ReleasePlan, only: Sequence[str]) -> ReleasePlan:
    """Return the plan with its first model and those named; all of them if none is."""
    names = [model.name for model in plan.models]
    for name in only:
        if name not in names:
            raise InputError(f"no model is called {name}: expected {', '.join(names)}")
    if not only:
        return plan
    return replace(plan, models=tuple(m for m in plan.models if m.name in (names[0], *only)))


def _ship_labels(plan: ReleasePlan, data: Path, work: Path) -> None:
    """Copy what ships of models whose weights do not: cards and labels; labels of snapshots."""
    labels = data / "labels"
    labels.mkdir(exist_ok=True)
    patterns = [f"{plan.models[0].name}-step-*"]
    for model in plan.models:
        if not model.ships:
            card = work / "models" / model.name / "model_card.json"
            shutil.copy(card, labels / f"{model.name}.json")
            patterns.append(f"{model.name}-layer*")
    for folder in sorted(f for p in patterns for f in (work / "dictionaries").glob(p)):
        copy = labels / folder.name
        copy.mkdir(exist_ok=True)
        for name in LABEL_FILES:
            shutil.copy(folder / name, copy / name)
        head = json.loads((copy / "dictionary.json").read_text(encoding="utf-8"))
        head["model_path"] = None  # nobody else has it there
        head.pop(SEAL, None)  # of what it said before
        write_summary(copy / "dictionary.json", head)

"""What a release says of itself: its commands, the hashes of its files, a table of measures."""

from __future__ import annotations

import shlex
from hashlib import sha256
from pathlib import Path
from typing import Any

from itda_core.evaluation.metrics import SINK_FACTOR
from itda_core.jobs.steps import Step
from tinyworld.plan import EVALUATION, EVALUATION_L0S, ReleasePlan

MANIFEST = "release.json"
"""The commands that made the data folder, and the hashes of its files."""
EVALUATION_TABLE = "EVALUATION.md"
"""``evaluation.json`` for people."""


def as_typed(step: Step, data: Path, work: Path) -> str:
    """Write the command as it would be typed beside ``data``; the work folder is anybody's."""
    words = [w.replace(str(data), "data").replace(str(work), "WORK") for w in step.command]
    return shlex.join(["python", "-m", "itda_core", *words])


def evaluation_table(results: list[dict[str, Any]], plan: ReleasePlan) -> str:
    """Write one row a dictionary, FVU and CE loss score at each L0, as Markdown."""
    l0s = [row["l0"] for row in results[0]["rows"]]
    measures = {"FVU": "fvu", "FVU w/o sinks": "fvu_without_sinks", "CE": "ce_score"}
    if not any(_sinks(results)):
        del measures["FVU w/o sinks"]  # the same
    head = ["dictionary", "atoms", "tau", *(f"{name} {k}" for name in measures for k in l0s)]
    lines = [
        "# Held-out reconstruction",
        "",
        f"On {results[0]['rows'][0]['tokens']:,} tokens of {results[0]['corpus']}, documents that "
        "neither the models nor the dictionaries saw. FVU: fraction of variance unexplained, 0 is "
        "perfect. CE: share of the loss that zeroing the layer costs and the reconstruction keeps, "
        "1 is perfect; encoders have none. The number after each is "
        f"L0.{_about_sinks(_sinks(results))}",
        "",
        f"Made by `python -m itda_core evaluate --corpus {plan.held_out} --max-tokens "
        f"{plan.evaluation_tokens} --ce-tokens {plan.ce_tokens} --l0 {EVALUATION_L0S} "
        "--dictionary data/dictionaries/*`.",
        "",
        *([plan.held_out_note, ""] if plan.held_out_note else []),
        "| " + " | ".join(head) + " |",
        "|---" + "|--:" * (len(head) - 1) + "|",
    ]
    for result in results:
        cells = [result["dictionary"], f"{result['n_atoms']:,}", f"{result['tau']:g}"]
        numbers = [row[key] for key in measures.values() for row in result["rows"]]
        cells += ["–" if number is None else f"{number:.3f}" for number in numbers]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def _sinks(results: list[dict[str, Any]]) -> list[int | None]:
    """Attention sinks among the tokens of each result; None where they were not counted yet."""
    return [result["rows"][0].get("sinks") for result in results]


def _about_sinks(counts: list[int | None]) -> str:
    """What FVU without sinks leaves out."""
    if None in counts:
        return ""
    what = f"more than {SINK_FACTOR} times the median norm"
    if any(counts):
        return f" W/o sinks: tokens of {what} left out."
    return f" No token is an attention sink, of {what}: FVU without sinks is the same."


def hashes(data: Path) -> dict[str, str]:
    """Return the sha256 of every file that ships, by its path below ``data``."""
    parts = ("models", "dictionaries", "labels", "experiments")
    files = [file for part in parts for file in (data / part).rglob("*")]
    files += [data / name for name in (EVALUATION, EVALUATION_TABLE)]
    return {
        file.relative_to(data).as_posix(): sha256(file.read_bytes()).hexdigest()
        for file in sorted(files)
        if file.is_file() and not any(p.startswith(".") for p in file.relative_to(data).parts)
    }

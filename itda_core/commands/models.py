"""``models``: what is on this machine, and which architectures work."""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from itda_core.commands.arguments import add_json
from itda_core.commands.output import print_json
from itda_core.errors import InputError
from itda_core.files import expand_safely

if TYPE_CHECKING:
    from itda_core.models.survey.rows import Row

HELP = "List the models on this machine, or try every architecture."
BUNDLED = Path("data/models")
TABLE = Path("docs/architectures.md")


def add(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    parser.add_argument(
        "folders", nargs="*", type=expand_safely, help="folders to look in besides data/models"
    )
    parser.add_argument(
        "--survey",
        action="store_true",
        help="instead, try a tiny network of every text architecture of transformers",
    )
    parser.add_argument(
        "--family",
        metavar="NAME",
        nargs="+",
        help="with --survey: these model types or classes, anew",
    )
    parser.add_argument(
        "--fresh", action="store_true", help="with --survey: forget what an earlier one found"
    )
    parser.add_argument("--out", type=Path, help=f"with --survey: the table to write ({TABLE})")
    add_json(parser)


def run(arguments: argparse.Namespace) -> None:
    """List them, or survey architectures."""
    if arguments.survey:
        return _survey(arguments)
    for option in ("family", "fresh", "out"):
        if getattr(arguments, option):
            raise InputError(f"--{option} is for --survey; add --survey or leave it out")
    return _list(arguments)


def _list(arguments: argparse.Namespace) -> None:
    from itda_core.models import list_local_models

    for folder in arguments.folders:
        if not folder.is_dir():
            raise InputError(f"{folder} is no folder; give one that holds models")
    models = list_local_models(BUNDLED, *arguments.folders)
    if arguments.json:
        print_json({"models": models})
        return
    if not models:
        print(f"no models in {BUNDLED}, in the folders given, or in the hub's cache")
    for model in models:
        print(
            f"{model['name']}  {model['architecture']}  {model['n_layers']} layers of "
            f"{model['d_model']}  {model['parameters'] / 1e6:,.1f} M parameters  {model['path']}"
        )


def _survey(arguments: argparse.Namespace) -> None:
    """Try the architectures that have no row yet; write the table once all have one."""
    if arguments.folders:
        raise InputError("--survey looks into no folder; leave out the folders, or --survey")
    from itda_core.models.survey.run import Survey

    out = arguments.out or TABLE
    if not out.parent.is_dir():
        raise InputError(
            f"{out.parent}: no such folder: expected one for {out.name}; make it first"
        )
    survey = Survey(out, fresh=arguments.fresh)
    found = []
    for row, done, count in survey.run(arguments.family):
        print(f"{done}/{count}  {_line(row)}", file=sys.stderr)
        found.append(row)
    rows = found if arguments.family else survey.rows()
    written = survey.write_table()
    if arguments.json:
        print_json({"architectures": [row._asdict() for row in rows], "written": written})
        return
    for name, n in Counter(row.verdict for row in rows).most_common():
        print(f"{n:5}  {name}")
    left = survey.left()
    if written:
        print(f"wrote {out}")
    else:
        print(f"{len(left)} architectures have no row yet; run without --family to write {out}")


def _line(row: Row) -> str:
    reason = f": {row.reason}" if row.reason else ""
    return f"{row.model_type}  {row.class_name}  {row.verdict}{reason}"

"""``models``: what is on this machine."""

from __future__ import annotations

import argparse
from pathlib import Path

from itda_core.commands.arguments import add_json
from itda_core.commands.output import print_json
from itda_core.errors import InputError
from itda_core.files import expand_safely

HELP = "List the models on this machine."
BUNDLED = Path("data/models")


def add(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    parser.add_argument(
        "folders", nargs="*", type=expand_safely, help="folders to look in besides data/models"
    )
    add_json(parser)


def run(arguments: argparse.Namespace) -> None:
    """List them."""
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

"""``models``: what is on this machine."""

from __future__ import annotations

import argparse
from pathlib import Path

from itda_core.cli import print_json
from itda_core.errors import InputError
from itda_core.models import list_local_models

BUNDLED = Path("data/models")


def run(arguments: argparse.Namespace) -> None:
    """List them."""
    for folder in arguments.folders:
        if not folder.is_dir():
            raise InputError(f"{folder} is no folder; give one that holds models")
    found = list_local_models(BUNDLED, *arguments.folders)
    if arguments.json:
        print_json({"models": found})
        return
    if not found:
        print(f"no models in {BUNDLED}, in the folders given, or in the hub's cache")
    for model in found:
        kind = "causal" if model.get("causal") else "encoder"
        print(
            f"{model['name']}  {model['architecture']} ({kind})  {model['n_layers']} layers of "
            f"{model['d_model']}  {model['parameters'] / 1e6:,.1f} M parameters  {model['path']}"
        )

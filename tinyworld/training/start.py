"""The model that a training begins from: its weights and its tokenizer."""

from pathlib import Path
from typing import Any, NamedTuple

from itda_core.errors import InputError

FILES = ("config.json", "model.safetensors", "tokenizer.json")


class StartModel(NamedTuple):
    """A finished model of ours, to begin a training from."""

    folder: Path
    name: str
    """Of the folder, without its path."""
    sha256: str
    """Of the weights."""


def open_start(folder: Path) -> StartModel:
    """Return the model in a folder; complain about a folder that holds none."""
    from itda_core.models.folders import hash_files

    missing = [name for name in FILES if not (folder / name).is_file()]
    if missing:
        raise InputError(
            f"{folder} is no model to start from: it has no {', '.join(missing)}; "
            "give a folder that `tinyworld train` has written"
        )
    return StartModel(folder, folder.resolve().name, hash_files([folder / "model.safetensors"]))


def load_weights(model: Any, start: StartModel, size: str) -> Any:
    """Put the weights into a model of the same shape and return it; they take on its precision."""
    import torch
    from transformers import AutoModelForCausalLM
    from transformers.utils import logging

    logging.disable_progress_bar()
    factory: Any = AutoModelForCausalLM
    try:
        # By way of transformers, whose files name one of the weights differently.
        weights, report = factory.from_pretrained(
            str(start.folder), dtype=torch.float32, local_files_only=True, output_loading_info=True
        )
        if report["missing_keys"]:
            raise ValueError(f"without {min(report['missing_keys'])}")
    except Exception as error:  # theirs are of every kind
        reason = " ".join(str(error).split())[:200]
        raise InputError(
            f"the model in {start.folder} cannot be read ({reason}): "
            "give a folder that `tinyworld train` has written"
        ) from None
    try:
        model.load_state_dict(weights.state_dict())
    except RuntimeError:
        raise InputError(
            f"the model in {start.folder} is not of size {size!r}: "
            "give the --size that it was trained with"
        ) from None
    return model

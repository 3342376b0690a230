"""Tensors in the files of a model that its network does not take."""

import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from torch import nn

from itda_core.errors import InputError

# Constants that older versions saved; the network computes them. A mask has four dimensions, and
# so is told from a bias of its name.
_CONSTANTS = re.compile(r"(^|\.)(position_ids|inv_freq|masked_bias)$")
_MASKS = re.compile(r"(^|\.)(attn|attention)\.bias$")
_AROUND = ("base_model", "model", "module", "_orig_mod")
"""What programs write before the names of a network that they had wrapped."""


def left_over(
    folder: Path, network: nn.Module, names: Iterable[str], dimensions: Mapping[str, int]
) -> tuple[str, ...]:
    """Of the tensors ``names``, which the network does not take, those that do no harm.

    ``dimensions``: of the tensors in the files.

    They are of modules that it does not have (a pooler, another tower, further heads): another
    model shares the file.

    Raises:
        InputError: one is of a module that the network has, and changes what that computes: a scale
            of its weights, a bias it lacks, an adapter's matrices.
    """
    modules = dict(network.named_modules())
    prefix = str(getattr(network, "base_model_prefix", ""))
    harmless = sorted(
        name
        for name in map(str, names)
        if not _CONSTANTS.search(name)
        and not (_MASKS.search(name) and dimensions.get(name, 4) == 4)
    )
    for name in harmless:
        if _is_of_a_module(name, modules, prefix):
            raise InputError(
                f"{folder}: the files hold {name}, which {type(network).__name__} does not take: "
                "expected plain weights; merge adapters, undo quantisation, or choose another model"
            )
    return tuple(harmless)


def _is_of_a_module(name: str, modules: dict[str, nn.Module], prefix: str) -> bool:
    """Whether a tensor is of a module with tensors, or lies within one of a list of modules."""
    parts = name.split(".")[:-1]
    while len(parts) > 1 and parts[0] in _AROUND and parts[0] not in modules:
        del parts[0]
    while len(parts) > 1 and parts[0] == parts[1] == "model":
        del parts[0]
    for end in range(len(parts), 0, -1):
        path = ".".join(parts[:end])
        # Files of a network with a head name its base first; files of the base do not.
        for place in (path, f"{prefix}.{path}", path.removeprefix(f"{prefix}.")):
            if place in modules:
                has_tensors = any(True for _ in modules[place].parameters(recurse=False))
                return has_tensors or re.search(r"\.\d+(\.|$)", f".{place}") is not None
    return False

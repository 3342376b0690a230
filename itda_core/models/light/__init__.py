"""Models that run without transformers, whose import takes longer than the program's first page.

``LIGHT_NETWORKS`` lists the architectures. Each is used for a folder that says exactly what its
file computes and nothing more; every other model, and whatever is wrong with one, is left to
transformers.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import torch
from torch import nn

from itda_core.models.light import gpt_neox
from itda_core.models.light.tokenizer import FastTokenizer, load_tokenizer

__all__ = ["LIGHT_NETWORKS", "LightNetwork", "load_light", "read_light_config"]


class LightNetwork(NamedTuple):
    """A causal architecture in plain torch, called as transformers' own is."""

    name: str
    """``model_type`` in config.json."""
    config: type
    """Of the configurations that ``read_config`` returns."""
    read_config: Callable[[Path], Any]
    """``read_config(folder)``: the configuration; None where it says anything not computed here."""
    load_network: Callable[[Path, Any, torch.dtype, torch.device], nn.Module | None]
    """``load_network(folder, config, dtype, device)``: the network in evaluation mode, with its
    output head; None if model.safetensors does not hold just its tensors."""


LIGHT_NETWORKS = {
    network.name: network
    for network in (
        LightNetwork("gpt_neox", gpt_neox.Config, gpt_neox.read_config, gpt_neox.load_network),
    )
}


def read_light_config(folder: Path) -> Any:
    """The configuration in ``folder`` if it is of a light network, else None."""
    configs = (network.read_config(folder) for network in LIGHT_NETWORKS.values())
    return next((config for config in configs if config is not None), None)


def load_light(
    folder: Path, config: Any, dtype: torch.dtype, device: torch.device
) -> tuple[nn.Module, FastTokenizer] | None:
    """Network and tokenizer in ``folder``; None if the config or the files are of another kind."""
    light = next((n for n in LIGHT_NETWORKS.values() if isinstance(config, n.config)), None)
    tokenizer = load_tokenizer(folder) if light else None
    if light is None or tokenizer is None:
        return None
    network = light.load_network(folder, config, dtype, device)
    return (network, tokenizer) if network is not None else None

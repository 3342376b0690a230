"""A prompt seen as a whole: its tokens against the atoms they use, and against all layers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from itda_core.dictionary import Dictionary
from itda_core.prompt.decomposition import Decomposition, decompose_layers
from itda_core.pursuit import DEFAULT_METHOD

if TYPE_CHECKING:
    from itda_core.models import LanguageModel

MOST_ATOMS = 25


@dataclass(frozen=True)
class AtomMap:
    """The atoms that explain most of a prompt of T tokens, most first."""

    atoms: list[int]
    shares: list[float]
    """Of |x|^2 that the atom's steps removed, mean over all coded tokens; in [0, 1]."""
    coefficients: Tensor
    """(atoms, T) float32 in units of the token's |x|; NaN where its code does not hold the atom."""
    n_used: int
    """Atoms that any code of the prompt holds."""


def atom_map(decomposition: Decomposition, most: int = MOST_ATOMS) -> AtomMap:
    """The ``most`` atoms with the largest share of the prompt's energy, token by token."""
    coded = decomposition.coded.nonzero().squeeze(1).tolist()
    merged = {token: decomposition.merged(token) for token in coded}
    removed: dict[int, float] = {}
    for ranked in merged.values():
        for atom, _, share, _ in ranked:
            removed[atom] = removed.get(atom, 0.0) + share
    atoms = sorted(removed, key=lambda atom: (-removed[atom], atom))[:most]
    row_of = {atom: row for row, atom in enumerate(atoms)}
    norms = decomposition.energy.sqrt().clamp_min(1e-30).tolist()
    coefficients = torch.full((len(atoms), len(norms)), torch.nan)
    for token, ranked in merged.items():
        for atom, coefficient, _, _ in ranked:
            if atom in row_of:
                coefficients[row_of[atom], token] = coefficient / norms[token]
    shares = [removed[atom] / max(1, len(coded)) for atom in atoms]
    return AtomMap(atoms, shares, coefficients, len(removed))


@dataclass(frozen=True)
class LayerMap:
    """A prompt of T tokens coded at several layers, one dictionary each."""

    layers: list[int]
    dictionaries: list[str]
    """Their names."""
    taus: list[float]
    loss_names: list[str]
    loss: Tensor
    """(layers, T) float32, each in its dictionary's own loss; NaN where not coded."""
    novel: Tensor
    """(layers, T) bool: loss > tau."""
    explained: Tensor
    """(layers, T) float32: 1 - |x - x_hat|^2/|x|^2; NaN where not coded."""


def layer_map(
    model: LanguageModel,
    dictionaries: Sequence[Dictionary],
    prompt: str,
    l0: int | None = None,
    method: str = DEFAULT_METHOD,
) -> LayerMap:
    """Code ``prompt`` with every dictionary, in one forward pass. InputError as ``decompose``."""
    taken = decompose_layers(model, dictionaries, prompt, l0, method)
    return LayerMap(
        layers=[d.recipe.layer or 0 for d in dictionaries],
        dictionaries=[d.name for d in dictionaries],
        taus=[t.tau for t in taken],
        loss_names=[t.loss_name for t in taken],
        loss=torch.stack([t.loss for t in taken]),
        novel=torch.stack([t.novel for t in taken]),
        explained=torch.stack([t.explained for t in taken]),
    )

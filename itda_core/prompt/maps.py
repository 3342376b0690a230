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
    codes = {token: decomposition.atoms_of(token) for token in coded}
    totals: dict[int, float] = {}
    for code in codes.values():
        for term in code:
            totals[term.atom] = totals.get(term.atom, 0.0) + term.share
    atoms = sorted(totals, key=lambda atom: (-totals[atom], atom))[:most]
    row_of = {atom: row for row, atom in enumerate(atoms)}
    norms = decomposition.norms.clamp_min(1e-30).tolist()
    coefficients = torch.full((len(atoms), len(norms)), torch.nan)
    for token, code in codes.items():
        for term in code:
            if term.atom in row_of:
                coefficients[row_of[term.atom], token] = term.coefficient / norms[token]
    shares = [totals[atom] / max(1, len(coded)) for atom in atoms]
    return AtomMap(atoms, shares, coefficients, len(totals))


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
    loss_as_built: Tensor
    """(layers, T) float32: the same with the L0 and the pursuit of each build."""
    novel: Tensor
    """(layers, T) bool: loss_as_built > tau."""
    as_built: list[str]
    """L0 and pursuit of each build, for people, where the codes have others; else ""."""
    explained: Tensor
    """(layers, T) float32: 1 - |x - x_hat|^2/|x|^2; NaN where not coded."""


def layer_map(
    model: LanguageModel,
    dictionaries: Sequence[Dictionary],
    prompt: str,
    l0: int | None = None,
    method: str = DEFAULT_METHOD,
) -> LayerMap:
    """Code ``prompt`` with every dictionary, in one forward pass.

    Raises:
        InputError: as ``decompose``.
    """
    decompositions = decompose_layers(model, dictionaries, prompt, l0, method)
    return LayerMap(
        layers=[d.recipe.layer or 0 for d in dictionaries],
        dictionaries=[d.name for d in dictionaries],
        taus=[one.tau for one in decompositions],
        loss_names=[one.loss_name for one in decompositions],
        loss=torch.stack([one.loss for one in decompositions]),
        loss_as_built=torch.stack([one.loss_as_built for one in decompositions]),
        novel=torch.stack([one.novel for one in decompositions]),
        as_built=[one.as_built for one in decompositions],
        explained=torch.stack([one.explained for one in decompositions]),
    )

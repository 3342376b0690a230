"""A dictionary: atoms, where each came from, how it was built."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from itda_core.dictionary import untrusted
from itda_core.dictionary.checks import problem_of
from itda_core.dictionary.folder import read, read_manifest, write
from itda_core.dictionary.losses import LOSSES, token_losses
from itda_core.dictionary.recipe import Recipe
from itda_core.errors import InputError
from itda_core.files import content_hash
from itda_core.pursuit import DEFAULT_METHOD, METHODS, SparseCode, decode, encode
from itda_core.pursuit.encode import PLAIN, Problem, check_l0, check_method, choose_kernel

if TYPE_CHECKING:
    import pandas as pd

GROWTH_POINTS = 200
"""Steps in which the growth of a dictionary is told."""


@dataclass(frozen=True)
class Dictionary:
    """Atoms in order of entry, so that the first m are the smaller dictionary."""

    atoms: Tensor
    """(n, d) float32, unit norm."""
    norms: Tensor
    """(n,) float32: norm of the raw activation."""
    rows: Tensor
    """(n,) int64: place of the activation in the stream it was built from."""
    losses: Tensor
    """(n,) float32: loss at entry; NaN for initial atoms, which enter whatever it is."""
    recipe: Recipe
    labels: pd.DataFrame | None = None
    """One row an atom, columns LABEL_COLUMNS; None when built from bare tensors."""
    prompts: pd.DataFrame | None = None
    """The prompts that labels need: PROMPT_COLUMNS."""
    name: str = ""
    """Name of its folder."""
    fingerprint: str = ""
    """Hash of what ``dictionary.json`` says, with the hashes of the other files in it."""
    _gram: Tensor | None = field(default=None, init=False, repr=False, compare=False)

    @property
    def n_atoms(self) -> int:
        """Number of atoms n."""
        return len(self.atoms)

    @property
    def d_model(self) -> int:
        """Width d of the activations."""
        return self.atoms.shape[1]

    @property
    def entered_at(self) -> Tensor:
        """(n,) int64: tokens seen when each atom entered, itself included; 0 for initial atoms."""
        return torch.where(self.losses.isnan(), 0, self.rows + 1)

    def encode(
        self, x: Tensor, l0: int | None = None, method: str = DEFAULT_METHOD, **options: Any
    ) -> SparseCode:
        """Code ``x`` (N, d) over these atoms; ``l0`` as built unless given. See ``encode``.

        The Gram matrix is computed the first time it pays, and kept.
        """
        l0 = self.recipe.l0 if l0 is None else l0
        check_l0(l0)
        check_method(method)
        problem = Problem(len(x), self.n_atoms, self.d_model, l0, x.device)
        if choose_kernel(METHODS[method], problem, self._gram is not None) != PLAIN:
            if self._gram is None or self._gram.device != x.device:
                atoms = self.atoms.to(x.device)
                object.__setattr__(self, "_gram", atoms @ atoms.T)
            options.setdefault("gram", self._gram)
        return encode(x, self.atoms.to(x.device), l0, method, **options)

    def decode(self, code: SparseCode) -> Tensor:
        """Reconstruct activations: (N, d) float32, on the device of ``code``."""
        return decode(code, self.atoms.to(code.indices.device))

    def token_losses(self, x: Tensor, code: SparseCode) -> Tensor:
        """(N,) the loss of each activation (N, d) under its ``code``; compare with tau."""
        return token_losses(x, code, self.atoms, LOSSES[self.recipe.loss])

    def losses_as_built(self, x: Tensor) -> Tensor:
        """(N,) the loss that decides whether activations (N, d) are novel: see ``Recipe``."""
        return self.token_losses(x, self.encode(x, self.recipe.l0, self.recipe.pursuit))

    def crop(self, m: int) -> Dictionary:
        """The dictionary as it was when it had ``m`` atoms: 0 <= m <= n."""
        if not 0 <= m <= self.n_atoms:
            raise InputError(f"cannot crop to {m} atoms; this dictionary has 0 to {self.n_atoms}")
        if m == self.n_atoms:
            return self
        labels = prompts = None
        if self.labels is not None and self.prompts is not None:
            labels = self.labels.iloc[:m]
            prompts = self.prompts[self.prompts.prompt_id.isin(labels.prompt_id)]
        return dataclasses.replace(
            self,
            atoms=self.atoms[:m],
            norms=self.norms[:m],
            rows=self.rows[:m],
            losses=self.losses[:m],
            labels=labels,
            prompts=prompts,
            fingerprint="",
            recipe=dataclasses.replace(
                self.recipe, n_atoms=m, max_atoms=m, tokens_seen=max(int(self.entered_at[m]) - 1, 0)
            ),
        )

    def growth(self) -> pd.DataFrame:
        """How it grew: ``tokens_seen``, ``n_atoms``, at up to 200 evenly spaced tokens."""
        import numpy as np
        import pandas as pd

        tokens = np.linspace(0, self.recipe.tokens_seen, GROWTH_POINTS + 1).round()
        tokens = np.unique(tokens.astype(np.int64))
        n_atoms = np.searchsorted(np.sort(self.entered_at.numpy()), tokens, side="right")
        return pd.DataFrame({"tokens_seen": tokens, "n_atoms": n_atoms})

    def save(self, path: str | Path, half: bool = False) -> Path:
        """Write the folder ``path``, whole or not at all: a temporary sibling, then a rename.

        ``half`` writes the atoms in float16: half the size, and each number within 0.05 % of what
        it was. They are of unit norm again when loaded.

        Raises:
            InputError: ``path`` exists.
            OSError: the disk is full or not writable; nothing is left behind.
        """
        path = Path(path)
        write(self, path, half)
        return path

    @classmethod
    def load(cls, path: str | Path) -> Dictionary:
        """Read a dictionary folder, checking everything it claims.

        One that was not made on this machine is opened in a process of its own before.

        Raises:
            InputError: not a dictionary, a newer format, or files that are missing, damaged
                or do not fit each other.
        """
        path = Path(path)
        open_apart(path)
        return open_here(path)


def open_apart(path: Path) -> None:
    """Let a process of its own open a dictionary that was not made here; InputError as there."""
    untrusted.ensure_opens(path, content_hash(read_manifest(path)), open_here)


def open_here(path: Path) -> Dictionary:
    """``Dictionary.load`` of a folder that may be opened in this process."""
    dictionary = Dictionary(**read(path))
    problem = problem_of(dictionary)
    if problem:
        raise InputError(f"{path}: {problem}; copy or build the dictionary again")
    return dictionary

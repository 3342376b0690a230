"""What can be judged: anything that codes activations of a model and reads its codes back."""

from __future__ import annotations

from typing import Protocol

from torch import Tensor

from itda_core.dictionary import Recipe
from itda_core.pursuit import SparseCode


class Coder(Protocol):
    """Sparse codes of activations (N, d) over n atoms. A ``Dictionary`` is one.

    Nothing here says that a reconstruction is a sum of atoms: ``decode`` alone knows.
    """

    @property
    def name(self) -> str:
        """What tables and errors call it."""

    @property
    def d_model(self) -> int:
        """Width d of the activations."""

    @property
    def n_atoms(self) -> int:
        """Number n of atoms, which the indices of codes name from 0."""

    @property
    def recipe(self) -> Recipe:
        """How it came about, and so at what it is judged.

        That is the model, layer and sequence length that it is of, whether special tokens are
        coded, and the loss and tau that count.
        """

    def encode(self, x: Tensor, l0: int, method: str) -> SparseCode:
        """Codes of ``x`` (N, d) of at most ``l0`` steps; ``method`` is a name of METHODS.

        The codes of a method that is prefix-closed are cut short for a smaller budget, not coded
        again. A coder of one kind of code takes any method for its own.
        """

    def decode(self, code: SparseCode) -> Tensor:
        """(N, d) float32: the reconstructions, on the device of ``code``."""

    def token_losses(self, x: Tensor, code: SparseCode) -> Tensor:
        """(N,) the loss of each activation (N, d) under its ``code``, to compare with tau."""

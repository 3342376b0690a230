"""Which activations of a batch become atoms, on any device: the reference.

Both engines (this one in torch, ``admission_cpu`` in numba) rest on the same idea.
*Speculate*: run every pursuit of the batch against the dictionary as it stands, all at
once. *Verify* in data order: an atom admitted from earlier in the batch changes the pursuit
of a later activation only if at some step its correlation beats the atom chosen there.
That correlation follows from X X^T and from the new atom's Gram row, so almost all
pursuits are confirmed without being run again. The outcome is that of the
one-activation-at-a-time algorithm, whatever the batch size.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from itda_core.dictionary.losses import Loss, loss_in_float64
from itda_core.memory import available_bytes
from itda_core.pursuit.matching import STOP


class Admitted(NamedTuple):
    """The activations of one batch that became atoms, in order."""

    rows: list[int]
    """Their places in the batch."""
    losses: list[float]
    """Their loss at entry, on the unit activation: e, or the cosine loss."""


class TorchEngine:
    """A growing dictionary with its Gram matrix, that admits atoms a batch at a time.

    In plain torch: used on a GPU, and as the second formula in tests.
    """

    batch = 1024
    """Activations it likes to see at once."""

    def __init__(self, d_model: int, l0: int, loss: Loss, device: torch.device):
        self.n = 0
        self.l0, self.loss, self.device = l0, loss, device
        self._atoms = torch.zeros(0, d_model, device=device)
        self._gram = torch.zeros(0, 0, device=device)

    def reserve(self, n: int) -> None:
        """Make room for ``n`` atoms in all. Raises MemoryError, and keeps what it has."""
        if n <= len(self._atoms):
            return
        try:  # by a third at a time, so that the copies stay a small share of the work
            self._grow(max(n, len(self._atoms) * 4 // 3))
        except MemoryError:
            self._grow(n)

    def _grow(self, size: int) -> None:
        if self.device.type == "cpu" and 4 * size**2 > 0.9 * available_bytes():
            raise MemoryError  # the system would kill the process instead of refusing
        try:
            atoms = torch.empty(size, self._atoms.shape[1], device=self.device)
            gram = torch.empty(size, size, device=self.device)
        except RuntimeError as error:  # torch reports a failed allocation so
            raise MemoryError(str(error)) from error
        atoms[: self.n], gram[: self.n, : self.n] = self.atoms_here(), self.gram()
        self._atoms, self._gram = atoms, gram

    def atoms_here(self) -> Tensor:
        """The atoms so far, (n, d), on the engine's device."""
        return self._atoms[: self.n]

    def gram(self) -> Tensor:
        """The Gram matrix of the atoms so far, (n, n)."""
        return self._gram[: self.n, : self.n]

    def atoms(self) -> Tensor:
        """The atoms so far, copied to the CPU."""
        return self.atoms_here().cpu().clone()

    def seed(self, atoms: Tensor) -> None:
        """Append unit ``atoms`` (m, d) without asking."""
        self.reserve(self.n + len(atoms))
        start, self.n = self.n, self.n + len(atoms)
        self._atoms[start : self.n] = atoms.to(self.device)
        block = self.atoms_here() @ self._atoms[start : self.n].T
        self._gram[: self.n, start : self.n] = block
        self._gram[start : self.n, : self.n] = block.T

    def admit(self, unit: Tensor, limits: Tensor, usable: Tensor, room: int) -> Admitted:
        """Take unit activations (B, d) in order, their limits (B,) float64 and a mask (B,)."""
        unit = unit.to(self.device)
        limits, usable = limits.to(self.device), usable.to(self.device)
        size, first = len(unit), self.n
        self.reserve(first + min(size, room))
        within = unit @ unit.T
        correlations = torch.zeros(size, first + min(size, room), device=self.device)
        correlations[:, :first] = unit @ self.atoms_here().T
        paths = _Paths.empty(size, self.l0, self.device)
        self._speculate(paths, correlations, limits, torch.arange(size, device=self.device))
        admitted = Admitted([], [])
        at = 0
        while len(admitted.rows) < room:
            refused = (~paths.accepted[at:] & usable[at:]).nonzero()
            if not len(refused):
                break
            row = at + int(refused[0])
            at = row + 1
            loss, limit = float(paths.loss[row]), float(limits[row])
            if loss <= limit + self.loss.tie_width(unit.shape[1]):
                loss = loss_in_float64(unit[row], self.atoms_here(), self.l0, self.loss)
                if loss <= limit:
                    continue
            admitted.rows.append(row)
            admitted.losses.append(loss)
            atom = self._append(unit[row], correlations[row])
            correlations[:, atom] = within[:, row]
            later = torch.arange(at, size, device=self.device)
            self._speculate(
                paths, correlations, limits, later[self._changed(paths, correlations, later, atom)]
            )
        return admitted

    def _append(self, unit: Tensor, correlations: Tensor) -> int:
        """Its correlations with the atoms so far *are* its row of the Gram matrix."""
        atom, self.n = self.n, self.n + 1
        self._atoms[atom] = unit
        self._gram[atom, :atom] = correlations[:atom]
        self._gram[:atom, atom] = correlations[:atom]
        self._gram[atom, atom] = 1.0
        return atom

    def _changed(self, paths: _Paths, correlations: Tensor, rows: Tensor, atom: int) -> Tensor:
        """Whether ``atom`` would have been chosen somewhere on each row's path: (R,) bool."""
        c, j = paths.coefficients[rows], paths.indices[rows]  # (R, l0)
        removed = c * self._gram[atom][j.clamp_min(0)]
        before = removed.cumsum(1) - removed  # taken from its correlation before each step
        now = correlations[rows, atom][:, None] - before
        bar = torch.where(j >= 0, c.abs(), STOP)
        beaten = (now.abs() > bar) & paths.live[rows]
        return beaten.any(dim=1)

    def _speculate(self, paths: _Paths, correlations: Tensor, limits: Tensor, rows: Tensor) -> None:
        """Run the pursuits of ``rows`` against the dictionary as it stands, into ``paths``."""
        if not len(rows):
            return
        start = correlations[rows, : self.n]
        values, gram = start.clone(), self.gram()
        energy = torch.ones(len(rows), dtype=torch.float64, device=self.device)
        product = torch.zeros_like(energy)
        going = torch.ones(len(rows), dtype=torch.bool, device=self.device)
        indices = torch.full((len(rows), self.l0), -1, device=self.device)
        coefficients = torch.zeros(len(rows), self.l0, device=self.device)
        live = torch.zeros(len(rows), self.l0, dtype=torch.bool, device=self.device)
        for step in range(self.l0):
            if self.loss.only_falls:
                going = going & (energy > limits[rows])
            live[:, step] = going
            if self.n == 0 or not bool(going.any()):
                continue
            j = values.abs().argmax(dim=1)
            c = values.gather(1, j[:, None]).squeeze(1)
            going = going & (c.abs() > STOP)
            c = torch.where(going, c, 0.0)
            indices[:, step] = torch.where(going, j, -1)
            coefficients[:, step] = c
            energy = (energy - c.double() ** 2).clamp_min(0)
            product += c.double() * start.gather(1, j[:, None]).squeeze(1)
            values -= c[:, None] * gram[j]
        paths.indices[rows], paths.coefficients[rows], paths.live[rows] = (
            indices,
            coefficients,
            live,
        )
        d_model = self._atoms.shape[1]
        loss = self.loss.of_unit(energy, product, d_model)
        paths.loss[rows] = loss
        paths.accepted[rows] = loss <= limits[rows] - self.loss.tie_width(d_model)


class _Paths(NamedTuple):
    """The pursuits of a batch of B activations."""

    indices: Tensor  # (B, l0), -1 where none was chosen
    coefficients: Tensor  # (B, l0)
    live: Tensor  # (B, l0) whether the pursuit was still looking at this step
    loss: Tensor  # (B,) float64
    accepted: Tensor  # (B,) bool: surely below its limit, by more than a tie

    @classmethod
    def empty(cls, size: int, l0: int, device: torch.device) -> _Paths:
        return cls(
            torch.full((size, l0), -1, device=device),
            torch.zeros(size, l0, device=device),
            torch.zeros(size, l0, dtype=torch.bool, device=device),
            torch.ones(size, dtype=torch.float64, device=device),
            torch.zeros(size, dtype=torch.bool, device=device),
        )

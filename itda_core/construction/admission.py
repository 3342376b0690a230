"""Which activations of a batch become atoms, on any device: the reference.

Both engines (this one in torch, ``admission_cpu`` in numba) rest on the same idea.
*Speculate*: run every pursuit of the batch against the dictionary as it stands, all at
once. *Verify* in data order: an atom admitted from earlier in the batch changes the pursuit
of a later activation only if at some step its correlation beats the atom chosen there.
That correlation follows from X X^T and from the new atom's Gram row, so almost all
pursuits are confirmed without being run again. The outcome is that of the
one-activation-at-a-time algorithm, whatever the batch size: a loss too close to tau is settled
in float64, and so are correlations too close to each other (``pursuit.ties``).

Shapes below: B activations in a batch, R of its rows, n atoms so far, l0 steps.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from itda_core.dictionary.losses import Loss, loss_in_float64
from itda_core.memory import available_bytes
from itda_core.pursuit.matching import STOP
from itda_core.pursuit.ties import DOUBT, residual_after, settled


class Admitted(NamedTuple):
    """The activations of one batch that became atoms, in order."""

    rows: list[int]
    """Their places in the batch."""
    losses: list[float]
    """Their loss at entry, on the unit activation: e, or the cosine loss. It follows in float64
    from the atoms of the path alone, and so is the same whatever the batch."""


class TorchEngine:
    """A growing dictionary with its Gram matrix, that admits atoms a batch at a time.

    In plain torch: used on a GPU, and as the second formula in tests.
    """

    batch = 1024
    """Activations it likes to see at once."""

    def __init__(self, d_model: int, l0: int, loss: Loss, device: torch.device):
        self.n = 0
        self.l0, self.loss, self.device = l0, loss, device
        self._atoms = torch.zeros(0, d_model, device=device)  # (room for n and more, d)
        self._gram = torch.zeros(0, 0, device=device)  # as many, squared

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
            atoms = torch.empty(size, self._atoms.shape[1], device=self.device)  # (size, d)
            gram = torch.empty(size, size, device=self.device)  # (size, size)
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
        """Append unit ``atoms`` (m, d), whatever their loss."""
        self.reserve(self.n + len(atoms))
        start, self.n = self.n, self.n + len(atoms)
        self._atoms[start : self.n] = atoms.to(self.device)
        block = self.atoms_here() @ self._atoms[start : self.n].T  # (n, m)
        self._gram[: self.n, start : self.n] = block
        self._gram[start : self.n, : self.n] = block.T

    def admit(self, unit: Tensor, limits: Tensor, usable: Tensor, room: int) -> Admitted:
        """Take unit activations (B, d) in order, at most ``room`` of them as atoms.

        ``limits`` (B,) float64: the loss up to which each is accepted as it is. ``usable``
        (B,) bool: those that may enter.
        """
        unit = unit.to(self.device)
        limits, usable = limits.to(self.device), usable.to(self.device)
        size, n_before = len(unit), self.n
        most = n_before + min(size, room)
        self.reserve(most)
        within = unit @ unit.T  # (B, B)
        correlations = torch.zeros(size, most, device=self.device)  # (B, most)
        correlations[:, :n_before] = unit @ self.atoms_here().T  # (B, n_before)
        paths = _Paths.empty(size, self.l0, self.device)
        everything = torch.arange(size, device=self.device)
        self._speculate(paths, unit, correlations, limits, everything)
        rows: list[int] = []
        at = 0
        while len(rows) < room:
            refused = (~paths.accepted[at:] & usable[at:]).nonzero()  # (refused, 1)
            if not len(refused):
                break
            row = at + int(refused[0])
            at = row + 1
            limit = float(limits[row])
            if float(paths.loss[row]) <= limit + self.loss.tie_width(unit.shape[1]):
                loss = loss_in_float64(unit[row], self.atoms_here(), self.l0, self.loss)
                if loss <= limit:
                    continue
            rows.append(row)
            atom = self._append(unit[row], correlations[row])
            correlations[:, atom] = within[:, row]
            later = torch.arange(at, size, device=self.device)  # (B - at,)
            changed = later[self._changed(paths, correlations, later, atom)]  # (R,)
            self._speculate(paths, unit, correlations, limits, changed)
        return Admitted(rows, self._losses_at_entry(unit[rows], paths.indices[rows]))

    def _losses_at_entry(self, unit: Tensor, indices: Tensor) -> list[float]:
        """The losses of unit activations (R, d) whose paths have these ``indices`` (R, l0)."""
        wide = unit.double()
        wide = wide / torch.linalg.vector_norm(wide, dim=1, keepdim=True)
        residual = wide.clone()  # (R, d)
        for j in indices.T:  # (R,)
            atom = self._atoms[j.clamp_min(0)].double()  # (R, d)
            share = (residual * atom).sum(1) / atom.square().sum(1)  # (R,)
            residual -= torch.where(j >= 0, share, 0.0)[:, None] * atom
        energy, product = residual.square().sum(1), (wide * (wide - residual)).sum(1)  # (R,) both
        return self.loss.of_unit(energy, product, unit.shape[1]).tolist()

    def _append(self, unit: Tensor, correlations: Tensor) -> int:
        """Append one unit activation (d,); its number.

        Its ``correlations`` (n or more,) with the atoms so far *are* its row of the Gram matrix.
        """
        atom, self.n = self.n, self.n + 1
        self._atoms[atom] = unit
        self._gram[atom, :atom] = correlations[:atom]
        self._gram[:atom, atom] = correlations[:atom]
        self._gram[atom, atom] = 1.0
        return atom

    def _changed(self, paths: _Paths, correlations: Tensor, rows: Tensor, atom: int) -> Tensor:
        """Whether ``atom`` might have been chosen somewhere on each row's path: (R,) bool."""
        c, j = paths.coefficients[rows], paths.indices[rows]  # (R, l0) both
        removed = c * self._gram[atom][j.clamp_min(0)]  # (R, l0)
        before = removed.cumsum(1) - removed  # (R, l0) what its correlation lost before each step
        now = correlations[rows, atom][:, None] - before  # (R, l0)
        bar = torch.where(j >= 0, c.abs() - DOUBT, STOP).clamp_min(STOP)  # (R, l0)
        beaten = (now.abs() > bar) & paths.live[rows]  # (R, l0)
        return beaten.any(dim=1)  # (R,)

    def _speculate(
        self, paths: _Paths, unit: Tensor, correlations: Tensor, limits: Tensor, rows: Tensor
    ) -> None:
        """Run the pursuits of ``rows`` against the dictionary as it stands, into ``paths``."""
        if not len(rows):
            return
        start = correlations[rows, : self.n]  # (R, n)
        values, gram = start.clone(), self.gram()  # (R, n), (n, n)
        energy = torch.ones(len(rows), dtype=torch.float64, device=self.device)  # (R,)
        product = torch.zeros_like(energy)  # (R,)
        going = torch.ones(len(rows), dtype=torch.bool, device=self.device)  # (R,)
        indices = torch.full((len(rows), self.l0), -1, device=self.device)  # (R, l0)
        coefficients = torch.zeros(len(rows), self.l0, device=self.device)  # (R, l0)
        live = torch.zeros(len(rows), self.l0, dtype=torch.bool, device=self.device)  # (R, l0)
        atoms = self.atoms_here()  # (n, d)
        for step in range(self.l0):
            if self.loss.only_falls:
                going = going & (energy > limits[rows])
            live[:, step] = going
            if self.n == 0 or not bool(going.any()):
                continue
            magnitudes = values.abs()  # (R, n)

            def residual_of(row: int, step: int = step) -> Tensor:
                return residual_after(unit[rows[row]], atoms[indices[row, :step]])

            scale = torch.where(going, 1.0, torch.inf)  # (R,)
            j = settled(magnitudes.argmax(dim=1), magnitudes, scale, atoms, residual_of)  # (R,)
            c = values.gather(1, j[:, None]).squeeze(1)  # (R,)
            going = going & (c.abs() > STOP)
            c = torch.where(going, c, 0.0)
            indices[:, step] = torch.where(going, j, -1)
            coefficients[:, step] = c
            energy = (energy - c.double() ** 2).clamp_min(0)
            product += c.double() * start.gather(1, j[:, None]).squeeze(1)
            values -= c[:, None] * gram[j]  # (R, n)
        paths.indices[rows] = indices
        paths.coefficients[rows] = coefficients
        paths.live[rows] = live
        d_model = self._atoms.shape[1]
        loss = self.loss.of_unit(energy, product, d_model)  # (R,)
        paths.loss[rows] = loss
        paths.accepted[rows] = loss <= limits[rows] - self.loss.tie_width(d_model)


class _Paths(NamedTuple):
    """The pursuits of a batch of B activations."""

    indices: Tensor
    """(B, l0) int64: -1 where none was chosen."""
    coefficients: Tensor
    """(B, l0) float32."""
    live: Tensor
    """(B, l0) bool: whether the pursuit was still looking at this step."""
    loss: Tensor
    """(B,) float64: on the unit activation."""
    accepted: Tensor
    """(B,) bool: surely below its limit, by more than a tie."""

    @classmethod
    def empty(cls, size: int, l0: int, device: torch.device) -> _Paths:
        return cls(
            torch.full((size, l0), -1, device=device),
            torch.zeros(size, l0, device=device),
            torch.zeros(size, l0, dtype=torch.bool, device=device),
            torch.ones(size, dtype=torch.float64, device=device),
            torch.zeros(size, dtype=torch.bool, device=device),
        )

"""Feeding a stream of activations to an engine, and keeping what it admits."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor

from itda_core.construction.admission import TorchEngine
from itda_core.dictionary import Dictionary, Recipe
from itda_core.dictionary.losses import DEFAULT_LOSS, LOSSES, Loss, acceptance_limits, check_tau
from itda_core.errors import InputError
from itda_core.pursuit.encode import check_finite, check_l0

INITS = ("none", "frequent", "random")

INIT_WINDOW = 8192
"""Activations that "frequent" and "random" choose their first atoms from: one batch of the
authors' program (64 sequences of 128 tokens), and here the same whatever the batch size."""


def check_arguments(
    tau: float,
    l0: int,
    loss: str,
    init: str,
    max_atoms: int | None,
    seed: int,
    d_model: int | None = None,
) -> None:
    """Raise InputError for the first argument of :class:`Builder` that is out of its range."""
    check_tau(tau, loss, d_model)
    check_l0(l0)
    if init not in INITS:
        raise InputError(f"init {init!r} is unknown; choose one of {', '.join(INITS)}")
    if max_atoms is not None and max_atoms < 1:
        raise InputError(f"max_atoms is {max_atoms}; expected at least 1, or none")
    if not 0 <= seed < 2**63:
        raise InputError(f"seed is {seed}; expected a whole number from 0 to 2^63 - 1")


class Builder:
    """Algorithm 1 over a stream: memory is a batch, the atoms and their Gram matrix.

    Args:
        d_model: width d of the activations.
        tau: threshold; an activation whose loss exceeds it becomes an atom. relative:
            share of |x|^2 in (0, 1]; squared: in units of |x|^2; cosine: in (0, 2/d).
        l0: steps of matching pursuit, at least 1.
        loss: "relative", "squared" or "cosine", see ``losses``.
        init: "none"; "frequent": start from the up to d activations that recur most among
            the first 8,192; "random": from d of those drawn by ``seed``.
        max_atoms: nothing enters once there are so many.
        device: where the atoms and their Gram matrix live.
        engine: "auto" (numba on a CPU, torch elsewhere), "torch" or "numba".

    Raises:
        InputError: an argument out of its range.
    """

    def __init__(
        self,
        d_model: int,
        tau: float,
        l0: int,
        loss: str = DEFAULT_LOSS,
        *,
        init: str = "none",
        max_atoms: int | None = None,
        seed: int = 0,
        device: str | torch.device = "cpu",
        engine: str = "auto",
    ):
        check_arguments(tau, l0, loss, init, max_atoms, seed, d_model)
        self.d_model, self.tau, self.l0, self.loss = d_model, float(tau), l0, loss
        self.init, self.max_atoms, self.seed = init, max_atoms, seed
        self.tokens_seen = 0
        self.device = torch.device(device)
        self._engine = _make_engine(engine, d_model, l0, LOSSES[loss], self.device)
        self._rows: list[int] = []
        self._losses: list[float] = []
        self._norms: list[float] = []
        self._window: list[Tensor] | None = None if init == "none" else []

    @property
    def n_atoms(self) -> int:
        """Atoms so far."""
        return self._engine.n

    @property
    def full(self) -> bool:
        """Whether ``max_atoms`` is reached, so that nothing can enter any more."""
        return self.max_atoms is not None and self.n_atoms >= self.max_atoms

    @property
    def settled(self) -> bool:
        """Whether the initial window has been chosen from; a checkpoint needs that."""
        return self._window is None

    def add(self, x: Tensor) -> list[int]:
        """Take activations (B, d) in order; returns the stream positions that became atoms.

        With an ``init`` the first window is held back until it is full (or ``finish``).

        Raises:
            InputError: wrong width, or NaN or infinity (naming the row of the stream).
            MemoryError: the Gram matrix no longer fits; what was admitted is kept.
        """
        x = torch.as_tensor(x)
        if x.ndim != 2 or x.shape[1] != self.d_model:
            raise InputError(f"x is {tuple(x.shape)}; expected (B, {self.d_model})")
        held = sum(map(len, self._window or ()))
        x = x.detach().float()
        check_finite(x, "the activations", self.tokens_seen + held)
        if self._window is None:
            return self._admit(x)
        self._window.append(x.cpu())
        return self.finish() if held + len(x) >= INIT_WINDOW else []

    def finish(self) -> list[int]:
        """Choose the initial atoms from what has come, if that is still open."""
        if self._window is None:
            return []
        held = torch.cat([*self._window, torch.empty(0, self.d_model)])
        self._window = None
        chosen = self._initial(held[:INIT_WINDOW])
        if len(chosen):
            first = held[chosen]
            norms = torch.linalg.vector_norm(first, dim=1)
            self._engine.seed(first / norms[:, None])
            self._record(chosen.tolist(), [float("nan")] * len(chosen), norms.tolist())
        return chosen.tolist() + self._admit(held)

    def dictionary(self, **recipe: Any) -> Dictionary:
        """What has been built so far; ``recipe`` fills in where the activations came from."""
        rows = torch.tensor(self._rows, dtype=torch.int64)
        return Dictionary(
            atoms=self._engine.atoms(),
            norms=torch.tensor(self._norms, dtype=torch.float32),
            rows=rows,
            losses=torch.tensor(self._losses, dtype=torch.float32),
            recipe=Recipe(
                d_model=self.d_model,
                tau=self.tau,
                l0=self.l0,
                loss=self.loss,
                init=self.init,
                max_atoms=self.max_atoms,
                seed=self.seed,
                n_atoms=len(rows),
                tokens_seen=self.tokens_seen,
                **recipe,
            ),
        )

    def state(self, n_atoms: int, tokens_seen: int) -> dict[str, Tensor]:
        """All that :meth:`restore` needs to go on from when there were ``n_atoms``.

        Atoms are only ever appended, so an earlier moment is a shorter list; the Gram matrix
        is computed anew.
        """
        return {
            "atoms": self._engine.atoms()[:n_atoms],
            "rows": torch.tensor(self._rows[:n_atoms], dtype=torch.int64),
            "losses": torch.tensor(self._losses[:n_atoms], dtype=torch.float64),
            "norms": torch.tensor(self._norms[:n_atoms], dtype=torch.float64),
            "tokens_seen": torch.tensor(tokens_seen),
        }

    def restore(self, state: dict[str, Tensor]) -> None:
        """Go on from a :meth:`state` of a builder with the same arguments."""
        self._engine.seed(state["atoms"])
        self._rows = state["rows"].tolist()
        self._losses = state["losses"].tolist()
        self._norms = state["norms"].tolist()
        self.tokens_seen = int(state["tokens_seen"])
        self._window = None

    def _admit(self, x: Tensor) -> list[int]:
        entered: list[int] = []
        for part in x.to(self.device).split(self._engine.batch):
            norms = torch.linalg.vector_norm(part, dim=1)
            room = len(part) if self.max_atoms is None else self.max_atoms - self.n_atoms
            if room > 0:
                rows, losses = self._engine.admit(
                    (part / norms.clamp_min(1e-30)[:, None]).contiguous(),
                    acceptance_limits(norms.clamp_min(1e-30), self.tau, LOSSES[self.loss]),
                    norms > 0,  # a zero activation is reconstructed by an empty code
                    room,
                )
                entered += [self.tokens_seen + row for row in rows]
                kept = norms.cpu()[rows].tolist()
                scale = [n * n for n in kept] if LOSSES[self.loss].has_scale else [1.0] * len(kept)
                self._record(
                    entered[len(entered) - len(rows) :],
                    [loss * s for loss, s in zip(losses, scale, strict=True)],
                    kept,
                )
            self.tokens_seen += len(part)
        return entered

    def _record(self, rows: list[int], losses: list[float], norms: list[float]) -> None:
        self._rows += rows
        self._losses += losses
        self._norms += norms

    def _initial(self, held: Tensor) -> Tensor:
        """Rows of ``held`` (N, d) to start from, in data order: at most d of them."""
        usable = (held.norm(dim=1) > 0).nonzero().squeeze(1)
        size = min(self.d_model, len(usable), self.max_atoms or self.d_model)
        if self.init == "random":
            generator = torch.Generator().manual_seed(self.seed)
            return usable[torch.randperm(len(usable), generator=generator)[:size]].sort().values
        # The same token after the same context gives the same activation but for the last
        # bits, which depend on the batch it was computed in.
        unit = torch.nn.functional.normalize(held[usable], dim=1)
        _, first, counts = np.unique(
            unit.mul(1e4).round().to(torch.int32).numpy(),
            axis=0,
            return_index=True,
            return_counts=True,
        )
        order = np.lexsort((first, -counts))[:size]
        return usable[torch.from_numpy(np.sort(first[order]))]


def _make_engine(name: str, d_model: int, l0: int, loss: Loss, device: torch.device) -> TorchEngine:
    if name not in ("auto", "torch", "numba"):
        raise InputError(f"engine {name!r} is unknown; choose one of auto, torch, numba")
    if name == "numba" and device.type != "cpu":
        raise InputError(f"engine 'numba' runs on the CPU, not on {device}; use 'torch'")
    if name == "torch" or device.type != "cpu":
        return TorchEngine(d_model, l0, loss, device)
    from itda_core.construction.admission_cpu import CpuEngine

    return CpuEngine(d_model, l0, loss, device)


def build_dictionary(
    activations: Tensor,
    tau: float,
    l0: int,
    loss: str = DEFAULT_LOSS,
    *,
    batch_size: int = 4096,
    init: str = "none",
    max_atoms: int | None = None,
    seed: int = 0,
    engine: str = "auto",
) -> Dictionary:
    """Build a dictionary from ``activations`` (N, d), in their order; see :class:`Builder`.

    ``.atoms`` (n, d) has unit rows and ``.rows`` (n,) says which activations they are. The
    rows are those of the one-at-a-time algorithm for every ``batch_size``, which only
    bounds what is looked at together.
    """
    activations = torch.as_tensor(activations)
    if activations.ndim != 2:
        raise InputError(f"activations are {tuple(activations.shape)}; expected (N, d)")
    if batch_size < 1:
        raise InputError(f"batch_size is {batch_size}; expected at least 1")
    builder = Builder(
        activations.shape[1],
        tau,
        l0,
        loss,
        init=init,
        max_atoms=max_atoms,
        seed=seed,
        device=activations.device,
        engine=engine,
    )
    for batch in activations.split(batch_size):
        builder.add(batch)
    builder.finish()
    return builder.dictionary()

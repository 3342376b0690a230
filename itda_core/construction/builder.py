"""A stream of activations fed to an engine, and a record of what it admits."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import Any

import torch
from torch import Tensor

from itda_core.construction.admission import TorchEngine
from itda_core.construction.initial import DEFAULT_INIT, FIRST_WINDOW, INITS, initial_rows
from itda_core.construction.settings import BuildSettings
from itda_core.dictionary import Dictionary, Recipe
from itda_core.dictionary.losses import DEFAULT_LOSS, LOSSES, Loss, acceptance_limits
from itda_core.errors import InputError
from itda_core.evaluation.metrics import NO_LIMIT, sink_norm, token_norms
from itda_core.pursuit.encode import check_finite

AUTO, TORCH, NUMBA = "auto", "torch", "numba"
ENGINES = (AUTO, TORCH, NUMBA)
"""What admits: numba on a CPU and torch elsewhere, torch anywhere, numba on a CPU."""


class Builder:
    """Algorithm 1 over a stream: memory is a batch, the atoms and their Gram matrix.

    Args:
        d_model: width d of the activations.
        tau: threshold; an activation whose loss exceeds it becomes an atom. relative:
            share of |x|^2 in (0, 1]; squared: in units of |x|^2; cosine: in (0, 2/d).
        l0: steps of matching pursuit, at least 1.
        loss: a key of LOSSES: "relative", "squared" or "cosine", see ``losses``.
        init: a key of INITS: "none"; "frequent": start from the up to d activations that
            recur most among the first 8,192; "random": from d of those drawn by ``seed``.
        max_atoms: nothing enters once there are so many.
        skip_sinks: attention sinks are passed over: those of more than 10 times the median norm
            of the first 8,192 activations.
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
        init: str = DEFAULT_INIT,
        max_atoms: int | None = None,
        seed: int = 0,
        skip_sinks: bool = False,
        device: str | torch.device = "cpu",
        engine: str = AUTO,
    ):
        settings = BuildSettings(tau, l0, loss, init, max_atoms, seed, skip_sinks)
        settings.check(d_model)
        self.d_model = d_model
        self.settings = replace(settings, tau=float(tau))
        self.tokens_seen = 0
        self.device = torch.device(device)
        self._engine = _make_engine(engine, d_model, l0, LOSSES[loss], self.device)
        self._rows: list[int] = []
        self._losses: list[float] = []
        self._norms: list[float] = []
        self._sink_norm = NO_LIMIT
        self._window: list[Tensor] | None = [] if INITS[init] or skip_sinks else None

    @property
    def n_atoms(self) -> int:
        """Atoms so far."""
        return self._engine.n

    @property
    def full(self) -> bool:
        """Whether ``max_atoms`` is reached, so that nothing can enter any more."""
        return self.settings.max_atoms is not None and self.n_atoms >= self.settings.max_atoms

    @property
    def settled(self) -> bool:
        """Whether the first window has been looked at as a whole; a checkpoint needs that."""
        return self._window is None

    def add(self, x: Tensor) -> list[int]:
        """Take activations (B, d) in order; returns the stream positions that became atoms.

        With an ``init`` or ``skip_sinks`` the first window is held back until it is full (or
        ``finish``).

        Raises:
            InputError: wrong width, or NaN or infinity (naming the row of the stream); sinks are to
                be skipped and no norm is usual, because most activations are zero.
            MemoryError: the Gram matrix no longer fits; what was admitted is kept.
        """
        x = torch.as_tensor(x)
        if x.ndim != 2 or x.shape[1] != self.d_model:
            raise InputError(f"x is {tuple(x.shape)}; expected (B, {self.d_model})")
        in_window = sum(map(len, self._window or ()))
        x = x.detach().float()
        check_finite(x, "the activations", self.tokens_seen + in_window)
        if self._window is None:
            return self._admit(self._without_sinks(x))
        self._window.append(x.cpu())
        return self.finish() if in_window + len(x) >= FIRST_WINDOW else []

    def finish(self) -> list[int]:
        """Learn the usual norm and choose the initial atoms, if that is still open."""
        if self._window is None:
            return []
        x = torch.cat([*self._window, torch.empty(0, self.d_model)])
        self._window = None
        settings = self.settings
        if settings.skip_sinks and len(x):
            self._sink_norm = _limit_of_norms(x[:FIRST_WINDOW])
        x = self._without_sinks(x)
        most = min(self.d_model, settings.max_atoms or self.d_model)
        rows = initial_rows(x[:FIRST_WINDOW], settings.init, most, settings.seed)
        if len(rows):
            norms = torch.linalg.vector_norm(x[rows], dim=1)
            self._engine.seed(x[rows] / norms[:, None])
            self._record(rows.tolist(), [float("nan")] * len(rows), norms.tolist())
        return rows.tolist() + self._admit(x)

    def dictionary(self, **origin: Any) -> Dictionary:
        """The dictionary so far; ``origin`` fills in where its recipe says what it is of."""
        rows = torch.tensor(self._rows, dtype=torch.int64)
        settings = asdict(self.settings)
        del settings["skip_sinks"]
        return Dictionary(
            atoms=self._engine.atoms(),
            norms=torch.tensor(self._norms, dtype=torch.float32),
            rows=rows,
            losses=torch.tensor(self._losses, dtype=torch.float32),
            recipe=Recipe(
                d_model=self.d_model,
                n_atoms=len(rows),
                tokens_seen=self.tokens_seen,
                sink_norm=None if self._sink_norm == NO_LIMIT else self._sink_norm,
                **settings,
                **origin,
            ),
        )

    def state(self, n_atoms: int, tokens_seen: int) -> dict[str, Tensor]:
        """All that ``restore`` needs to go on from when there were ``n_atoms``.

        Atoms are only ever appended, so an earlier moment is a shorter list. The Gram matrix is
        left out and computed anew; its rounding decides nothing, see ``pursuit.ties``.
        """
        return {
            "atoms": self._engine.atoms()[:n_atoms],
            "rows": torch.tensor(self._rows[:n_atoms], dtype=torch.int64),
            "losses": torch.tensor(self._losses[:n_atoms], dtype=torch.float64),
            "norms": torch.tensor(self._norms[:n_atoms], dtype=torch.float64),
            "tokens_seen": torch.tensor(tokens_seen),
            "sink_norm": torch.tensor(self._sink_norm, dtype=torch.float64),
        }

    def restore(self, state: dict[str, Tensor]) -> None:
        """Go on from a ``state`` of a builder with the same arguments."""
        self._engine.seed(state["atoms"])
        self._rows = state["rows"].tolist()
        self._losses = state["losses"].tolist()
        self._norms = state["norms"].tolist()
        self.tokens_seen = int(state["tokens_seen"])
        if "sink_norm" in state:  # older ones knew of none
            self._sink_norm = float(state["sink_norm"])
        self._window = None

    def _without_sinks(self, x: Tensor) -> Tensor:
        """(B, d) the same with zeros for sinks: a zero activation never enters and costs nothing.

        They keep their place, so that rows and tokens seen are those of the stream.
        """
        if self._sink_norm == NO_LIMIT:
            return x
        return torch.where((token_norms(x) > self._sink_norm)[:, None], 0.0, x)

    def _admit(self, x: Tensor) -> list[int]:
        """Offer activations (B, d) to the engine; the stream positions that became atoms."""
        most, loss = self.settings.max_atoms, LOSSES[self.settings.loss]
        entered: list[int] = []
        for part in x.to(self.device).split(self._engine.batch):
            norms = torch.linalg.vector_norm(part, dim=1)  # (b,)
            size = norms.clamp_min(1e-30)
            room = len(part) if most is None else most - self.n_atoms
            if room > 0:
                rows, losses = self._engine.admit(
                    (part / size[:, None]).contiguous(),
                    acceptance_limits(size, self.settings.tau, loss),
                    norms > 0,  # a zero activation is reconstructed by an empty code
                    room,
                )
                positions = [self.tokens_seen + row for row in rows]
                of_atoms = norms.cpu()[rows].tolist()
                scale = [n * n for n in of_atoms] if loss.has_scale else [1.0] * len(rows)
                scaled = [unit_loss * s for unit_loss, s in zip(losses, scale, strict=True)]
                self._record(positions, scaled, of_atoms)
                entered += positions
            self.tokens_seen += len(part)
        return entered

    def _record(self, rows: list[int], losses: list[float], norms: list[float]) -> None:
        self._rows += rows
        self._losses += losses
        self._norms += norms


def _limit_of_norms(x: Tensor) -> float:
    """The norm above which activations are passed over, from the first window (N, d)."""
    limit = sink_norm(token_norms(x))
    if limit == NO_LIMIT:
        raise InputError(
            "half of the first activations are zero, so no norm is usual and none too large; build "
            "without leaving sinks out"
        )
    return limit


def _make_engine(name: str, d_model: int, l0: int, loss: Loss, device: torch.device) -> TorchEngine:
    if name not in ENGINES:
        raise InputError(f"engine {name!r} is unknown; choose one of {', '.join(ENGINES)}")
    if name == NUMBA and device.type != "cpu":
        raise InputError(f"engine 'numba' runs on the CPU, not on {device}; use 'torch'")
    if name == TORCH or device.type != "cpu":
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
    init: str = DEFAULT_INIT,
    max_atoms: int | None = None,
    seed: int = 0,
    skip_sinks: bool = False,
    engine: str = AUTO,
) -> Dictionary:
    """Build a dictionary from ``activations`` (N, d), in their order; see ``Builder``.

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
        skip_sinks=skip_sinks,
        device=activations.device,
        engine=engine,
    )
    for batch in activations.split(batch_size):
        builder.add(batch)
    builder.finish()
    return builder.dictionary()

"""What to build: the settings of Algorithm 1, and the plan of a whole build."""

from __future__ import annotations

from dataclasses import dataclass

from itda_core.construction.initial import DEFAULT_INIT, INITS
from itda_core.dictionary.losses import DEFAULT_LOSS, check_tau
from itda_core.errors import InputError
from itda_core.pursuit.encode import check_l0

SEQUENCE_LENGTH = 128
"""Tokens a prompt, unless another number is asked for."""


@dataclass(frozen=True)
class BuildSettings:
    """What decides which activations become atoms; a recipe has fields of the same names.

    But for ``skip_sinks``: a recipe says which norm was too large.
    """

    tau: float
    """Threshold: an activation whose loss exceeds it becomes an atom. relative: share of |x|^2
    in (0, 1]; squared: in units of |x|^2; cosine: in (0, 2/d)."""
    l0: int
    """Steps of matching pursuit, at least 1."""
    loss: str = DEFAULT_LOSS
    """A key of LOSSES."""
    init: str = DEFAULT_INIT
    """A key of INITS."""
    max_atoms: int | None = None
    """Nothing enters once there are so many; None: no end."""
    seed: int = 0
    """Of the draw, where the initial atoms are drawn."""
    skip_sinks: bool = False
    """Whether attention sinks neither enter nor are coded: activations of more than 10 times the
    median norm of the first ``FIRST_WINDOW``."""

    def check(self, d_model: int | None = None) -> None:
        """Raise InputError for the first setting that is out of its range.

        The range of tau may depend on the width ``d_model``; without it that is left open.
        """
        check_tau(self.tau, self.loss, d_model)
        check_l0(self.l0)
        if self.init not in INITS:
            raise InputError(f"init {self.init!r} is unknown; choose one of {', '.join(INITS)}")
        if self.max_atoms is not None and self.max_atoms < 1:
            raise InputError(f"max_atoms is {self.max_atoms}; expected at least 1, or none")
        if not 0 <= self.seed < 2**63:
            raise InputError(f"seed is {self.seed}; expected a whole number from 0 to 2^63 - 1")


@dataclass(frozen=True)
class BuildPlan:
    """What to build; everything here must be the same for a checkpoint to be resumed."""

    layers: tuple[int, ...]
    tau: float
    l0: int
    loss: str = DEFAULT_LOSS
    init: str = DEFAULT_INIT
    seed: int = 0
    max_tokens: int | None = None
    """Activations to look at; None: the whole corpus."""
    max_atoms: int | None = None
    sequence_length: int = SEQUENCE_LENGTH
    """Tokens a prompt, special tokens included."""
    keep_special: bool = False
    """Whether BOS, EOS, PAD, CLS and SEP may become atoms; their huge norms rule everything."""
    skip_sinks: bool = False
    """Whether attention sinks stay out; see ``BuildSettings``."""

    @property
    def settings(self) -> BuildSettings:
        """Those of its fields that a builder takes."""
        return BuildSettings(
            self.tau,
            self.l0,
            self.loss,
            self.init,
            max_atoms=self.max_atoms,
            seed=self.seed,
            skip_sinks=self.skip_sinks,
        )

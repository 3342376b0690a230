"""The losses that decide whether an activation becomes an atom: what tau is compared with.

Every pursuit here runs on unit activations u = x/|x|, with residual energy
e = |u - u_hat|^2 and s = <u, u_hat>; all losses follow from e, s and |x|:

- relative: |x - x_hat|^2 / |x|^2 = e, in [0, 1]. The default: it has no scale.
- squared:  |x - x_hat|^2 = e |x|^2, equation 6 of the paper.
- cosine:   mean over d of (u - u_hat/|u_hat|)^2 = 2 (1 - cos)/d, the authors' program.
  |u_hat|^2 = e - 1 + 2 s, so cos = s / sqrt(e - 1 + 2 s) needs no reconstruction.
"""

from __future__ import annotations

import math
from numbers import Real
from typing import NamedTuple

import torch
from torch import Tensor

from itda_core.errors import InputError
from itda_core.pursuit.code import SparseCode, decode
from itda_core.pursuit.ties import first_of_tied

TIE = 1e-5
"""A loss this close to tau (as a share of |x|^2) is settled in float64: ``loss_in_float64``."""


class Loss(NamedTuple):
    """One way to say how badly an activation is reconstructed."""

    name: str
    """What commands and files call it."""
    about: str
    """Its formula and where it is from, for a help text."""
    unit: str
    """Its unit, for an axis or a sentence."""
    is_cosine: bool = False
    """Whether the angle between x and x_hat counts, and not the residual. The residual's energy
    never rises during matching pursuit; the cosine loss may."""
    has_scale: bool = False
    """Whether it grows with |x|^2."""

    @property
    def only_falls(self) -> bool:
        """Whether a step of matching pursuit never raises it: once it is within tau, it stays."""
        return not self.is_cosine

    def largest(self, d_model: int) -> float:
        """The loss of a unit activation with an empty code: no loss is larger."""
        return 2 / d_model if self.is_cosine else 1.0

    def tie_width(self, d_model: int) -> float:
        """How close to its limit a float32 loss of a unit activation is not to be trusted."""
        return TIE * self.largest(d_model)

    def of_unit(self, energy: Tensor, product: Tensor, d_model: int) -> Tensor:
        """(N,) the loss of unit activations from e and s, (N,) each."""
        return cosine_loss(energy, product, d_model) if self.is_cosine else energy

    def tau_as_share(self, tau: float, energy: float) -> float | None:
        """``tau`` as a share of an activation's |x|^2 = ``energy``; None where it is no share."""
        if self.is_cosine:
            return None
        return tau / energy if self.has_scale else tau


LOSSES = {
    loss.name: loss
    for loss in (
        Loss("relative", "|x - x_hat|^2/|x|^2", "share of |x|²"),
        Loss("squared", "equation 6", "|x − x̂|²", has_scale=True),
        Loss("cosine", "the authors'", "cosine", is_cosine=True),
    )
}
DEFAULT_LOSS = "relative"


def check_tau(tau: float, loss: str, d_model: int | None = None) -> None:
    """Raise InputError unless ``loss`` is known and ``tau`` is in its range.

    The range of the cosine loss depends on the width ``d_model``; without it it is open.
    """
    if loss not in LOSSES:
        raise InputError(f"loss {loss!r} is unknown; choose one of {', '.join(LOSSES)}")
    if not isinstance(tau, Real) or not math.isfinite(tau) or tau <= 0:
        raise InputError(f"tau is {tau!r}; expected a number above 0")
    kind = LOSSES[loss]
    if kind.has_scale:
        return
    if not kind.is_cosine and tau > 1:
        raise InputError(f"tau is {tau:g}; with the {loss} loss it is a share of |x|^2, in (0, 1]")
    if kind.is_cosine and d_model is not None and tau >= kind.largest(d_model):
        raise InputError(
            f"tau is {tau:g}; with the {loss} loss at width {d_model} nothing reaches "
            f"2/d = {kind.largest(d_model):.4g}; choose one below"
        )


def acceptance_limits(norms: Tensor, tau: float, loss: Loss) -> Tensor:
    """The loss of a *unit* activation up to which it is accepted: (N,) float64 from |x| (N,)."""
    if loss.has_scale:
        return tau / norms.double().square()
    return torch.full(norms.shape, tau, dtype=torch.float64, device=norms.device)


def cosine_loss(energy: Tensor, product: Tensor, d_model: int) -> Tensor:
    """2 (1 - cos)/d from e and s; an empty reconstruction has cosine 0."""
    size = (energy - 1 + 2 * product).clamp_min(0).sqrt()
    cosine = torch.where(size > 0, product / size.clamp_min(1e-30), 0.0)
    return 2 * (1 - cosine) / d_model


def loss_in_float64(unit: Tensor, atoms: Tensor, l0: int, loss: Loss) -> float:
    """The loss of one unit activation (d,) by matching pursuit in float64, all l0 steps.

    float32 correlations are good to about 1e-6; a decision closer than ``TIE`` to tau
    would depend on the batch size. It is rare (a dozen in 200k tokens), so it may be slow;
    only a limit below 1e-5 itself, where all that is reconstructed is that close, makes it
    the rule.
    """
    wide = atoms.double()
    u = unit.double()
    residual = u.clone()
    for _ in range(l0 if len(wide) else 0):
        atom = wide[first_of_tied(wide, residual)]
        residual -= (atom @ residual) / (atom @ atom) * atom
    whole = u @ u  # 1 but for the rounding of the float32 division
    energy, product = residual @ residual / whole, u @ (u - residual) / whole
    return float(loss.of_unit(energy, product, len(u)))


def token_losses(x: Tensor, code: SparseCode, atoms: Tensor, loss: Loss) -> Tensor:
    """(N,) the loss of each activation (N, d) under its code over ``atoms`` (n, d)."""
    energy, residual = (x * x).sum(1), code.residual_energy[:, -1]  # (N,) both
    if loss.has_scale:
        return residual
    share = residual / energy.clamp_min(1e-30)  # (N,)
    if loss.only_falls:
        return share
    product = (x * decode(code, atoms.to(x.device))).sum(1) / energy.clamp_min(1e-30)  # (N,)
    return loss.of_unit(share, product, x.shape[1])

"""The three losses that decide whether an activation becomes an atom.

Every pursuit here runs on unit activations u = x/|x|, with residual energy
e = |u - u_hat|^2 and s = <u, u_hat>; all three losses follow from e, s and |x|:

- relative: |x - x_hat|^2 / |x|^2 = e, in [0, 1]. The default: it has no scale.
- squared:  |x - x_hat|^2 = e |x|^2, equation 6 of the paper.
- cosine:   mean over d of (u - u_hat/|u_hat|)^2 = 2 (1 - cos)/d, the authors' program.
  |u_hat|^2 = e - 1 + 2 s, so cos = s / sqrt(e - 1 + 2 s) needs no reconstruction.
"""

from __future__ import annotations

import math
from numbers import Real
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from itda_core.errors import InputError
from itda_core.pursuit.code import SparseCode, decode

if TYPE_CHECKING:
    from itda_core.dictionary.dictionary import Dictionary

LOSSES = ("relative", "squared", "cosine")

TIE = 1e-5
"""A loss this close to tau (as a share of |x|^2) is settled in float64, see settle()."""


def check_tau(tau: float, loss: str, d_model: int | None = None) -> None:
    """Raise InputError unless ``loss`` is known and ``tau`` is in its range.

    The range of the cosine loss depends on the width ``d_model``; without it it is open.
    """
    if loss not in LOSSES:
        raise InputError(f"loss {loss!r} is unknown; choose one of {', '.join(LOSSES)}")
    if not isinstance(tau, Real) or not math.isfinite(tau) or tau <= 0:
        raise InputError(f"tau is {tau!r}; expected a number above 0")
    if loss == "relative" and tau > 1:
        raise InputError(
            f"tau is {tau:g}; with the relative loss it is a share of |x|^2, in (0, 1]"
        )
    if loss == "cosine" and d_model is not None and tau >= 2 / d_model:
        raise InputError(
            f"tau is {tau:g}; with the cosine loss at width {d_model} nothing reaches "
            f"2/d = {2 / d_model:.4g}; choose one below"
        )


def limits(norms: Tensor, tau: float, loss: str) -> Tensor:
    """The loss of a *unit* activation up to which it is accepted: (N,) float64 from |x| (N,)."""
    if loss == "squared":
        return tau / norms.double().square()
    return torch.full(norms.shape, tau, dtype=torch.float64, device=norms.device)


def cosine_loss(energy: Tensor, product: Tensor, d_model: int) -> Tensor:
    """2 (1 - cos)/d from e and s; an empty reconstruction has cosine 0."""
    size = (energy - 1 + 2 * product).clamp_min(0).sqrt()
    cosine = torch.where(size > 0, product / size.clamp_min(1e-30), 0.0)
    return 2 * (1 - cosine) / d_model


def tie_width(loss: str, d_model: int) -> float:
    """How close to its limit a float32 loss is not to be trusted, in units of that loss."""
    return TIE * 2 / d_model if loss == "cosine" else TIE


def settle(unit: Tensor, atoms: Tensor, l0: int, loss: str) -> float:
    """The loss of one unit activation (d,) by matching pursuit in float64, all l0 steps.

    float32 correlations are good to about 1e-6; a decision closer than :data:`TIE` to tau
    would depend on the batch size. It is rare (a dozen in 200k tokens), so it may be slow;
    only a limit below 1e-5 itself, where all that is reconstructed is that close, makes it
    the rule.
    """
    wide = atoms.double()
    u = unit.double()
    residual = u.clone()
    for _ in range(l0 if len(wide) else 0):
        correlations = wide @ residual
        j = int(correlations.abs().argmax())
        residual -= correlations[j] * wide[j]
    whole = u @ u  # 1 but for the rounding of the float32 division
    energy, product = residual @ residual / whole, u @ (u - residual) / whole
    return float(cosine_loss(energy, product, len(u)) if loss == "cosine" else energy)


def token_losses(x: Tensor, code: SparseCode, dictionary: Dictionary) -> Tensor:
    """(N,) the loss of each activation (N, d) under its code, as the dictionary defines it."""
    energy, left = (x * x).sum(1), code.residual_energy[:, -1]
    if dictionary.recipe.loss == "squared":
        return left
    unit_left = left / energy.clamp_min(1e-30)
    if dictionary.recipe.loss == "relative":
        return unit_left
    product = (x * decode(code, dictionary.atoms.to(x.device))).sum(1) / energy.clamp_min(1e-30)
    return cosine_loss(unit_left, product, dictionary.d_model)

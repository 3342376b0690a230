"""Numbers that judge a reconstruction; each is named for what it returns.

FVU comes in three versions elsewhere. Ours is the plain one, E|x - x_hat|^2 / E|x - E x|^2
with both means over all tokens at once (as in SAELens; SAEBench 0.6.0 squares before
averaging, the ITDA paper averages ratios of batches).

A few tokens can rule it: where a model parks its attention on the first token, that token's
activation is tens of times as long as the others, and nearly all of the variance is its own. So FVU
is told without such sinks as well; what a sink is, ``sink_norm`` says for the whole program.
"""

from __future__ import annotations

import torch
from torch import Tensor

from itda_core.pursuit import SparseCode

SINK_FACTOR = 10
"""An attention sink is a token of more than so many times the median norm of those measured."""
NO_LIMIT = float("inf")
"""The norm above which tokens are sinks, where none is."""


def sink_norm(norms: Tensor) -> float:
    """The norm above which tokens are sinks, given the ``norms`` (N,) of all that are measured.

    The median is the lower of the two in the middle; NO_LIMIT where it is 0, or N.
    """
    median = float(norms.median()) if len(norms) else 0.0
    return SINK_FACTOR * median if median > 0 else NO_LIMIT


def token_norms(x: Tensor) -> Tensor:
    """(N,) the norms of activations (N, d), in their own precision."""
    return torch.linalg.vector_norm(x.detach(), dim=1)


class Moments:
    """Running sums of activations, for their total variance over a stream."""

    def __init__(self, d_model: int):
        self.n = 0
        self._sum = torch.zeros(d_model, dtype=torch.float64)
        self._energy = 0.0

    def add(self, x: Tensor) -> None:
        """Take activations (N, d)."""
        wide = x.detach().cpu().double()
        self.n += len(wide)
        self._sum += wide.sum(0)
        self._energy += float((wide * wide).sum())

    @property
    def energy(self) -> float:
        """Sum over tokens of |x|^2."""
        return self._energy

    @property
    def variance(self) -> float:
        """Sum over tokens of |x - E x|^2."""
        return self._energy - float(self._sum @ self._sum) / max(self.n, 1)


class MomentsWithoutSinks:
    """Moments of a stream, of all its activations and of those that are no sinks.

    Which are is known only at the end, with the median norm. Taking the sinks off the sums then
    would leave a small difference of two numbers that they rule; so what may become one, by the
    median so far, is kept aside, and only the rest is summed as it comes.
    """

    def __init__(self, d_model: int):
        self.everything = Moments(d_model)
        self._ordinary = Moments(d_model)
        self.norms = torch.zeros(0)
        """(N,) of all that came."""
        self._aside: list[tuple[Tensor, Tensor]] = []
        """(n,) norms and (n, d) activations, a batch each."""
        self._largest_summed = 0.0

    def add(self, x: Tensor) -> None:
        """Take activations (N, d)."""
        x = x.detach().cpu()
        norms = token_norms(x)
        self.norms = torch.cat([self.norms, norms])
        is_aside = norms > sink_norm(self.norms) / 3  # (N,)
        self.everything.add(x)
        self._ordinary.add(x[~is_aside])
        self._aside.append((norms[is_aside], x[is_aside]))
        self._largest_summed = max([self._largest_summed, *norms[~is_aside].tolist()])

    def finish(self) -> Moments | None:
        """Those of the activations that are no sinks.

        None if the median fell so far that one of those summed turned out to be a sink: then the
        stream has to be read once more.
        """
        limit = sink_norm(self.norms)
        if self._largest_summed > limit:
            return None
        for norms, x in self._aside:
            self._ordinary.add(x[norms <= limit])
        self._aside = []
        return self._ordinary


def fvu(x: Tensor, x_hat: Tensor) -> float:
    """Fraction of variance unexplained of activations (N, d) in [0, inf); 1 is the mean."""
    moments = Moments(x.shape[1])
    moments.add(x)
    return share_unexplained(float((x.double() - x_hat.double()).square().sum()), moments)


def fvu_without_sinks(x: Tensor, x_hat: Tensor) -> float:
    """The same of the tokens that are no sinks; see ``sink_norm``."""
    norms = token_norms(x)
    ordinary = norms <= sink_norm(norms)  # (N,)
    return fvu(x[ordinary], x_hat[ordinary])


def share_unexplained(error: float, moments: Moments) -> float:
    """The FVU, given the ``error`` |x - x_hat|^2 summed over the tokens of ``moments``.

    NaN where they are all the same but for rounding, as a single one is.
    """
    varies = moments.variance > 1e-12 * moments.energy
    return error / moments.variance if varies else float("nan")


def distinct_atoms(code: SparseCode) -> Tensor:
    """(N,) int64: number of different atoms with a coefficient other than 0 in each code."""
    if code.indices.shape[1] == 0:
        return torch.zeros(len(code.indices), dtype=torch.int64)
    used = torch.where(code.coefficients != 0, code.indices, -1).sort(dim=1).values
    is_first = torch.ones_like(used, dtype=torch.bool)
    is_first[:, 1:] = used[:, 1:] != used[:, :-1]
    return (is_first & (used >= 0)).sum(1)


def atom_counts(code: SparseCode, n_atoms: int) -> Tensor:
    """(n,) int64: number of codes that hold each atom; divided by N it is the density."""
    used = torch.where(code.coefficients != 0, code.indices, -1).sort(dim=1).values
    is_repeat = torch.zeros_like(used, dtype=torch.bool)
    is_repeat[:, 1:] = used[:, 1:] == used[:, :-1]
    return torch.bincount(used[(used >= 0) & ~is_repeat], minlength=n_atoms)


def cross_entropy(logits: Tensor, ids: Tensor) -> Tensor:
    """(B, T-1) nats: loss of each next token from logits (B, T, V) and ids (B, T)."""
    return torch.nn.functional.cross_entropy(
        logits[:, :-1].flatten(0, 1).float(), ids[:, 1:].flatten(), reduction="none"
    ).view(ids.shape[0], -1)


def kl_divergence(original: Tensor, patched: Tensor) -> Tensor:
    """(B, T-1) nats: KL(original || patched) of next-token logits (B, T, V)."""
    log_p = original[:, :-1].float().log_softmax(-1)
    log_q = patched[:, :-1].float().log_softmax(-1)
    return (log_p.exp() * (log_p - log_q)).sum(-1)


def recovered(value: float, original: float, zero: float) -> float:
    """(value - zero)/(original - zero): 1 as good as untouched, 0 as bad as zeros.

    With cross entropies it is the CE loss score (equation 7); with divergences, where
    ``original`` is 0, the KL score.
    """
    return (value - zero) / (original - zero) if original != zero else float("nan")

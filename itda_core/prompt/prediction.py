"""What a model predicts next with a block's output as it is, or with something in its place.

Everything here is for causal models: no token sees what follows it, so the prediction at a token
needs the prompt up to there only.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

import torch
from torch import Tensor

from itda_core.dictionary import Dictionary
from itda_core.errors import InputError
from itda_core.models import LanguageModel
from itda_core.prompt.decomposition import Decomposition
from itda_core.pursuit import DEFAULT_METHOD, METHODS, decode

LOGITS_AT_ONCE = 1 << 26
"""Numbers in the logits of one pass; a pass of more variants is cut into several."""


class Patch(NamedTuple):
    """What takes the place of a block's output at some of a prompt's tokens."""

    at: Tensor
    """(T,) bool: the tokens."""
    value: Tensor
    """(T, d_model) float32; rows of other tokens are not read."""
    is_added: bool = False
    """Added to the activation; else in its place."""

    def first(self, n: int) -> Patch:
        """The same for the first ``n`` tokens."""
        return Patch(self.at[:n], self.value[:n], self.is_added)

    def apply(self, hidden: Tensor) -> Tensor:
        """The patched output for (T', d_model), T' >= T: tokens after the T-th stay as they are."""
        n = len(self.at)
        value = self.value.to(hidden.device)
        value = hidden[:n] + value if self.is_added else value
        at = self.at.to(hidden.device)
        return torch.cat([torch.where(at[:, None], value, hidden[:n]), hidden[n:]])


@dataclass(frozen=True)
class Predictions:
    """The next-token prediction at one token of a prompt, in several variants."""

    token: int
    names: tuple[str, ...]
    """Of the variants."""
    log_p: Tensor
    """(variants, vocabulary) float32: natural logarithms of probabilities."""
    next_id: int | None
    """Id of the token that does follow; None after the last."""
    has_token: Tensor
    """(vocabulary,) bool: False for rows of a padded vocabulary, which are of no token."""

    @property
    def losses(self) -> list[float]:
        """-log p of the token that follows, in nats, one a variant; NaN after the last token."""
        if self.next_id is None:
            return [float("nan")] * len(self.names)
        return (-self.log_p[:, self.next_id]).tolist()

    def top(self, k: int = 10) -> list[int]:
        """The ``k`` ids most probable in any of the variants, by the first's probability."""
        best = self.log_p.amax(0).masked_fill(~self.has_token, -torch.inf)
        ids = best.topk(min(k, int(self.has_token.sum()))).indices
        return ids[self.log_p[0, ids].argsort(descending=True)].tolist()

    def probabilities(self, name: str, ids: Sequence[int]) -> list[float]:
        """Of the tokens ``ids`` in the variant ``name``; each in [0, 1]."""
        return self.log_p[self.names.index(name), list(ids)].exp().tolist()


def patched_logits(
    model: LanguageModel, ids: Sequence[int], layer: int, patches: Sequence[Patch | None]
) -> Iterator[Tensor]:
    """Next-token logits (T, vocabulary) float32 of one prompt, once for each of ``patches``.

    All in one batched pass, or a few where the logits would be too large. None is the model
    untouched.

    Raises:
        InputError: a model without predictions.
    """
    rows = max(1, LOGITS_AT_ONCE // max(1, len(ids) * model.vocab_size))
    for begin in range(0, len(patches), rows):
        some = patches[begin : begin + rows]
        tokens = torch.tensor([list(ids)] * len(some))  # (B, T)
        replace = partial(apply_patches, some)
        yield from model.forward_patched(tokens, torch.ones_like(tokens), layer, replace).cpu()


def apply_patches(patches: Sequence[Patch | None], hidden: Tensor) -> Tensor:
    """(B, T, d) with the b-th patch made in the b-th output of a block."""
    pairs = zip(hidden, patches, strict=True)
    return torch.stack([h if patch is None else patch.apply(h) for h, patch in pairs])


def predict(
    model: LanguageModel,
    ids: Sequence[int],
    layer: int,
    token: int,
    variants: Mapping[str, Patch | None],
) -> Predictions:
    """Predictions at ``token`` of the prompt ``ids`` (T), with each patch at block ``layer``."""
    n = token + 1
    patches = [None if patch is None else patch.first(n) for patch in variants.values()]
    logits = patched_logits(model, ids[:n], layer, patches)
    log_p = torch.stack([row[-1].log_softmax(-1) for row in logits])  # (variants, vocabulary)
    following = ids[n] if n < len(ids) else None
    return Predictions(token, tuple(variants), log_p, following, model.has_token(log_p.shape[1]))


def predict_reconstructed(
    model: LanguageModel,
    dictionary: Dictionary,
    decomposition: Decomposition,
    token: int,
    everywhere: bool = False,
) -> Predictions:
    """Variants "original", "reconstruction" and "zero" of the activation at ``token``.

    ``everywhere``: the activations of all coded tokens up to it are replaced, not only its own.
    """
    at = decomposition.coded if everywhere else only(decomposition, token)
    x_hat = decode(decomposition.code, dictionary.atoms.cpu())
    variants = {
        "original": None,
        "reconstruction": Patch(at, x_hat),
        "zero": Patch(at, torch.zeros_like(x_hat)),
    }
    layer = dictionary.recipe.layer or 0
    return predict(model, decomposition.tokens.ids, layer, token, variants)


def predict_steps(
    model: LanguageModel,
    dictionary: Dictionary,
    decomposition: Decomposition,
    token: int,
    method: str = DEFAULT_METHOD,
) -> Predictions:
    """Predictions with the activation of ``token`` replaced by what each step of pursuit has of it.

    Variants: "original", then "0" (nothing coded: zeros), "1", ... up to the code's last step.
    ``method``: that of the code, as ``encode`` names it.
    """
    steps = reconstructions(decomposition, dictionary, token, method)
    at = only(decomposition, token)
    variants: dict[str, Patch | None] = {"original": None}
    for step, x_hat in enumerate(steps):
        variants[str(step)] = Patch(at, x_hat.expand(len(at), -1))
    layer = dictionary.recipe.layer or 0
    return predict(model, decomposition.tokens.ids, layer, token, variants)


def reconstructions(
    decomposition: Decomposition, dictionary: Dictionary, token: int, method: str = DEFAULT_METHOD
) -> Tensor:
    """(steps + 1, d) float32: x_hat of one token after each step of its pursuit, zeros first.

    Raises:
        InputError: a method whose codes do not tell their steps.
    """
    after_steps = METHODS[method].after_steps
    if after_steps is None:
        raise InputError(f"a code of the method {method!r} does not tell its steps; choose another")
    code = decomposition.code
    used = code.indices[token] >= 0  # (l0,)
    atoms = dictionary.atoms.cpu()[code.indices[token, used]].float()  # (steps, d)
    return after_steps(atoms, code.coefficients[token, used])


def only(decomposition: Decomposition, token: int) -> Tensor:
    """(T,) bool: True at ``token``."""
    at = torch.zeros(len(decomposition.tokens.ids), dtype=torch.bool)
    at[token] = True
    return at

"""Codes edited by hand, and what the model then predicts and writes.

An edit scales an atom's coefficient in a token's code (by 0: removes it) or adds to it. The edited
code changes the activation x in one of two ways: the reconstruction error stays in place,
x + (edited x_hat - x_hat), or x is replaced by the edited x_hat.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

import torch
from torch import Tensor

from itda_core.dictionary import Dictionary
from itda_core.errors import InputError
from itda_core.evaluation.metrics import cross_entropy
from itda_core.models import LanguageModel
from itda_core.prompt.decomposition import Decomposition
from itda_core.prompt.prediction import Patch, Predictions, apply_patches, only, patched_logits
from itda_core.pursuit import SparseCode, decode

WHERE = ("token", "holding", "all")
"""Edited are: the picked token; every token whose code holds the atom; every token."""
MAX_EDITS = 20
MAX_VALUE = 100.0
MAX_CONTINUATION = 40


@dataclass(frozen=True)
class Edit:
    """One change of a code; written ``12:0`` (scaled) or ``77:+2.5`` (added)."""

    atom: int
    value: float
    """Factor of the coefficient; or what is added to it, in units of |x|."""
    is_added: bool = False

    def __str__(self) -> str:
        return f"{self.atom}:{self.value:{'+' if self.is_added else ''}.6g}"


def parse_edits(text: str, n_atoms: int) -> tuple[Edit, ...]:
    """Edits from text such as ``12:0,77:+2.5``: a number with a sign is added, one without scales.

    A space in front of a number is a plus: in an address, typed by hand, a plus means a space.

    Raises:
        InputError: not of that form, an atom the dictionary has not, a number out of range.
    """
    parts = [part.strip() for part in text.split(",") if part.strip()]
    if len(parts) > MAX_EDITS:
        raise InputError(f"there are {len(parts)} edits; at most {MAX_EDITS} are made")
    edits = []
    for part in parts:
        atom, _, number = part.partition(":")
        number = f"+{number.strip()}" if number.startswith(" ") else number
        try:
            value = float(number)
            if not (atom.isascii() and atom.isdigit() and len(atom) < 10 and math.isfinite(value)):
                raise ValueError
        except ValueError:
            raise InputError(
                f"the edit {part[:40]!r} is not of the form atom:factor (12:0 removes atom 12) or "
                "atom:+coefficient (77:+2.5, in |x|)"
            ) from None
        if int(atom) >= n_atoms:
            raise InputError(f"there is no atom {atom} to edit; there are 0 to {n_atoms - 1}")
        if abs(value) > MAX_VALUE:
            raise InputError(f"the edit {part[:40]!r} is out of range: at most {MAX_VALUE:g}")
        edits.append(Edit(int(atom), value, number[0] in "+-"))
    return tuple(edits)


def write_edits(edits: Sequence[Edit]) -> str:
    """The text that ``parse_edits`` reads."""
    return ",".join(map(str, edits))


@dataclass(frozen=True)
class Intervention:
    """Edits, in order, and how they reach the activation."""

    edits: tuple[Edit, ...]
    where: str = "token"
    """One of WHERE; special tokens, which are not coded, are never edited."""
    keeps_error: bool = True
    """x + (edited x_hat - x_hat); else the edited x_hat itself."""


def apply_edit(code: SparseCode, norms: Tensor, edit: Edit, at: Tensor) -> SparseCode:
    """``code`` (N, l0) with ``edit`` made in the rows ``at`` (N,) bool; ``norms``: (N,) |x|.

    What is added is a step more. The energy of the residual is no longer known: NaN.
    """
    if not edit.is_added:
        here = (code.indices == edit.atom) & at[:, None]
        coefficients = torch.where(here, code.coefficients * edit.value, code.coefficients)
        return SparseCode(code.indices, coefficients, torch.full_like(coefficients, torch.nan))
    atom = torch.where(at, edit.atom, -1)[:, None]
    size = torch.where(at, edit.value * norms, 0.0)[:, None]
    coefficients = torch.cat([code.coefficients, size.to(code.coefficients)], 1)
    indices = torch.cat([code.indices, atom.to(code.indices)], 1)
    return SparseCode(indices, coefficients, torch.full_like(coefficients, torch.nan))


class EditedPrompt(NamedTuple):
    """Where and to what the activations of a prompt change."""

    patch: Patch
    unedited: Patch
    """The same tokens with their codes as they are; with the error kept, nothing changes."""
    counts: tuple[int, ...]
    """Tokens that each edit changes."""


def edit_prompt(
    decomposition: Decomposition, dictionary: Dictionary, intervention: Intervention, token: int
) -> EditedPrompt:
    """``intervention`` on the codes of a prompt; ``token`` is the picked one.

    Raises:
        InputError: a place that is none of WHERE.
    """
    if intervention.where not in WHERE:
        raise InputError(f"where is {intervention.where!r}; expected one of {', '.join(WHERE)}")
    code, norms = decomposition.code, decomposition.norms
    edited, changed = code, torch.zeros_like(decomposition.coded)
    counts: list[int] = []
    for edit in intervention.edits:
        holds = (edited.indices == edit.atom).any(1)
        at = {
            "token": only(decomposition, token),
            "holding": (code.indices == edit.atom).any(1),
            "all": torch.ones_like(holds),
        }[intervention.where] & decomposition.coded
        edited = apply_edit(edited, norms, edit, at)
        by_edit = at if edit.is_added else at & holds
        counts.append(int(by_edit.sum()))
        changed |= by_edit
    atoms = dictionary.atoms.cpu()
    x_hat, new = decode(code, atoms), decode(edited, atoms)
    if intervention.keeps_error:
        return EditedPrompt(
            Patch(changed, new - x_hat, is_added=True),
            Patch(changed, torch.zeros_like(x_hat), is_added=True),
            tuple(counts),
        )
    return EditedPrompt(Patch(changed, new), Patch(changed, x_hat), tuple(counts))


@dataclass(frozen=True)
class Effect:
    """What an intervention does to the predictions along a prompt of T tokens."""

    edited: Tensor
    """(T,) bool: tokens whose activation changed."""
    counts: tuple[int, ...]
    """Of them, those that each edit changed."""
    predictions: Predictions
    """At the picked token; variants "original", "reconstruction" (not edited) and "edited"."""
    losses: Tensor
    """(3, T-1) float32 nats: -log p of each next token, in the order of the variants."""

    @property
    def change(self) -> Tensor:
        """(T-1,) nats: loss edited less loss original; below 0 the next token became likelier."""
        return self.losses[2] - self.losses[0]


def intervene(
    model: LanguageModel,
    dictionary: Dictionary,
    decomposition: Decomposition,
    intervention: Intervention,
    token: int,
) -> Effect:
    """The effect of ``intervention``; one batched pass of the model.

    Raises:
        InputError: a model without predictions.
    """
    prompt = edit_prompt(decomposition, dictionary, intervention, token)
    ids = decomposition.tokens.ids
    patches: list[Patch | None] = [None, prompt.unedited, prompt.patch]
    if intervention.keeps_error:  # an activation that is not edited is the original
        del patches[1]
    rows, losses = [], []
    next_ids = torch.tensor([ids])
    for logits in patched_logits(model, ids, dictionary.recipe.layer or 0, patches):
        rows.append(logits[token].log_softmax(-1))
        losses.append(cross_entropy(logits[None], next_ids)[0])
    if intervention.keeps_error:
        rows.insert(1, rows[0])
        losses.insert(1, losses[0])
    following = ids[token + 1] if token + 1 < len(ids) else None
    names = ("original", "reconstruction", "edited")
    log_p = torch.stack(rows)  # (3, vocabulary)
    has_token = model.has_token(log_p.shape[1])
    predictions = Predictions(token, names, log_p, following, has_token)
    return Effect(prompt.patch.at, prompt.counts, predictions, torch.stack(losses))


class Continuation(NamedTuple):
    """What a model writes after a prompt."""

    ids: list[int]
    text: str
    ended: bool
    """Whether the model ended the text itself; its end token is the last of ``ids``."""


def continue_prompt(
    model: LanguageModel,
    ids: Sequence[int],
    layer: int,
    variants: Mapping[str, Patch | None],
    n_tokens: int = MAX_CONTINUATION,
    *,
    temperature: float = 0.0,
    seed: int = 0,
) -> dict[str, Continuation]:
    """Up to ``n_tokens`` more for the prompt ``ids``, one text a variant.

    What the tokenizer adds after a text (an end, say) is no part of what is continued.
    Patches are at tokens of the prompt; what is written after it is not patched, it only sees the
    patched tokens. ``temperature`` 0 takes the most probable token each time; above it tokens are
    drawn, with the same random numbers for every variant, so that texts part for no other reason
    than the patch.

    Raises:
        InputError: no predictions, a number out of range, a prompt that fills the model's context.
    """
    model.check_predicts()
    _check_ranges(n_tokens, temperature)
    ids = model.without_closing(ids)
    room = min(n_tokens, model.max_length - len(ids))
    if room < 1:
        raise InputError(
            f"the prompt has {len(ids)} tokens and the model reads {model.max_length}: no room to "
            "continue; shorten it"
        )
    ends = model.end_token_ids
    random = torch.Generator().manual_seed(seed)
    texts = [list(ids) for _ in variants]
    is_ended = [False] * len(texts)
    patches = [None if patch is None else patch.first(len(ids)) for patch in variants.values()]
    replace = partial(apply_patches, patches)
    for _ in range(room):
        tokens = torch.tensor(texts)  # (variants, T)
        logits = model.forward_patched(tokens, torch.ones_like(tokens), layer, replace)
        scores = logits[:, -1].cpu()  # (variants, vocabulary)
        if temperature > 0:
            # The largest of score + Gumbel noise is a draw from softmax(score).
            noise = -torch.empty(scores.shape[1]).exponential_(generator=random).log()
            scores = scores / temperature + noise
        for i, choice in enumerate(scores.argmax(-1).tolist()):
            texts[i].append(choice if not is_ended[i] else texts[i][-1])
            is_ended[i] = is_ended[i] or choice in ends
        if all(is_ended):
            break
    added = (text[len(ids) :] for text in texts)
    return {name: _continuation(model, some) for name, some in zip(variants, added, strict=True)}


def _check_ranges(n_tokens: int, temperature: float) -> None:
    """Raise InputError for a continuation of no length or a temperature that means nothing."""
    if not 1 <= n_tokens <= MAX_CONTINUATION:
        raise InputError(f"{n_tokens} tokens are asked for; expected 1 to {MAX_CONTINUATION}")
    if not 0 <= temperature <= 10:
        raise InputError(f"the temperature is {temperature:g}; expected 0 to 10")


def _continuation(model: LanguageModel, ids: list[int]) -> Continuation:
    """``ids`` up to the first that ends a text, which is no part of the text."""
    n = next((i for i, token in enumerate(ids) if token in model.end_token_ids), None)
    if n is None:
        return Continuation(ids, model.text_of(ids), False)
    return Continuation(ids[: n + 1], model.text_of(ids[:n]), True)

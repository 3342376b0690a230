"""One token through other dictionaries: where else it is an atom, and what it is there if not.

A label (prompt, token) means the same in every layer and model, so an atom of one dictionary can be
looked up in any other: ``Store.same_label`` finds those that have it too. For the others,
``code_in_other_dictionaries`` runs their model on the label's prompt and codes that one token.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import torch
from torch import Tensor

from itda_core.dictionary import Dictionary
from itda_core.errors import InputError
from itda_core.models.of_dictionary import check_fits
from itda_core.prompt.decomposition import Decomposition, coded_tokens, decompose_layers

if TYPE_CHECKING:
    from itda_core.models import LanguageModel


class TokenInText(NamedTuple):
    """A token in a text: what a label names."""

    text: str
    token_index: int
    char_end: int


class CodedToken(NamedTuple):
    """What a dictionary makes of one token."""

    token: str
    """As that dictionary's model reads it."""
    loss: float
    """In the dictionary's own loss, at the L0 it was built with."""
    novel: bool
    """loss > tau: the dictionary would have taken the token as an atom after its last one."""
    explained: float
    """1 - |x - x_hat|^2 / |x|^2, in [0, 1]."""
    atom: int
    """The strongest of its code; -1 where the code is empty."""
    coefficient: float
    """Of that atom, in units of |x|."""


def code_in_other_dictionaries(
    model: LanguageModel, dictionaries: Sequence[Dictionary], token: TokenInText
) -> list[CodedToken]:
    """Code ``token`` with each of ``dictionaries``, all of ``model``, in one pass.

    Another tokenizer cuts the text in its own way: then the token that ends at the same character
    stands for it, since there a decoder has read just as much.

    Raises:
        InputError: no token of that model ends there; a dictionary that is not of ``model``.
    """
    return [
        _coded_token(one, _find(one, token, model.id))
        for one in decompose_layers(model, dictionaries, token.text)
    ]


def _find(decomposition: Decomposition, token: TokenInText, model: str) -> int:
    """The coded token of the same index if it ends where it should, else the last that does."""
    ends, coded = decomposition.tokens.char_end, decomposition.coded.tolist()
    fits = [i for i, end in enumerate(ends) if end == token.char_end and coded[i]]
    if not fits:
        raise InputError(
            f"no token of {model} ends at character {token.char_end} of this text; "
            "compare models whose tokenizers cut it alike"
        )
    return token.token_index if token.token_index in fits else fits[-1]


def _coded_token(decomposition: Decomposition, token: int) -> CodedToken:
    atoms = decomposition.atoms_of(token)
    atom, coefficient = atoms[0][:2] if atoms else (-1, 0.0)
    return CodedToken(
        decomposition.tokens.tokens[token],
        float(decomposition.loss[token]),
        bool(decomposition.novel[token]),
        float(decomposition.explained[token]),
        atom,
        coefficient / max(float(decomposition.energy[token]), 1e-30) ** 0.5,
    )


def cosines(model: LanguageModel, dictionary: Dictionary, prompt: str, atom: int) -> Tensor:
    """(T,) cosine of each token's activation with an atom, in [-1, 1]; NaN for special tokens.

    It says what a code leaves out: an atom may lie close to an activation and yet not be chosen,
    because another lies closer.

    Raises:
        InputError: no such atom, a model the dictionary was not built from, or half a surrogate
            pair.
    """
    if not 0 <= atom < dictionary.n_atoms:
        raise InputError(f"there is no atom {atom}; expected 0 to {dictionary.n_atoms - 1}")
    check_fits(model, dictionary)
    layer = dictionary.recipe.layer or 0
    tokens, activations = model.read(prompt, [layer])
    coded = coded_tokens(tokens, dictionary.recipe)
    x = activations[layer].cpu()[coded]  # (coded tokens, d)
    length = torch.linalg.vector_norm(x, dim=1).clamp_min(1e-30)
    values = torch.full((len(coded),), torch.nan)
    values[coded] = (x @ dictionary.atoms[atom]) / length
    return values

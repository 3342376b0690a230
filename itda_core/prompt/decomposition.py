"""A prompt taken apart: every token's activation as a sparse code over labelled atoms.

What the explore page shows and what ``python -m itda_core encode`` prints.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import torch
from torch import Tensor

from itda_core.dictionary import Dictionary
from itda_core.errors import InputError
from itda_core.models.of_dictionary import check_fits
from itda_core.pursuit import DEFAULT_METHOD, SparseCode
from itda_core.text.corpus import Prompt

if TYPE_CHECKING:
    import pandas as pd

    from itda_core.models import LanguageModel, TokenizedPrompt

MAX_CHARACTERS = 20_000


class Citation(NamedTuple):
    """One atom of a token's code, with where the atom came from."""

    atom: int
    coefficient: float
    """Signed; summed where matching pursuit chose the atom more than once."""
    share: float
    """c^2-share of the activation's energy |x|^2 that its steps removed, in [0, 1]."""
    first_step: int
    """Step (from 0) at which it was first chosen."""
    token: str
    prompt_id: str
    source: str
    """Where the prompt stands in its corpus, for people: "story 812"."""
    before: str
    """The source prompt's text before the token, all of it."""
    after: str
    position: int
    """Index of the token in its prompt."""


@dataclass(frozen=True)
class Decomposition:
    """The codes of one prompt's tokens. T tokens; rows of tensors are tokens."""

    prompt: str
    tokens: TokenizedPrompt
    coded: Tensor
    """(T,) bool: False for special tokens, which a dictionary leaves out by default."""
    code: SparseCode
    """(T, l0); empty rows where not coded."""
    energy: Tensor
    """(T,) float32: |x|^2."""
    loss: Tensor
    """(T,) float32, in the dictionary's own loss; compare with its tau. NaN where not coded."""
    tau: float
    loss_name: str
    truncated: bool
    """Whether the prompt was longer than the model can read; the rest is left out."""

    @property
    def explained(self) -> Tensor:
        """(T,) 1 - |x - x_hat|^2/|x|^2, in [0, 1]; NaN where not coded."""
        left = self.code.residual_energy[:, -1] / self.energy.clamp_min(1e-30)
        share = torch.where(self.energy > 0, 1 - left, torch.ones_like(left))
        return torch.where(self.coded, share, torch.nan)

    @property
    def novel(self) -> Tensor:
        """(T,) bool: loss > tau, so this token would become an atom."""
        return self.coded & (self.loss > self.tau)

    def merged(self, token: int) -> list[tuple[int, float, float, int]]:
        """(atom, coefficient, share, first step) of one token, strongest coefficient first."""
        coefficients: dict[int, float] = {}
        removed: dict[int, float] = {}
        first: dict[int, int] = {}
        energy = float(self.energy[token])
        left = energy
        steps = zip(
            self.code.indices[token].tolist(),
            self.code.coefficients[token].tolist(),
            self.code.residual_energy[token].tolist(),
            strict=True,
        )
        for step, (atom, coefficient, residual) in enumerate(steps):
            if atom < 0:
                continue
            coefficients[atom] = coefficients.get(atom, 0.0) + coefficient
            removed[atom] = removed.get(atom, 0.0) + left - residual
            first.setdefault(atom, step)
            left = residual
        ranked = sorted(coefficients, key=lambda atom: -abs(coefficients[atom]))
        return [
            (atom, coefficients[atom], removed[atom] / max(energy, 1e-30), first[atom])
            for atom in ranked
        ]

    def shared_with(self, token: int) -> Tensor:
        """(T,) Jaccard index in [0, 1] of each token's set of atoms with that of ``token``."""
        sets = [{a for a in row if a >= 0} for row in self.code.indices.tolist()]
        mine = sets[token]
        return torch.tensor(
            [len(mine & other) / len(mine | other) if mine | other else 0.0 for other in sets]
        )

    def rows(self, dictionary: Dictionary) -> pd.DataFrame:
        """One row a (token, atom): what the downloads and ``encode`` hold."""
        import pandas as pd

        rows: list[dict[str, Any]] = []
        explained, sizes = self.explained.tolist(), self.energy.sqrt().tolist()
        losses, novel = self.loss.tolist(), self.novel.tolist()
        coded = self.coded.nonzero().squeeze(1).tolist()
        for t, citations in zip(coded, _cite(self, dictionary, coded), strict=True):
            for cited in citations:
                rows.append(
                    {
                        "token_index": t,
                        "token_id": self.tokens.ids[t],
                        "token": self.tokens.tokens[t],
                        "norm": sizes[t],
                        "loss": losses[t],
                        "novel": novel[t],
                        "explained": explained[t],
                        "atom": cited.atom,
                        "coefficient": cited.coefficient,
                        "share": cited.share,
                        "first_step": cited.first_step,
                        "atom_token": cited.token,
                        "atom_prompt_id": cited.prompt_id,
                        "atom_position": cited.position,
                        "atom_source": cited.source,
                        "atom_context": f"{cited.before[-60:]}[{cited.token}]{cited.after[:60]}",
                    }
                )
        return pd.DataFrame(rows, columns=ROW_COLUMNS)


ROW_COLUMNS = [
    "token_index",
    "token_id",
    "token",
    "norm",
    "loss",
    "novel",
    "explained",
    "atom",
    "coefficient",
    "share",
    "first_step",
    "atom_token",
    "atom_prompt_id",
    "atom_position",
    "atom_source",
    "atom_context",
]


def decompose(
    model: LanguageModel,
    dictionary: Dictionary,
    prompt: str,
    l0: int | None = None,
    method: str = DEFAULT_METHOD,
) -> Decomposition:
    """Code every token of ``prompt`` at the dictionary's layer with at most ``l0`` atoms.

    Raises:
        InputError: an empty prompt, one of more than 20,000 characters, a model the
            dictionary was not built from, or l0/method out of range.
    """
    return decompose_layers(model, [dictionary], prompt, l0, method)[0]


def decompose_layers(
    model: LanguageModel,
    dictionaries: Sequence[Dictionary],
    prompt: str,
    l0: int | None = None,
    method: str = DEFAULT_METHOD,
) -> list[Decomposition]:
    """``decompose`` with several dictionaries of one model, at whatever layers: one forward pass.

    ``l0``: for all of them; None: each as it was built. InputError as for ``decompose``.
    """
    if not prompt.strip():
        raise InputError("the prompt is empty; type a few words")
    if len(prompt) > MAX_CHARACTERS:
        raise InputError(
            f"the prompt has {len(prompt):,} characters; at most {MAX_CHARACTERS:,} are read. "
            "Shorten it, or use `evaluate` for whole texts"
        )
    for dictionary in dictionaries:
        check_fits(model, dictionary)
    tokens = model.tokenize(prompt, max_length=model.max_length)
    layers = sorted({dictionary.recipe.layer or 0 for dictionary in dictionaries})
    x = {layer: torch.zeros(len(tokens.ids), model.d_model) for layer in layers}
    for batch in model.activations(
        [Prompt(id="", text=prompt, document=0, source="")],
        layers,
        max_length=model.max_length,
        skip_special=False,
    ):
        where = batch.token_index.cpu()
        for layer in layers:
            x[layer][where] = batch.x[layer].cpu()
    return [_code(x[d.recipe.layer or 0], tokens, d, prompt, l0, method) for d in dictionaries]


def _code(
    x: Tensor,
    tokens: TokenizedPrompt,
    dictionary: Dictionary,
    prompt: str,
    l0: int | None,
    method: str,
) -> Decomposition:
    """The decomposition of one layer's activations (T, d)."""
    coded = torch.ones(len(x), dtype=torch.bool)
    if dictionary.recipe.special_tokens != "kept":
        coded = ~torch.tensor(tokens.special, dtype=torch.bool)
    x = torch.where(coded[:, None], x, 0.0)
    code = dictionary.encode(x, l0, method)
    return Decomposition(
        prompt=prompt,
        tokens=tokens,
        coded=coded,
        code=code,
        energy=(x * x).sum(1),
        loss=torch.where(coded, dictionary.token_losses(x, code), torch.nan),
        tau=dictionary.recipe.tau,
        loss_name=dictionary.recipe.loss,
        truncated=tokens.n_dropped > 0,
    )


def cite(decomposition: Decomposition, dictionary: Dictionary, token: int) -> list[Citation]:
    """The atoms of one token, strongest first, each with its source."""
    return _cite(decomposition, dictionary, [token])[0]


def _cite(
    decomposition: Decomposition, dictionary: Dictionary, tokens: list[int]
) -> list[list[Citation]]:
    """The same for several tokens, reading every label and source prompt once."""
    labels, prompts = dictionary.labels, dictionary.prompts
    if labels is None or prompts is None:
        raise InputError(f"dictionary {dictionary.name or '(unsaved)'} has no labels to cite")
    merged = [decomposition.merged(token) for token in tokens]
    atoms = sorted({atom for ranked in merged for atom, *_ in ranked})
    label_of = dict(zip(atoms, labels.iloc[atoms].to_dict("records"), strict=True))
    wanted = prompts[prompts["prompt_id"].isin({x["prompt_id"] for x in label_of.values()})]
    source_of = {x["prompt_id"]: x for x in wanted.to_dict("records")}

    def citation(atom: int, coefficient: float, share: float, first_step: int) -> Citation:
        label = label_of[atom]
        prompt = source_of[label["prompt_id"]]
        return Citation(
            atom,
            coefficient,
            share,
            first_step,
            label["token"],
            label["prompt_id"],
            prompt["source"],
            prompt["text"][: label["char_start"]],
            prompt["text"][label["char_end"] :],
            label["token_index"],
        )

    return [[citation(*values) for values in ranked] for ranked in merged]

"""A prompt taken apart: every token's activation as a sparse code over labelled atoms.

What the explore page shows and what ``python -m itda_core encode`` prints.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import torch
from torch import Tensor

from itda_core.dictionary import Dictionary, Recipe
from itda_core.errors import InputError
from itda_core.models.of_dictionary import check_fits
from itda_core.pursuit import DEFAULT_METHOD, SparseCode

if TYPE_CHECKING:
    import pandas as pd

    from itda_core.models import LanguageModel, TokenizedPrompt

MAX_CHARACTERS = 20_000


class TokenFacts(NamedTuple):
    """What is known of one token of a decomposed prompt beside its atoms; NaN where not coded."""

    token_index: int
    token_id: int
    token: str
    """As it stands in the text; a special token by its name."""
    norm: float
    """|x|; 0 where not coded."""
    loss: float
    """In the dictionary's own loss, of the code shown."""
    loss_as_built: float
    """The same with the L0 and the pursuit of the build."""
    novel: bool
    """loss_as_built > tau: it would have become an atom."""
    explained: float
    """1 - |x - x_hat|^2/|x|^2, in [0, 1]; of the code shown."""


class TokenAtom(NamedTuple):
    """One atom of a token's code."""

    atom: int
    coefficient: float
    """Signed; summed where matching pursuit chose the atom more than once."""
    share: float
    """Of the activation's energy |x|^2, what its steps removed, in [0, 1]."""
    first_step: int
    """Step (from 0) at which it was first chosen."""


class Citation(NamedTuple):
    """One atom of a token's code, with where the atom came from."""

    atom: int
    coefficient: float
    share: float
    first_step: int
    """These four as in ``TokenAtom``."""
    token: str
    """That of its label, as are the next."""
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
    """(T,) float32, in the dictionary's own loss, of these codes. NaN where not coded."""
    loss_as_built: Tensor
    """(T,) float32: the same with the L0 and the pursuit of the build; compare with tau."""
    novel: Tensor
    """(T,) bool: loss_as_built > tau, so this token would have become an atom."""
    as_built: str
    """L0 and pursuit of the build, for people, where these codes have others; else ""."""
    tau: float
    loss_name: str
    truncated: bool
    """Whether the prompt was longer than the model can read; the rest is left out."""

    @property
    def norms(self) -> Tensor:
        """(T,) float32: |x|; 0 where not coded."""
        return self.energy.sqrt()

    @property
    def explained(self) -> Tensor:
        """(T,) 1 - |x - x_hat|^2/|x|^2, in [0, 1]; NaN where not coded."""
        unexplained = self.code.residual_energy[:, -1] / self.energy.clamp_min(1e-30)
        share = torch.where(self.energy > 0, 1 - unexplained, torch.ones_like(unexplained))
        return torch.where(self.coded, share, torch.nan)

    def facts(self) -> list[TokenFacts]:
        """One entry a token, special ones too."""
        columns = (
            self.tokens.ids,
            self.tokens.tokens,
            self.norms.tolist(),
            self.loss.tolist(),
            self.loss_as_built.tolist(),
            self.novel.tolist(),
            self.explained.tolist(),
        )
        return [TokenFacts(t, *values) for t, values in enumerate(zip(*columns, strict=True))]

    def atoms_of(self, token: int) -> list[TokenAtom]:
        """The atoms of one token's code, each once, the largest |coefficient| first."""
        coefficients: dict[int, float] = {}
        removed: dict[int, float] = {}
        first_steps: dict[int, int] = {}
        energy = float(self.energy[token])
        before = energy
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
            removed[atom] = removed.get(atom, 0.0) + before - residual
            first_steps.setdefault(atom, step)
            before = residual
        return [
            TokenAtom(
                atom, coefficients[atom], removed[atom] / max(energy, 1e-30), first_steps[atom]
            )
            for atom in sorted(coefficients, key=lambda atom: -abs(coefficients[atom]))
        ]

    def shared_with(self, token: int) -> Tensor:
        """(T,) Jaccard index in [0, 1] of each token's set of atoms with that of ``token``."""
        sets = [{a for a in row if a >= 0} for row in self.code.indices.tolist()]
        own = sets[token]
        return torch.tensor(
            [len(own & other) / len(own | other) if own | other else 0.0 for other in sets]
        )

    def rows(self, dictionary: Dictionary) -> pd.DataFrame:
        """One row a (token, atom): what the downloads and ``encode`` hold."""
        import pandas as pd

        rows: list[dict[str, Any]] = []
        facts = self.facts()
        coded = self.coded.nonzero().squeeze(1).tolist()
        for token, citations in zip(coded, _cite(self, dictionary, coded), strict=True):
            for cited in citations:
                rows.append(
                    {
                        **facts[token]._asdict(),
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
    *TokenFacts._fields,
    *TokenAtom._fields,
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

    ``l0``: for all of them; None: each as it was built.

    Raises:
        InputError: as ``decompose``.
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
    layers = [dictionary.recipe.layer or 0 for dictionary in dictionaries]
    text = model.read(prompt, layers)
    return [
        _code(text.x[layer].cpu(), text.tokens, dictionary, prompt, l0, method)
        for layer, dictionary in zip(layers, dictionaries, strict=True)
    ]


def _code(
    x: Tensor,
    tokens: TokenizedPrompt,
    dictionary: Dictionary,
    prompt: str,
    l0: int | None,
    method: str,
) -> Decomposition:
    """The decomposition of one layer's activations (T, d)."""
    coded = coded_tokens(tokens, dictionary.recipe)
    x = torch.where(coded[:, None], x, 0.0)  # (T, d)
    recipe = dictionary.recipe
    l0 = recipe.l0 if l0 is None else l0
    code = dictionary.encode(x, l0, method)
    loss = torch.where(coded, dictionary.token_losses(x, code), torch.nan)  # (T,)
    loss_as_built, as_built = loss, ""
    if not recipe.is_coded_as_built(l0, method):
        loss_as_built = torch.where(coded, dictionary.losses_as_built(x), torch.nan)
        as_built = recipe.coding
    return Decomposition(
        prompt=prompt,
        tokens=tokens,
        coded=coded,
        code=code,
        energy=(x * x).sum(1),
        loss=loss,
        loss_as_built=loss_as_built,
        novel=recipe.is_novel(loss_as_built, x.norm(dim=1)),
        as_built=as_built,
        tau=recipe.tau,
        loss_name=recipe.loss,
        truncated=tokens.n_dropped > 0,
    )


def coded_tokens(tokens: TokenizedPrompt, recipe: Recipe) -> Tensor:
    """(T,) bool: the tokens that a dictionary codes; special ones only if it was built so."""
    if recipe.special_tokens == "kept":
        return torch.ones(len(tokens.ids), dtype=torch.bool)
    return ~torch.tensor(tokens.special, dtype=torch.bool)


def cite(decomposition: Decomposition, dictionary: Dictionary, token: int) -> list[Citation]:
    """The atoms of one token, the largest |coefficient| first, each with its source.

    Raises:
        InputError: the dictionary has no labels.
    """
    return _cite(decomposition, dictionary, [token])[0]


def _cite(
    decomposition: Decomposition, dictionary: Dictionary, tokens: list[int]
) -> list[list[Citation]]:
    """The same for several tokens, reading every label and source prompt once."""
    labels, prompts = dictionary.labels, dictionary.prompts
    if labels is None or prompts is None:
        raise InputError(f"dictionary {dictionary.name or '(unsaved)'} has no labels to cite")
    codes = [decomposition.atoms_of(token) for token in tokens]
    atoms = sorted({term.atom for code in codes for term in code})
    label_of = dict(zip(atoms, labels.iloc[atoms].to_dict("records"), strict=True))
    prompt_ids = {label["prompt_id"] for label in label_of.values()}
    sources = prompts[prompts["prompt_id"].isin(prompt_ids)].to_dict("records")
    source_of = {source["prompt_id"]: source for source in sources}

    def citation(term: TokenAtom) -> Citation:
        label = label_of[term.atom]
        prompt = source_of[label["prompt_id"]]
        return Citation(
            *term,
            label["token"],
            label["prompt_id"],
            prompt["source"],
            prompt["text"][: label["char_start"]],
            prompt["text"][label["char_end"] :],
            label["token_index"],
        )

    return [[citation(term) for term in code] for code in codes]

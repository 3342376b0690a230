"""How a dictionary was built, and what its folder says of itself before its tables are read."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, get_args, get_origin, get_type_hints

from itda_core.dictionary.losses import check_tau
from itda_core.errors import InputError
from itda_core.pursuit.encode import check_l0, check_method
from itda_core.pursuit.methods import DEFAULT_METHOD, METHODS

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True)
class Recipe:
    """How a dictionary was built: all it takes to build it again and to check the result."""

    d_model: int
    tau: float
    l0: int
    loss: str
    """A key of LOSSES: what tau is compared with."""
    n_atoms: int
    tokens_seen: int
    """Activations that were looked at."""
    init: str = "none"
    """A key of INITS: where the first atoms came from."""
    max_atoms: int | None = None
    """Nothing entered any more once there were so many; None: no end."""
    seed: int = 0
    """Of the draw, where the first atoms were drawn."""
    pursuit: str = DEFAULT_METHOD
    """A key of METHODS."""
    model_id: str | None = None
    """Hub id or folder name."""
    model_path: str | None = None
    """A model from a folder: where it is, relative to the dictionary's folder if they travel
    together; None for a model of the hub."""
    model_revision: str | None = None
    weights_hash: str | None = None
    """sha256 of the model's weight files."""
    architecture: str | None = None
    layer: int | None = None
    """Block whose output was taken, from 0."""
    corpus_name: str | None = None
    corpus_hash: str | None = None
    """sha256 over the documents' texts."""
    max_tokens: int | None = None
    """What the build was told to stop at; None: the whole corpus."""
    sequence_length: int | None = None
    """Tokens a prompt, special tokens included."""
    bos_handling: str | None = None
    special_tokens: str | None = None
    """"skipped" (default) or "kept"."""
    dtype: str | None = None
    """What the model computed in."""
    libraries: dict[str, str] = field(default_factory=dict)
    built_at: str | None = None
    """Date and time in ISO 8601, UTC."""

    @property
    def coding(self) -> str:
        """L0 and pursuit of the build, for people: "L0 20, matching pursuit"."""
        return f"L0 {self.l0}, {METHODS[self.pursuit].title.lower()} pursuit"

    def is_coded_as_built(self, l0: int, method: str) -> bool:
        """Whether codes of that budget and method are those that the build itself decided on."""
        return (l0, method) == (self.l0, self.pursuit)

    def is_novel(self, losses: Tensor) -> Tensor:
        """(N,) bool: the activations that would have become atoms, from their ``losses`` (N,).

        Those of codes as built, see ``is_coded_as_built``: other losses say nothing about it. NaN,
        the loss of what is not coded, is not novel.
        """
        return losses > self.tau

    def with_now(self) -> Recipe:
        """The same with the time and the versions of the libraries that matter."""
        from importlib.metadata import version

        names = ("torch", "transformers", "tokenizers", "numba", "numpy")
        return dataclasses.replace(
            self,
            libraries={name: version(name) for name in names},
            built_at=datetime.now(UTC).isoformat(timespec="seconds"),
        )


@dataclass(frozen=True)
class DictionaryHead:
    """What a dictionary folder says of itself: enough to list it, choose it and cache by it."""

    name: str
    """Name of the folder."""
    fingerprint: str
    """sha256 of ``dictionary.json``: changes whenever the dictionary does."""
    has_labels: bool
    recipe: Recipe
    has_statistics: bool = False
    note: str = ""
    """Why the statistics that lie there cannot be used; empty when all is well."""
    version: str = ""
    """Changes whenever a file of the folder does, statistics too; "" outside a store."""


def recipe_of(manifest: dict[str, Any]) -> Recipe:
    """The recipe in a ``dictionary.json``, types and ranges checked; unknown keys are ignored."""
    values = {}
    for name, hint in get_type_hints(Recipe).items():
        if name not in manifest:
            continue
        values[name] = value = manifest[name]
        kinds = tuple(get_origin(kind) or kind for kind in (get_args(hint) or (hint,)))
        if get_origin(hint) is dict:
            kinds = (dict,)
        if float in kinds:
            kinds += (int,)
        if not isinstance(value, kinds) or isinstance(value, bool):
            raise InputError(f"{name} is {value!r}, which is no value for it")
        if isinstance(value, str) and value.encode("utf-8", "replace").decode() != value:
            raise InputError(f"{name} is {value!r}, which is no text")
    try:
        recipe = Recipe(**values)
    except TypeError as error:
        raise InputError(f"incomplete ({str(error).split('__() ')[-1]})") from error
    check_tau(recipe.tau, recipe.loss)
    check_l0(recipe.l0)
    check_method(recipe.pursuit)
    sizes = (recipe.n_atoms, recipe.d_model, recipe.layer or 0, recipe.l0)
    fit = all(0 <= size < 2**31 for size in sizes) and 0 <= recipe.tokens_seen < 2**63
    if not fit or recipe.d_model < 1:
        raise InputError("impossible values for n_atoms, d_model, layer, l0 or tokens_seen")
    return recipe

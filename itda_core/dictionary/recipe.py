"""How a dictionary was built, and what its folder says of itself before its tables are read."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, get_args, get_origin, get_type_hints

from itda_core.dictionary.columns import LARGEST
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
    tokenizer_hash: str | None = None
    """sha256 of its tokenizer's content; None before this was noted."""
    config_hash: str | None = None
    """sha256 of what its configuration says that activations depend on; None likewise."""
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
    sink_norm: float | None = None
    """Attention sinks were left out: activations of a larger norm neither entered nor were coded.
    None: they were treated like all others."""
    dtype: str | None = None
    """What the model computed in."""
    libraries: dict[str, str] = field(default_factory=dict)
    built_at: str | None = None
    """Date and time in ISO 8601, UTC."""

    def leaves_out(self, norms: Tensor) -> Tensor:
        """(N,) bool: the activations that a build passes over, from their ``norms`` (N,)."""
        return norms > (float("inf") if self.sink_norm is None else self.sink_norm)

    def as_json(self) -> dict[str, Any]:
        """All that it says; ``sink_norm`` only where it is one, so that other builds are written
        as they were before it could be."""
        said = dataclasses.asdict(self)
        return {k: v for k, v in said.items() if k != "sink_norm" or v is not None}

    @property
    def coding(self) -> str:
        """L0 and pursuit of the build, for people: "L0 20, matching pursuit"."""
        return f"L0 {self.l0}, {METHODS[self.pursuit].title.lower()} pursuit"

    def is_coded_as_built(self, l0: int, method: str) -> bool:
        """Whether codes of that budget and method are those that the build itself decided on."""
        return (l0, method) == (self.l0, self.pursuit)

    def is_novel(self, losses: Tensor, norms: Tensor) -> Tensor:
        """(N,) bool: the activations that would have become atoms, from ``losses`` and ``norms``.

        Losses are those of codes as built, see ``is_coded_as_built``: others say nothing about it.
        NaN, the loss of what is not coded, is not novel, nor is a sink that the build passed over.
        """
        return (losses > self.tau) & ~self.leaves_out(norms)

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
    """Hash of what ``dictionary.json`` says: changes whenever the dictionary does."""
    has_labels: bool
    recipe: Recipe
    has_statistics: bool = False
    note: str = ""
    """Why the statistics that lie there cannot be used; empty when all is well."""
    version: str = ""
    """Changes whenever a file of the folder does, statistics too; "" outside a store."""


_WHOLE = {
    "d_model": (1, LARGEST),
    "l0": (0, LARGEST),
    "n_atoms": (0, LARGEST),
    "max_atoms": (0, 2**63 - 1),
    "tokens_seen": (0, 2**63 - 1),
    "max_tokens": (0, 2**63 - 1),
    "seed": (-(2**63), 2**63 - 1),
    "layer": (0, LARGEST),
    "sequence_length": (1, LARGEST),
}
"""Range of each whole number of a recipe, where it has one."""
_LARGEST_NUMBER = 1e30
_LONGEST_TEXT = 4096
"""Characters: as many as a path may have."""


def recipe_of(manifest: dict[str, Any]) -> Recipe:
    """The recipe in a ``dictionary.json``, types and ranges checked; unknown keys are ignored."""
    values = {}
    for name, hint in get_type_hints(Recipe).items():
        if name in manifest:
            _check_value(name, manifest[name], hint)
            values[name] = manifest[name]
    try:
        recipe = Recipe(**values)
    except TypeError as error:
        raise InputError(f"incomplete ({str(error).split('__() ')[-1]})") from error
    check_tau(recipe.tau, recipe.loss)
    check_l0(recipe.l0)
    if recipe.sink_norm is not None and not 0 < recipe.sink_norm < float("inf"):
        raise InputError(f"sink_norm is {recipe.sink_norm!r}; expected a norm above 0")
    check_method(recipe.pursuit)
    return recipe


def _check_value(name: str, value: Any, hint: Any) -> None:
    """InputError unless ``value`` is of the type that a field has, and in its range."""
    kinds = tuple(get_origin(kind) or kind for kind in (get_args(hint) or (hint,)))
    if get_origin(hint) is dict:
        kinds = (dict,)
    if float in kinds:
        kinds += (int,)
    if not isinstance(value, kinds) or isinstance(value, bool):
        raise InputError(f"{name} is {str(value)[:60]!r}, which is no value for it")
    if float in kinds and not abs(value) <= _LARGEST_NUMBER:
        raise InputError(f"{name} is {str(value)[:60]}, which is no value for it")
    if name in _WHOLE and value is not None:
        least, most = _WHOLE[name]
        if not least <= value <= most:
            raise InputError(f"{name} is {str(value)[:60]}; expected {least} to {most}")
    texts = [value] if isinstance(value, str) else []
    if isinstance(value, dict):
        if not all(isinstance(text, str) for text in value.values()):
            raise InputError(f"{name} holds what is no text")
        texts = [*value, *value.values()]
    for text in texts:
        if len(text) > _LONGEST_TEXT:
            raise InputError(f"{name} has {len(text):,} characters; at most {_LONGEST_TEXT:,}")
        if text.encode("utf-8", "replace").decode() != text or "\0" in text:
            raise InputError(f"{name} is {text[:60]!r}, which is no text")

"""A dictionary: atoms, where each came from, how it was built; and its folder on disk."""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from itda_core.dictionary.losses import LOSSES, token_losses
from itda_core.dictionary.recipe import (
    FORMAT_VERSION,
    Recipe,
    check_present,
    read_manifest,
    recipe_of,
)
from itda_core.errors import InputError
from itda_core.files import atomic_folder, sha256_of, write_table, write_tensors
from itda_core.pursuit import DEFAULT_METHOD, METHODS, SparseCode, decode, encode
from itda_core.pursuit.encode import PLAIN, Problem, check_l0, check_method, choose_kernel

if TYPE_CHECKING:
    import pandas as pd

LABEL_COLUMNS = (
    "atom",
    "prompt_id",
    "token_index",
    "token_id",
    "token",
    "char_start",
    "char_end",
    "entered_at",
    "loss_at_entry",
)
PROMPT_COLUMNS = ("prompt_id", "text", "source")
GROWTH_POINTS = 200


@dataclass(frozen=True)
class Dictionary:
    """Atoms in order of entry, so that the first m are the smaller dictionary."""

    atoms: Tensor
    """(n, d) float32, unit norm."""
    norms: Tensor
    """(n,) float32: norm of the raw activation."""
    rows: Tensor
    """(n,) int64: place of the activation in the stream it was built from."""
    losses: Tensor
    """(n,) float32: loss at entry; NaN for initial atoms, which nobody asked."""
    recipe: Recipe
    labels: pd.DataFrame | None = None
    """One row an atom, columns LABEL_COLUMNS; None when built from bare tensors."""
    prompts: pd.DataFrame | None = None
    """The prompts that labels need: PROMPT_COLUMNS."""
    name: str = ""
    """Name of its folder."""
    fingerprint: str = ""
    """sha256 of dictionary.json, which holds the hashes of the other files."""
    _gram: Tensor | None = field(default=None, init=False, repr=False, compare=False)

    @property
    def n_atoms(self) -> int:
        """Number of atoms n."""
        return len(self.atoms)

    @property
    def d_model(self) -> int:
        """Width d of the activations."""
        return self.atoms.shape[1]

    @property
    def entered_at(self) -> Tensor:
        """(n,) int64: tokens seen when each atom entered, itself included; 0 for initial atoms."""
        return torch.where(self.losses.isnan(), 0, self.rows + 1)

    def encode(
        self, x: Tensor, l0: int | None = None, method: str = DEFAULT_METHOD, **options: Any
    ) -> SparseCode:
        """Code ``x`` (N, d) over these atoms; ``l0`` as built unless given. See ``encode``.

        The Gram matrix is computed the first time it pays, and kept.
        """
        l0 = self.recipe.l0 if l0 is None else l0
        check_l0(l0)
        check_method(method)
        problem = Problem(len(x), self.n_atoms, self.d_model, l0, x.device)
        if choose_kernel(METHODS[method], problem, self._gram is not None) != PLAIN:
            if self._gram is None or self._gram.device != x.device:
                atoms = self.atoms.to(x.device)
                object.__setattr__(self, "_gram", atoms @ atoms.T)
            options.setdefault("gram", self._gram)
        return encode(x, self.atoms.to(x.device), l0, method, **options)

    def decode(self, code: SparseCode) -> Tensor:
        """Reconstruct activations: (N, d) float32, on the device of ``code``."""
        return decode(code, self.atoms.to(code.indices.device))

    def token_losses(self, x: Tensor, code: SparseCode) -> Tensor:
        """(N,) the loss of each activation (N, d) under its ``code``; compare with tau."""
        return token_losses(x, code, self.atoms, LOSSES[self.recipe.loss])

    def crop(self, m: int) -> Dictionary:
        """The dictionary as it was when it had ``m`` atoms: 0 <= m <= n."""
        if not 0 <= m <= self.n_atoms:
            raise InputError(f"cannot crop to {m} atoms; this dictionary has 0 to {self.n_atoms}")
        if m == self.n_atoms:
            return self
        labels = prompts = None
        if self.labels is not None and self.prompts is not None:
            labels = self.labels.iloc[:m]
            prompts = self.prompts[self.prompts.prompt_id.isin(labels.prompt_id)]
        return dataclasses.replace(
            self,
            atoms=self.atoms[:m],
            norms=self.norms[:m],
            rows=self.rows[:m],
            losses=self.losses[:m],
            labels=labels,
            prompts=prompts,
            fingerprint="",
            recipe=dataclasses.replace(
                self.recipe, n_atoms=m, max_atoms=m, tokens_seen=max(int(self.entered_at[m]) - 1, 0)
            ),
        )

    def growth(self) -> pd.DataFrame:
        """tokens_seen, n_atoms: how it grew, at up to 200 evenly spaced numbers of tokens."""
        import numpy as np
        import pandas as pd

        seen = np.linspace(0, self.recipe.tokens_seen, GROWTH_POINTS + 1).round().astype(np.int64)
        seen = np.unique(seen)
        entered = np.sort(self.entered_at.numpy())
        return pd.DataFrame(
            {"tokens_seen": seen, "n_atoms": np.searchsorted(entered, seen, side="right")}
        )

    def save(self, path: str | Path, half: bool = False) -> Path:
        """Write the folder ``path``, whole or not at all: a temporary sibling, then a rename.

        ``half`` writes the atoms in float16: half the size, and each number within 0.05 % of what
        it was. They are of unit norm again when loaded.

        Raises:
            InputError: ``path`` exists.
            OSError: the disk is full or not writable; nothing is left behind.
        """
        path = Path(path)
        if path.exists():
            raise InputError(f"{path} exists already; remove it or choose another --out")
        with atomic_folder(path) as aside:
            self._write(aside, half)
        return path

    def _write(self, folder: Path, half: bool) -> None:
        tensors = {key: getattr(self, key) for key in ("atoms", "norms", "rows", "losses")}
        if half:
            tensors["atoms"] = tensors["atoms"].half()
        write_tensors(folder / "atoms.safetensors", tensors)
        if self.labels is not None and self.prompts is not None:
            write_table(folder / "labels.parquet", self.labels)
            write_table(folder / "prompts.parquet", self.prompts)
        write_table(folder / "growth.parquet", self.growth())
        recipe = self.recipe if self.recipe.built_at else self.recipe.with_now()
        manifest = {"format_version": FORMAT_VERSION} | dataclasses.asdict(recipe)
        manifest["files"] = {p.name: sha256_of(p) for p in sorted(folder.iterdir())}
        (folder / "dictionary.json").write_text(
            json.dumps(manifest, indent=2, ensure_ascii=False) + "\n", encoding="utf-8"
        )

    @classmethod
    def load(cls, path: str | Path) -> Dictionary:
        """Read a dictionary folder, checking everything it claims.

        Raises:
            InputError: not a dictionary, a newer format, or files that are missing, damaged
                or do not fit each other.
        """
        import pandas as pd
        from safetensors.torch import load_file

        path = Path(path)
        manifest = read_manifest(path)
        for name, expected in manifest["files"].items():
            file = path / name
            check_present(file)
            if sha256_of(file) != expected:
                raise InputError(
                    f"{path}: {name} is not what was written (its sha256 differs); "
                    "copy or build the dictionary again"
                )
        try:
            tensors = load_file(path / "atoms.safetensors")
            if tensors["atoms"].dtype == torch.float16:
                tensors["atoms"] = _to_float32(tensors["atoms"])
            recipe = recipe_of(manifest)
            labels = prompts = None
            if "labels.parquet" in manifest["files"]:
                labels = pd.read_parquet(path / "labels.parquet")
                prompts = pd.read_parquet(path / "prompts.parquet")
            dictionary = cls(
                **{key: tensors[key] for key in ("atoms", "norms", "rows", "losses")},
                recipe=recipe,
                labels=labels,
                prompts=prompts,
                name=path.name,
                fingerprint=sha256_of(path / "dictionary.json"),
            )
        except InputError:
            raise
        except Exception as error:
            reason = str(error).splitlines()[0] if str(error) else type(error).__name__
            raise InputError(f"{path} cannot be read as a dictionary: {reason}") from error
        problem = dictionary._problem()
        if problem:
            raise InputError(f"{path}: {problem}; copy or build the dictionary again")
        return dictionary

    def _problem(self) -> str | None:
        """What does not fit, in words, or None."""
        n, d = self.recipe.n_atoms, self.recipe.d_model
        if tuple(self.atoms.shape) != (n, d):
            return f"atoms are {tuple(self.atoms.shape)}, dictionary.json says ({n}, {d})"
        for key in ("norms", "rows", "losses"):
            if tuple(getattr(self, key).shape) != (n,):
                return f"{key} are {tuple(getattr(self, key).shape)}, expected ({n},)"
        size = torch.linalg.vector_norm(self.atoms.float(), dim=1)
        off = ~((size - 1).abs() <= 1e-3)
        if bool(off.any()):
            row = int(off.nonzero()[0])
            return f"atom {row} has norm {float(size[row]):.4g} instead of 1"
        if not bool(torch.isfinite(self.norms).all()):
            return "norms hold NaN or infinity"
        if self.labels is None or self.prompts is None:
            return None
        for frame, columns, what in (
            (self.labels, LABEL_COLUMNS, "labels"),
            (self.prompts, PROMPT_COLUMNS, "prompts"),
        ):
            lacking = [column for column in columns if column not in frame.columns]
            if lacking:
                return f"{what}.parquet lacks {', '.join(lacking)}"
        if len(self.labels) != n or self.labels["atom"].tolist() != list(range(n)):
            return f"labels.parquet does not name atoms 0 to {n - 1} in order"
        if not set(self.labels["prompt_id"]) <= set(self.prompts["prompt_id"]):
            return "labels.parquet names prompts that prompts.parquet lacks"
        return None


def _to_float32(atoms: Tensor) -> Tensor:
    """float32 atoms from float16, of unit norm again; one that is far from it is left to show."""
    atoms = atoms.float()
    size = torch.linalg.vector_norm(atoms, dim=1, keepdim=True)
    return torch.where((size - 1).abs() < 1e-3, atoms / size, atoms)

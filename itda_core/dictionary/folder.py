"""A dictionary's folder on disk: what is in it, written whole or not at all, checked when read."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from itda_core.dictionary.recipe import DictionaryHead, recipe_of
from itda_core.errors import InputError
from itda_core.files import (
    atomic_folder,
    exists_safely,
    is_file_safely,
    is_folder_safely,
    sha256_of,
    write_table,
    write_tensors,
)

if TYPE_CHECKING:
    from itda_core.dictionary.dictionary import Dictionary

FORMAT_VERSION = 1
HEAD, ATOMS = "dictionary.json", "atoms.safetensors"
LABELS, PROMPTS, GROWTH = "labels.parquet", "prompts.parquet", "growth.parquet"
TENSORS = ("atoms", "norms", "rows", "losses")
"""Fields of a dictionary that the file of atoms holds under the same names."""
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

UNIT_TOLERANCE = 1e-3
"""How far from 1 an atom's norm may be."""


def write(dictionary: Dictionary, path: Path, half: bool) -> None:
    """Write the folder ``path``, whole or not at all; atoms in float16 if ``half``.

    Raises:
        InputError: ``path`` exists.
        OSError: the disk is full or not writable; nothing is left behind.
    """
    if exists_safely(path):
        raise InputError(f"{path} exists already; remove it or choose another --out")
    with atomic_folder(path) as folder:
        tensors = {name: getattr(dictionary, name) for name in TENSORS}
        if half:
            tensors["atoms"] = tensors["atoms"].half()
        write_tensors(folder / ATOMS, tensors)
        if dictionary.labels is not None and dictionary.prompts is not None:
            write_table(folder / LABELS, dictionary.labels)
            write_table(folder / PROMPTS, dictionary.prompts)
        write_table(folder / GROWTH, dictionary.growth())
        recipe = dictionary.recipe
        head = (recipe if recipe.built_at else recipe.with_now()).as_json()
        files = {file.name: sha256_of(file) for file in sorted(folder.iterdir())}
        manifest = {"format_version": FORMAT_VERSION} | head | {"files": files}
        (folder / HEAD).write_text(
            json.dumps(manifest, indent=2, ensure_ascii=False) + "\n", encoding="utf-8"
        )


def read(path: Path) -> dict[str, Any]:
    """The fields of the dictionary in the folder ``path``; ``problem_of`` says if they fit.

    Raises:
        InputError: not a dictionary, a newer format, or files that are missing or damaged.
    """
    import pandas as pd
    from safetensors.torch import load_file

    manifest = read_manifest(path)
    for name, expected in manifest["files"].items():
        check_present(path / name)
        if sha256_of(path / name) != expected:
            raise InputError(
                f"{path}: {name} is not what was written (its sha256 differs); "
                "copy or build the dictionary again"
            )
    try:
        tensors = load_file(path / ATOMS)
        if tensors["atoms"].dtype == torch.float16:
            tensors["atoms"] = _to_float32(tensors["atoms"])
        fields: dict[str, Any] = {"recipe": recipe_of(manifest)}
        if LABELS in manifest["files"]:
            fields["labels"] = pd.read_parquet(path / LABELS)
            fields["prompts"] = pd.read_parquet(path / PROMPTS)
        fields |= {name: tensors[name] for name in TENSORS}
        return fields | {"name": path.name, "fingerprint": sha256_of(path / HEAD)}
    except InputError:
        raise
    except Exception as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise InputError(f"{path} cannot be read as a dictionary: {reason}") from error


def _to_float32(atoms: Tensor) -> Tensor:
    """float32 atoms from float16, of unit norm again; one that is far from it is left to show."""
    atoms = atoms.float()  # (n, d)
    norms = torch.linalg.vector_norm(atoms, dim=1, keepdim=True)  # (n, 1)
    return torch.where((norms - 1).abs() < UNIT_TOLERANCE, atoms / norms, atoms)


def problem_of(dictionary: Dictionary) -> str | None:
    """What does not fit in a dictionary that was read, in words, or None."""
    n, d = dictionary.recipe.n_atoms, dictionary.recipe.d_model
    atoms, labels, prompts = dictionary.atoms, dictionary.labels, dictionary.prompts
    if tuple(atoms.shape) != (n, d):
        return f"atoms are {tuple(atoms.shape)}, {HEAD} says ({n}, {d})"
    for name in ("norms", "rows", "losses"):
        shape = tuple(getattr(dictionary, name).shape)
        if shape != (n,):
            return f"{name} are {shape}, expected ({n},)"
    norms = torch.linalg.vector_norm(atoms.float(), dim=1)  # (n,)
    off = ~((norms - 1).abs() <= UNIT_TOLERANCE)  # written so that NaN counts as off
    if bool(off.any()):
        row = int(off.nonzero()[0])
        return f"atom {row} has norm {float(norms[row]):.4g} instead of 1"
    if not bool(torch.isfinite(dictionary.norms).all()):
        return "norms hold NaN or infinity"
    if labels is None or prompts is None:
        return None
    for file, table, columns in (
        (LABELS, labels, LABEL_COLUMNS),
        (PROMPTS, prompts, PROMPT_COLUMNS),
    ):
        lacking = [column for column in columns if column not in table.columns]
        if lacking:
            return f"{file} lacks {', '.join(lacking)}"
    if len(labels) != n or labels["atom"].tolist() != list(range(n)):
        return f"{LABELS} does not name atoms 0 to {n - 1} in order"
    if not set(labels["prompt_id"]) <= set(prompts["prompt_id"]):
        return f"{LABELS} names prompts that {PROMPTS} lacks"
    return None


def read_head(path: str | Path) -> DictionaryHead:
    """Read ``dictionary.json`` alone; whether the other files hold what it says shows in ``load``.

    Raises:
        InputError: not a dictionary, a newer format, or a file that is missing.
    """
    path = Path(path)
    manifest = read_manifest(path)
    for name in manifest["files"]:
        check_present(path / name)
    return DictionaryHead(
        name=path.name,
        fingerprint=sha256_of(path / HEAD),
        has_labels=LABELS in manifest["files"],
        recipe=recipe_of(manifest),
    )


def check_present(file: Path) -> None:
    """InputError unless a file of a dictionary is there."""
    if not is_file_safely(file):
        raise InputError(
            f"{file.parent}: {file.name} is missing; copy or build the dictionary again"
        )


def read_manifest(path: str | Path) -> dict[str, Any]:
    """``dictionary.json`` of a folder, its format checked; nothing else is read."""
    path = Path(path)
    file = path / HEAD
    if not is_folder_safely(path):
        raise InputError(f"{path} is no folder; give the folder of a dictionary")
    if not is_file_safely(file):
        raise InputError(f"{path} is no dictionary: it has no {HEAD}")
    try:
        manifest = json.loads(file.read_text(encoding="utf-8"))
        version = manifest["format_version"]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise InputError(
            f"{file} is damaged (not JSON, or no format_version); copy or build it again"
        ) from error
    except OSError as error:
        raise InputError(
            f"{file} cannot be read ({error.strerror}); check its permissions"
        ) from error
    if not isinstance(version, int) or not 1 <= version <= FORMAT_VERSION:
        raise InputError(
            f"{path} has format {version}, this program reads up to {FORMAT_VERSION}; update it"
        )
    files = manifest.get("files")
    if not isinstance(files, dict) or ATOMS not in files:
        raise InputError(f"{file} does not list its files; copy or build the dictionary again")
    if any(Path(name).name != name for name in files):
        raise InputError(f"{file} lists files outside its folder; do not use this dictionary")
    try:
        recipe_of(manifest)
    except InputError as error:
        raise InputError(f"{file}: {error}; copy or build the dictionary again") from error
    return manifest

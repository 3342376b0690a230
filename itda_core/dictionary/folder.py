"""A dictionary's folder on disk: what is in it, written whole or not at all, checked when read."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from itda_core.dictionary import checks, untrusted
from itda_core.dictionary.columns import read_table
from itda_core.dictionary.recipe import DictionaryHead, Recipe, recipe_of
from itda_core.errors import InputError
from itda_core.files import (
    SEAL,
    atomic_folder,
    content_hash,
    exists_safely,
    is_file_safely,
    is_folder_safely,
    read_summary,
    sha256_of,
    write_summary,
    write_table,
    write_tensors,
)

if TYPE_CHECKING:
    from itda_core.dictionary.dictionary import Dictionary

FORMAT_VERSION = 1
HEAD, ATOMS = "dictionary.json", "atoms.safetensors"
LABELS, PROMPTS, GROWTH = "labels.parquet", "prompts.parquet", "growth.parquet"
FILES = (ATOMS, LABELS, PROMPTS, GROWTH)
"""What ``dictionary.json`` may list."""
STATISTICS = "statistics/statistics.json"
"""Says which dictionary the statistics beside it are of; see ``itda_core.atoms.statistics``."""
TENSORS = ("atoms", "norms", "rows", "losses")
"""Fields of a dictionary that the file of atoms holds under the same names."""
LABEL_COLUMNS = tuple(column.name for column in checks.LABELS)
PROMPT_COLUMNS = tuple(column.name for column in checks.PROMPTS)
_AGAIN = "copy or build the dictionary again"
_LARGEST_ROW = 1 << 16
"""Bytes in a table for an atom: one of a hundredth of this is usual."""


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
        fingerprint = write_summary(folder / HEAD, manifest)
    untrusted.vouch(fingerprint)


def read(path: Path) -> dict[str, Any]:
    """The fields of the dictionary in the folder ``path``; ``problem_of`` says if they fit.

    Raises:
        InputError: not a dictionary, a newer format, or files that are missing or damaged.
    """
    from safetensors.torch import load_file

    manifest = read_manifest(path)
    recipe = recipe_of(manifest)
    _check_files(path, manifest["files"], recipe)
    try:
        tensors = load_file(path / ATOMS)
        if tensors["atoms"].dtype == torch.float16:
            tensors["atoms"] = _to_float32(tensors["atoms"])
        fields: dict[str, Any] = {name: tensors[name] for name in TENSORS}
        if LABELS in manifest["files"]:
            fields["labels"] = read_table(path / LABELS, checks.LABELS, recipe.n_atoms)
            fields["prompts"] = read_table(path / PROMPTS, checks.PROMPTS)
        if GROWTH in manifest["files"]:
            checks.check_growth(read_table(path / GROWTH, checks.GROWTH), recipe)
    except Exception as error:
        raise InputError(f"{path} cannot be read as a dictionary: {reason(error)}") from error
    return fields | {"recipe": recipe, "name": path.name, "fingerprint": content_hash(manifest)}


def reason(error: Exception) -> str:
    """What an exception says, in one line."""
    if isinstance(error, MemoryError):
        return "it takes more memory than there is"
    return (" ".join(str(error).split()) or type(error).__name__)[:300]


def _check_files(path: Path, files: dict[str, str], recipe: Recipe) -> None:
    """InputError unless all files are there, of a size that they may have, and as written."""
    n, d = recipe.n_atoms, recipe.d_model
    for name, expected in files.items():
        check_present(path / name)
        most = n * (4 * d + 24 if name == ATOMS else _LARGEST_ROW) + (1 << 20)
        if (path / name).stat().st_size > most:
            raise InputError(f"{path}: {name} is larger than {n:,} atoms can be; {_AGAIN}")
        if sha256_of(path / name) != expected:
            raise InputError(
                f"{path}: {name} is not what was written (its sha256 differs); {_AGAIN}"
            )


def _to_float32(atoms: Tensor) -> Tensor:
    """float32 atoms from float16, of unit norm again; one that is far from it is left to show."""
    atoms = atoms.float()  # (n, d)
    norms = torch.linalg.vector_norm(atoms, dim=1, keepdim=True)  # (n, 1)
    return torch.where((norms - 1).abs() < checks.UNIT_TOLERANCE, atoms / norms, atoms)


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
        fingerprint=content_hash(manifest),
        has_labels=LABELS in manifest["files"],
        recipe=recipe_of(manifest),
    )


def check_present(file: Path) -> None:
    """InputError unless a file of a dictionary is there."""
    if not is_file_safely(file):
        raise InputError(f"{file.parent}: {file.name} is missing; {_AGAIN}")


def read_manifest(path: str | Path) -> dict[str, Any]:
    """``dictionary.json`` of a folder, its format checked; nothing else is read."""
    path = Path(path)
    file = path / HEAD
    if not is_folder_safely(path):
        raise InputError(f"{path} is no folder; give the folder of a dictionary")
    if not is_file_safely(file):
        raise InputError(f"{path} is no dictionary: it has no {HEAD}")
    try:
        manifest = read_summary(file)
    except OSError as error:
        raise InputError(
            f"{file} cannot be read ({error.strerror}); check its permissions"
        ) from error
    except ValueError as error:
        raise InputError(f"{file} is damaged ({reason(error)}); {_AGAIN}") from error
    version, files = manifest.get("format_version"), manifest.get("files")
    if type(version) is not int or version < 1:
        raise InputError(f"{file} is damaged (it has no format_version); {_AGAIN}")
    if version > FORMAT_VERSION:
        raise InputError(
            f"{path} has format {version}, this program reads up to {FORMAT_VERSION}; update it"
        )
    if not isinstance(files, dict) or ATOMS not in files or (LABELS in files) != (PROMPTS in files):
        raise InputError(f"{file} does not list its files; {_AGAIN}")
    if any(Path(name).name != name for name in files):
        raise InputError(f"{file} lists files outside its folder; do not use this dictionary")
    if not files.keys() <= set(FILES):
        raise InputError(f"{file} lists files that are no part of a dictionary; {_AGAIN}")
    try:
        recipe_of(manifest)
    except InputError as error:
        raise InputError(f"{file}: {error}; {_AGAIN}") from error
    _check_older(path, manifest)
    return manifest


def _check_older(path: Path, manifest: dict[str, Any]) -> None:
    """A summary without a seal is held against what is known of it: here, or beside it.

    Raises:
        InputError: it is not the one that the statistics beside it were computed of.
    """
    fingerprint = content_hash(manifest)
    statistics = path / STATISTICS
    if SEAL in manifest or not exists_safely(statistics.parent) or untrusted.is_known(fingerprint):
        return
    try:
        is_theirs = read_summary(statistics).get("dictionary") == fingerprint
    except (OSError, ValueError):
        is_theirs = False
    if not is_theirs:
        raise InputError(
            f"{path}: {HEAD} is not the one that the statistics beside it were computed of; "
            "copy the dictionary again, or remove its folder statistics to use it as it is"
        )

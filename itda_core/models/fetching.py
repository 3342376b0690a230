"""The folder of a hub model: in the local cache, or fetched from the hub."""

import hashlib
import os
from pathlib import Path
from typing import Any

from itda_core import hub
from itda_core.errors import InputError
from itda_core.files import exists_safely, names_safely
from itda_core.models import folders
from itda_core.models.light import read_light_config

_SMALL_ENDINGS = (".json", ".txt", ".model")
"""What is fetched of a repository besides its weights: all that loading reads, and no code."""
_TOKENIZERS = ("tokenizer.json", "tokenizer_config.json", "vocab.json", "vocab.txt", ".model")
_BESIDE_TOKENIZER = {
    "tokenizer.json",
    "tokenizer_config.json",
    "special_tokens_map.json",
    "added_tokens.json",
}
"""Files that say how text is cut, where a repository has them."""
_INDEX = "model.safetensors.index.json"
_WEIGHTS = "model.safetensors"


def cached_model(model: str, revision: str | None, weights: bool = True) -> Path | None:
    """The folder of ``model`` in the local hub cache, None unless it is there in whole.

    Without ``weights`` only its configuration is looked for. Asks nobody.
    """
    from huggingface_hub.errors import LocalEntryNotFoundError

    try:
        folder = _snapshot(model, revision, ["config.json"], local=True)
        names = {name for name in names_safely(folder) if exists_safely(folder / name)}
        if weights:
            folders.read_weights(folder)
    except (LocalEntryNotFoundError, OSError, ValueError):  # an InputError is one of those
        return None
    if "config.json" not in names or (weights and _lacks(names, _listed(folder))):
        return None
    return folder


def _listed(folder: Path) -> set[str] | None:
    """Names of the files that a snapshot's repository has; None where nobody has noted them.

    Files in folders of it are left out.
    """
    from huggingface_hub import get_cached_repo_tree
    from huggingface_hub.errors import CachedRepoTreeNotFoundError

    try:
        files = get_cached_repo_tree(folders.hub_name(folder) or "", revision=folder.name)
    except CachedRepoTreeNotFoundError:
        return None
    return {file.path for file in files if "/" not in file.path}


def _lacks(names: set[str], listed: set[str] | None) -> bool:
    """Whether a snapshot with these files lacks some of its tokenizer's.

    All that are ``listed`` must be there: without one of them words would be cut differently.
    """
    if listed is None:
        return not any(name.endswith(_TOKENIZERS) for name in names)
    needed = {name for name in listed if name in _BESIDE_TOKENIZER}
    if "tokenizer.json" not in listed:
        needed |= {name for name in listed if name.endswith(_SMALL_ENDINGS)}
    return not needed <= names


def fetch_model(model: str, revision: str | None, weights: bool = True) -> Path:
    """The folder of ``model`` once the hub has given its files; without ``weights``, but those.

    What is not in whole in the cache is fetched; what can be refused without the weights is
    refused before they are.

    Raises:
        InputError: says why it cannot be had.
    """
    name = f"{model}@{revision}" if revision else model
    reason = hub.offline_reason()
    if reason is not None:
        found = _what_is_cached(model, revision)
        raise InputError(
            f"{name}: no such folder, {found}, and {reason}: give a model folder, or try again "
            "when the hub can be reached"
        )
    hub.limit_patience()
    try:
        if not weights:
            return _snapshot(model, revision, ["config.json"])
        folder = _snapshot(model, revision, [f"*{ending}" for ending in _SMALL_ENDINGS])
        names = _weight_files(name, folder)
        _fetch_large(model, folder, names)
        if not _discard_damaged(folder, names):
            return folder
        _fetch_large(model, folder, names)
    except InputError:
        raise
    except Exception as error:  # connection, disk, hub: theirs are of every kind
        raise InputError(f"{name} {hub.reason_of(error)}") from error
    damaged = _discard_damaged(folder, names)
    if damaged:
        raise InputError(
            f"{name}: {damaged} comes damaged from {hub.endpoint()} (its sha256 is another than "
            "the hub names): try again later"
        )
    return folder


def _snapshot(model: str, revision: str | None, patterns: list[str], local: bool = False) -> Path:
    from huggingface_hub import snapshot_download

    folder = snapshot_download(
        model,
        revision=revision,
        allow_patterns=patterns,
        ignore_patterns=["*/*"],
        local_files_only=local,
        tqdm_class=_bar(),
    )
    return Path(folder)


def _fetch_large(model: str, folder: Path, names: list[str]) -> None:
    """Fetch files into a snapshot, one after the other.

    In this thread: one of a pool would have to end its file before a Ctrl-C is obeyed.
    """
    from huggingface_hub import hf_hub_download

    for name in names:
        hf_hub_download(model, name, revision=folder.name, tqdm_class=_bar())


def _bar() -> Any:
    """Their progress bar, on a terminal only."""
    from huggingface_hub.utils import tqdm

    class Bar(tqdm):
        def __init__(self, *arguments: Any, **options: Any) -> None:
            super().__init__(*arguments, **{"disable": None, **options})

    return Bar


def _what_is_cached(model: str, revision: str | None) -> str:
    """Where a model stands that is not in the cache in whole, as part of a sentence."""
    from huggingface_hub import constants
    from huggingface_hub.errors import IncompleteSnapshotError

    snapshots = Path(constants.HF_HUB_CACHE) / f"models--{model.replace('/', '--')}" / "snapshots"
    if not any(snapshots.glob("*/*")):
        return "not in the local hub cache"
    try:
        _snapshot(model, revision, ["config.json"], local=True)
    except IncompleteSnapshotError:
        pass
    except Exception:  # as in the look for it
        return "in the local hub cache only in another revision"
    return "in the local hub cache only in part"


def _weight_files(name: str, folder: Path) -> list[str]:
    """Names of the weight files of the model whose other files are in ``folder``.

    Raises:
        InputError: by what is known without them, it cannot be loaded.
    """
    listed = _listed(folder) or set()
    try:
        if read_light_config(folder) is None:
            folders.read_config(folder)
        shards = folders.read_index(folder / _INDEX) if _INDEX in listed else []
    except InputError as error:
        raise InputError(str(error).replace(str(folder), name)) from None
    if not any(path.endswith(_TOKENIZERS) for path in listed):
        raise InputError(
            f"{name} has no tokenizer: expected a tokenizer.json; choose another model"
        )
    names = [_WEIGHTS] if _WEIGHTS in listed else shards
    lost = sorted(set(names) - listed)
    if lost:
        raise InputError(
            f"{name} lacks {len(lost)} of its {len(names)} weight files, such as {lost[0]}: "
            "choose another revision or model"
        )
    if not names:
        raise InputError(f"{name}: {folders.other_weights(sorted(listed))}")
    return names


def _discard_damaged(folder: Path, names: list[str]) -> str | None:
    """The name of a file whose sha256 is not the one its place in the cache is named for.

    It is removed from the cache, which would take it for whole ever after.
    """
    for name in names:
        blob = Path(os.path.realpath(folder / name))
        is_named_by_hash = len(blob.name) == len(hashlib.sha256().hexdigest())
        if is_named_by_hash and folders.hash_files([blob]) != blob.name:
            blob.unlink(missing_ok=True)
            (folder / name).unlink(missing_ok=True)
            return name
    return None

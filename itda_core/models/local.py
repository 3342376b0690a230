"""The models on this machine, in folders and in the hub's cache."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from itda_core import hub
from itda_core.errors import InputError
from itda_core.files import expand_safely, is_folder_safely, names_safely
from itda_core.models.fetching import cached_model
from itda_core.models.folders import folder_name, hub_name, read_config, read_weights, writers_of

_MAX_DEPTH = 6  # levels of folders searched for models


def list_local_models(*folders: str | Path) -> list[dict[str, Any]]:
    """The models found in ``folders`` (six levels deep) and in the local hub cache.

    One dict a model: name, path (of its folder; in the cache its hub id, which ``load_model``
    takes), architecture, n_layers, d_model, parameters, bytes. What could not be loaded
    for what its configuration or its weight files say is left out, and so are folders that do not
    exist.
    """
    models = []
    for folder in folders:
        for place in _model_folders(expand_safely(folder), 0):
            models.append(_describe(place, folder_name(place), str(place)))
    for snapshot in _snapshots():
        name = hub_name(snapshot) or snapshot.name
        models.append(_describe(snapshot, name, _hub_place(snapshot)))
    return [model for model in models if model is not None]


def local_model_names(*folders: str | Path) -> list[str]:
    """What ``load_model`` may be given on this machine, found without reading any configuration.

    Folders below ``folders`` (six levels deep), models that installed packages carry, and those in
    the hub cache.
    """
    places = [p for f in folders for p in _model_folders(expand_safely(f), 0)]
    ids = [_hub_place(snapshot) for snapshot in _snapshots()]
    return list(dict.fromkeys([*map(str, places), *hub.packaged_models(), *ids]))


def _hub_place(snapshot: Path) -> str:
    """What ``load_model`` takes for a snapshot: an id, with the commit unless it is main's."""
    name = hub_name(snapshot) or snapshot.name
    try:
        main = (snapshot.parent.parent / "refs" / "main").read_text(errors="replace").strip()
    except OSError:
        main = ""
    return name if main == snapshot.name else f"{name}@{snapshot.name}"


def _snapshots() -> list[Path]:
    """Folders of whole models in the local hub cache, one a revision of a repository."""
    from huggingface_hub import constants

    found = sorted(Path(constants.HF_HUB_CACHE).glob("models--*/snapshots/*"))
    # Some are of other programs and no models of language: the look into one takes milliseconds.
    found = [s for s in found if _is_model(names_safely(s))]
    return [s for s in found if cached_model(hub_name(s) or "", s.name) is not None]


def _is_model(names: list[str]) -> bool:
    """Whether a folder of these files may hold a model."""
    return "config.json" in names and any(name.endswith(".safetensors") for name in names)


def _model_folders(folder: Path, depth: int) -> Iterator[Path]:
    """Folders at or below ``folder`` with a config.json and safetensors, in order of path."""
    names = names_safely(folder)
    if _is_model(names):
        yield folder
        return
    for name in names:
        if depth < _MAX_DEPTH and not name.startswith(".") and is_folder_safely(folder / name):
            yield from _model_folders(folder / name, depth + 1)


def _describe(folder: Path, name: str, path: str) -> dict[str, Any] | None:
    try:
        config = read_config(folder)
        weights = read_weights(folder)
    except InputError:
        return None
    text = config.get_text_config()
    return {
        "name": name,
        "path": path,
        "architecture": next(iter(writers_of(config)), config.model_type),
        "n_layers": text.num_hidden_layers,
        "d_model": text.hidden_size,
        "parameters": weights.parameters,
        "bytes": weights.size,
    }

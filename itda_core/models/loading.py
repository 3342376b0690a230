"""From a folder or a hub id to a LanguageModel, or to one line that says why not."""

from pathlib import Path
from typing import Any, NamedTuple

from itda_core import hub
from itda_core.errors import InputError
from itda_core.files import (
    exists_safely,
    expand_safely,
    is_file_safely,
    is_folder_safely,
    resolve_safely,
)
from itda_core.models import folders
from itda_core.models.fetching import cached_model, fetch_model
from itda_core.models.identity import TEST_TEXT
from itda_core.models.language_model import LanguageModel
from itda_core.models.light import load_light, read_light_config
from itda_core.models.network.left_over import left_over
from itda_core.models.precision import choose_precision
from itda_core.text.tokens import plain_tokenizer

_DEVICES = ("cpu", "cuda", "mps", "xpu")
_DTYPES = ("float32", "bfloat16", "float16")


def load_model(
    model: str | Path,
    *,
    revision: str | None = None,
    device: str | None = None,
    dtype: str | None = None,
) -> LanguageModel:
    """The decoder or encoder in folder ``model``, or of that hub id.

    An id is looked for in the local cache, in an installed package and then on the hub; it may
    name its revision, a branch, tag or commit: ``owner/name@revision``.
    ``device`` is one of torch ("cpu", "cuda", "cuda:1", "mps"), by default CUDA where there is one.
    ``dtype`` is float32, bfloat16 or float16; by default what ``choose_precision`` says of the
    device. Code that comes with a model is never run and only safetensors are read.

    Raises:
        InputError: whatever cannot be loaded.
    """
    folder, name, commit = _resolve(str(model), revision)
    config: Any = read_light_config(folder) or folders.read_config(folder)
    weights = folders.read_weights(folder)
    _check_plain(folder, config, weights)
    place = _device(device)
    if dtype is not None and dtype not in _DTYPES:
        raise InputError(f"dtype {dtype!r} is unknown: expected one of {', '.join(_DTYPES)}")
    kind = dtype or choose_precision(str(place))
    parts = _load_without_transformers(folder, config, kind, place)
    if parts is None:
        config = folders.read_config(folder)
        parts = _load_with_transformers(folder, config, weights, kind, place)
    return LanguageModel(
        network=parts.network,
        tokenizer=parts.tokenizer,
        config=config,
        name=name,
        path=folder,
        revision=commit,
        weights=weights,
        missing=parts.missing,
        unused=parts.unused,
    )


def _check_plain(folder: Path, config: Any, weights: folders.Weights) -> None:
    """Raise InputError for weights that are not the model's own numbers, or far too few."""
    text = config.get_text_config()
    if text.num_hidden_layers * text.hidden_size > weights.parameters:
        raise InputError(
            f"{folder}: config.json tells of {text.num_hidden_layers} layers of "
            f"{text.hidden_size}, the files hold {weights.parameters:,} numbers: expected weights "
            "and config.json of one model"
        )
    if weights.integers and "quantization_config" not in folders.read_raw_config(folder):
        raise InputError(
            f"{folder}: {weights.integers[0]} is kept as integers, and config.json does not say "
            "how they were quantised: expected float weights; choose another copy of the model"
        )
    if is_file_safely(folder / "adapter_config.json"):
        raise InputError(
            f"{folder}: holds an adapter beside the model: merge it into the model, or take "
            "adapter_config.json out of the folder"
        )


class _Parts(NamedTuple):
    """What was read from a folder."""

    network: Any
    tokenizer: Any
    missing: frozenset[str] = frozenset()
    """Tensors of the network that the files do not hold."""
    unused: tuple[str, ...] = ()
    """Tensors in the files that the network does not take, and need not."""


def _load_without_transformers(folder: Path, config: Any, dtype: str, device: Any) -> _Parts | None:
    """A model like the bundled ones, seconds earlier; None for any other."""
    import torch

    light = load_light(folder, config, getattr(torch, dtype), device)
    return None if light is None else _Parts(*light)


def _load_with_transformers(
    folder: Path, config: Any, weights: folders.Weights, dtype: str, device: Any
) -> _Parts:
    """Any model, by the Auto classes."""
    with folders.without_reports():
        tokenizer = _load_tokenizer(folder)
        network, info = _load_network(folder, folders.reader_of(config), dtype, device)
    unused = left_over(folder, network, info["unexpected_keys"], weights.dimensions)
    return _Parts(network, tokenizer, frozenset(map(str, info["missing_keys"])), unused)


class ModelShape(NamedTuple):
    """What is known of a model before its weights are read."""

    place: str
    """What ``load_model`` takes: an absolute folder, or a hub id."""
    n_layers: int
    d_model: int
    here: bool
    """Whether its weights are on this machine."""


def model_shape(model: str | Path) -> ModelShape:
    """The shape of a model in a folder or of a hub id, of which only the configuration is fetched.

    Raises:
        InputError: as from ``load_model``, for what the configuration tells.
    """
    folder, name, commit = _resolve(str(model), None, weights=False)
    config: Any = read_light_config(folder) or folders.read_config(folder)
    text = config.get_text_config()
    is_folder = is_folder_safely(expand_safely(str(model)))
    is_packaged = hub.packaged(str(model)) is not None
    is_here = is_folder or is_packaged or cached_model(name, commit) is not None
    place = str(resolve_safely(folder)) if is_folder else str(model)
    return ModelShape(place, text.num_hidden_layers, text.hidden_size, is_here)


def _resolve(
    model: str, revision: str | None, weights: bool = True
) -> tuple[Path, str, str | None]:
    """Folder, id and hub revision (a commit, None for a folder of one's own) of ``model``.

    Of a model that must be fetched the folder lacks its weights unless ``weights``.
    """
    if not model.strip():
        raise InputError("no model named: expected a model folder or a hub id (owner/name)")
    path = expand_safely(model)
    if is_folder_safely(path):
        hub_id = folders.hub_name(path)
        if hub_id is not None:
            return path, hub_id, path.name
        return path, folders.folder_name(path), None
    if exists_safely(path):
        raise InputError(f"{model}: a file: expected a model folder or a hub id (owner/name)")
    name, named_revision = hub.split_revision(model)
    if not hub.is_hub_id(name):
        raise InputError(
            f"{model}: no such folder: expected a model folder (config.json, model.safetensors, "
            "tokenizer.json) or a hub id (owner/name, or owner/name@revision)"
        )
    revision = named_revision or revision
    folder = cached_model(name, revision, weights)
    package = hub.packaged(name) if folder is None and revision is None else None
    if package is not None:
        return package, name, None
    if folder is None:
        folder = fetch_model(name, revision, weights)
    return folder, name, folder.name


def _device(name: str | None) -> Any:
    import torch

    if name is None:
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        device = torch.device(name)
        if device.type not in _DEVICES:
            raise RuntimeError(f"not one of {', '.join(_DEVICES)}")
        torch.empty(1, device=device)
    except (RuntimeError, AssertionError, NotImplementedError) as error:
        text = str(error).strip().split("\n")[0][:120]
        raise InputError(f"device {name!r} cannot be used ({text}): try cpu") from None
    return device


def _load_tokenizer(folder: Path) -> Any:
    from transformers import AutoTokenizer

    what = "expected a tokenizer.json; save a fast tokenizer into the folder"
    try:
        tokenizer = AutoTokenizer.from_pretrained(
            str(folder), use_fast=True, local_files_only=True, trust_remote_code=False
        )
        ids = tokenizer(TEST_TEXT)["input_ids"]
    except Exception as error:  # a missing file shows as any of many errors
        text = " ".join(str(error).split())[:160]
        raise InputError(f"{folder}: no usable tokenizer ({text}): {what}") from None
    if not tokenizer.is_fast:
        raise InputError(f"{folder}: {type(tokenizer).__name__} is no fast tokenizer: {what}")
    # What is used later is the tokenizers library's object alone.
    if plain_tokenizer(tokenizer).encode(TEST_TEXT).ids != ids:
        raise InputError(
            f"{folder}: {type(tokenizer).__name__} does more than its tokenizer.json says, which "
            "is not supported: choose another model"
        )
    return tokenizer


def _load_network(folder: Path, reader: Any, dtype: str, device: Any) -> tuple[Any, dict[str, Any]]:
    """The torch module in evaluation mode, and what transformers says of its tensors."""
    import torch

    try:
        network, info = reader.from_pretrained(
            str(folder),
            dtype=getattr(torch, dtype),
            use_safetensors=True,
            local_files_only=True,
            trust_remote_code=False,
            output_loading_info=True,
        )
        network = network.to(device)
    except torch.OutOfMemoryError:
        raise InputError(f"{folder}: does not fit into the memory of {device}: try cpu") from None
    except Exception as error:  # shapes, missing packages, broken files: theirs are of every kind
        text = " ".join(str(error).split())[:200]
        raise InputError(f"{folder}: cannot be loaded ({text}): choose another model") from None
    return network.eval().requires_grad_(False), info

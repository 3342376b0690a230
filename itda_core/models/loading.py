"""From a folder or a hub id to a LanguageModel, or to one line that says why not."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from itda_core import hub
from itda_core.errors import InputError
from itda_core.models import folders
from itda_core.models.fetching import cached_model, fetch_model
from itda_core.models.language_model import LanguageModel
from itda_core.models.light import load_light, read_light_config
from itda_core.models.precision import choose_precision

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
    place = _device(device)
    if dtype is not None and dtype not in _DTYPES:
        raise InputError(f"dtype {dtype!r} is unknown: expected one of {', '.join(_DTYPES)}")
    kind = dtype or choose_precision(str(place))
    parts = _load_without_transformers(folder, config, kind, place)
    if parts is None:
        config = folders.read_config(folder)
        parts = _load_with_transformers(folder, folders.is_causal(config), kind, place)
    return LanguageModel(
        network=parts.network,
        tokenizer=parts.tokenizer,
        config=config,
        name=name,
        path=folder,
        revision=commit,
        causal=parts.causal,
        weights=weights,
        has_head=parts.has_head,
    )


class _Parts(NamedTuple):
    """What was read from a folder."""

    network: Any
    tokenizer: Any
    causal: bool
    has_head: bool


def _load_without_transformers(folder: Path, config: Any, dtype: str, device: Any) -> _Parts | None:
    """A model like the bundled ones, seconds earlier; None for any other."""
    import torch

    light = load_light(folder, config, getattr(torch, dtype), device)
    return None if light is None else _Parts(*light, causal=True, has_head=True)


def _load_with_transformers(folder: Path, causal: bool, dtype: str, device: Any) -> _Parts:
    """Any model, by the Auto classes."""
    with _without_reports():
        tokenizer = _load_tokenizer(folder)
        network, missing = _load_network(folder, causal, dtype, device)
    has_head = causal and not any("head" in key or "embed_out" in key for key in missing)
    return _Parts(network, tokenizer, causal, has_head)


class ModelShape(NamedTuple):
    """What is known of a model before its weights are read."""

    place: str
    """What ``load_model`` takes: an absolute folder, or a hub id."""
    n_layers: int
    d_model: int
    causal: bool
    here: bool
    """Whether its weights are on this machine."""


def model_shape(model: str | Path) -> ModelShape:
    """The shape of a model in a folder or of a hub id, of which only the configuration is fetched.

    Raises:
        InputError: as from ``load_model``, for what the configuration tells.
    """
    folder, name, commit = _resolve(str(model), None, weights=False)
    config: Any = read_light_config(folder)
    causal = config is not None
    if config is None:
        config = folders.read_config(folder)
        causal = folders.is_causal(config)
    text = config.get_text_config()
    is_folder = Path(str(model)).expanduser().is_dir()
    is_packaged = hub.packaged(str(model)) is not None
    is_here = is_folder or is_packaged or cached_model(name, commit) is not None
    place = str(folder.resolve()) if is_folder else str(model)
    return ModelShape(place, text.num_hidden_layers, text.hidden_size, causal, is_here)


def _resolve(
    model: str, revision: str | None, weights: bool = True
) -> tuple[Path, str, str | None]:
    """Folder, id and hub revision (a commit, None for a folder of one's own) of ``model``.

    Of a model that must be fetched the folder lacks its weights unless ``weights``.
    """
    if not model.strip():
        raise InputError("no model named: expected a model folder or a hub id (owner/name)")
    path = Path(model).expanduser()
    if path.is_dir():
        hub_id = folders.hub_name(path)
        if hub_id is not None:
            return path, hub_id, path.name
        return path, folders.folder_name(path), None
    if path.exists():
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
    except Exception as error:  # a missing file shows as any of many errors
        text = " ".join(str(error).split())[:160]
        raise InputError(f"{folder}: no usable tokenizer ({text}): {what}") from None
    if not tokenizer.is_fast:
        raise InputError(f"{folder}: {type(tokenizer).__name__} is no fast tokenizer: {what}")
    return tokenizer


def _load_network(folder: Path, causal: bool, dtype: str, device: Any) -> tuple[Any, set[str]]:
    """The torch module in evaluation mode, and the names of tensors the files do not hold."""
    import torch
    from transformers import AutoModel, AutoModelForCausalLM

    factory: Any = AutoModelForCausalLM if causal else AutoModel
    try:
        network, info = factory.from_pretrained(
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
    missing = {str(key) for key in info["missing_keys"]}
    needed = sorted(key for key in missing if not _is_after_blocks(key))
    if needed:
        raise InputError(
            f"{folder}: {len(needed)} tensors of the model are not in its files, such as "
            f"{needed[0]}: expected weights and config.json of one model"
        )
    return network.eval().requires_grad_(False), missing


def _is_after_blocks(key: str) -> bool:
    """Whether a tensor is of a head or a pooler, on which no activation depends."""
    return any(part in key for part in ("pooler", "lm_head", "embed_out", "cls.", "head."))


@contextmanager
def _without_reports() -> Iterator[None]:
    """transformers without its load report and progress bars."""
    from transformers.utils import logging

    level, bars = logging.get_verbosity(), logging.is_progress_bar_enabled()
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    try:
        yield
    finally:
        logging.set_verbosity(level)
        if bars:
            logging.enable_progress_bar()

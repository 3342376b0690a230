"""What a model folder holds and what it is called, read without loading its weights."""

import hashlib
import json
import math
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

from itda_core.errors import InputError
from itda_core.files import is_file_safely, names_safely, read_json, resolve_safely, sha256_of

_OTHER_WEIGHTS = (".bin", ".pt", ".pth", ".ckpt", ".h5", ".msgpack", ".gguf", ".onnx")
_hashes: dict[tuple[str, int, int], str] = {}


class Weights(NamedTuple):
    """The safetensors files of a model."""

    files: list[Path]
    parameters: int
    """Numbers in all tensors together."""
    size: int
    """Bytes on disk."""
    integers: tuple[str, ...] = ()
    """Matrices of weights that are kept as integers: quantised ones."""
    dimensions: Mapping[str, int] = MappingProxyType({})
    """Name of each tensor -> its number of dimensions."""


def read_weights(folder: Path) -> Weights:
    """The weight files that transformers will read, their headers and lengths checked.

    Raises:
        InputError: there are none, or one is missing, cut short or no safetensors file.
    """
    index = folder / "model.safetensors.index.json"
    files = [folder / "model.safetensors"]
    if not is_file_safely(files[0]) and is_file_safely(index):
        files = [folder / name for name in read_index(index)]
    elif not is_file_safely(files[0]):
        raise InputError(f"{folder}: {other_weights(names_safely(folder))}")
    parameters = size = 0
    integers: list[str] = []
    dimensions: dict[str, int] = {}
    for file in files:
        if not is_file_safely(file):
            raise InputError(f"{file}: missing: expected by {index.name}; download it again")
        tensors = _read_header(file)
        parameters += sum(math.prod(tensor["shape"]) for tensor in tensors.values())
        integers += [name for name, tensor in tensors.items() if _is_integer_matrix(name, tensor)]
        dimensions |= {name: len(tensor["shape"]) for name, tensor in tensors.items()}
        size += file.stat().st_size
    return Weights(files, parameters, size, tuple(integers), dimensions)


def read_index(index: Path) -> list[str]:
    """Names of the files that an index of weights (``model.safetensors.index.json``) lists.

    Raises:
        InputError: it is broken, or names a file that is not beside it.
    """
    try:
        names = sorted({str(name) for name in read_json(index)["weight_map"].values()})
    except (OSError, ValueError, KeyError, AttributeError, TypeError) as error:
        raise InputError(
            f"{index}: broken index ({error}): expected a weight_map; download it again"
        ) from None
    for name in names:
        if Path(name).name != name or "\\" in name or not name.endswith(".safetensors"):
            raise InputError(
                f"{index}: names {name[:80]!r} as a weight file: expected safetensors files beside "
                "it; get the model from where you trust it"
            )
    if not names:
        raise InputError(f"{index}: broken index (no files): expected a weight_map")
    return names


def other_weights(names: list[str]) -> str:
    """What is said of a folder with files of these ``names``, none of them the weights."""
    tensors = sorted(name for name in names if name.endswith(".safetensors"))
    if tensors:
        return f"weights are in {tensors[0]}: expected model.safetensors; rename the file"
    others = sorted(name for name in names if name.endswith(_OTHER_WEIGHTS))
    content = f"weights only as {others[0]}" if others else "no weights"
    return (
        f"{content}: expected model.safetensors; convert to safetensors, e.g. by loading it in "
        "transformers and save_pretrained(folder)"
    )


def _is_integer_matrix(name: str, tensor: dict[str, Any]) -> bool:
    is_integer = str(tensor["dtype"]).startswith(("I", "U"))
    return is_integer and name.endswith("weight") and len(tensor["shape"]) > 1


def _read_header(file: Path) -> dict[str, dict[str, Any]]:
    """Name -> dtype, shape and place of each tensor in a safetensors file.

    Raises:
        InputError: it is cut short or something else.
    """
    size = file.stat().st_size
    try:
        with file.open("rb") as stream:
            length = int.from_bytes(stream.read(8), "little")
            if not 2 <= length <= min(size - 8, 100_000_000):
                raise ValueError("no header")
            header = json.loads(stream.read(length))
        tensors = {name: entry for name, entry in header.items() if name != "__metadata__"}
        end = 8 + length + max((t["data_offsets"][1] for t in tensors.values()), default=0)
        numbers = [n for t in tensors.values() for n in (*t["shape"], *t["data_offsets"])]
        if any(type(n) is not int or n < 0 for n in numbers) or not all(
            isinstance(t["dtype"], str) for t in tensors.values()
        ):
            raise ValueError("shapes that are none")
    except (ValueError, KeyError, IndexError, TypeError, AttributeError, RecursionError) as error:
        raise InputError(
            f"{file}: corrupted ({error}): expected a safetensors file; download or write it again"
        ) from None
    except OSError as error:
        raise InputError(f"{file}: cannot be read ({error.strerror}): check it") from None
    if end != size:
        raise InputError(
            f"{file}: corrupted, {size} bytes: expected {end}; download or write it again"
        )
    return tensors


def hash_files(files: list[Path]) -> str:
    """sha256 (hexadecimal) of a file, or of the list of names and sha256s of several.

    Those of a file are computed once while its path, time of change and size stay the same.
    """
    hashes = []
    for file in files:
        state = file.stat()
        key = (str(resolve_safely(file)), state.st_mtime_ns, state.st_size)
        if key not in _hashes:
            _hashes[key] = sha256_of(file)
        hashes.append(_hashes[key])
    if len(files) == 1:
        return hashes[0]
    listing = "".join(f"{h}  {f.name}\n" for h, f in zip(hashes, files, strict=True))
    return hashlib.sha256(listing.encode()).hexdigest()


def read_raw_config(folder: Path) -> dict[str, Any]:
    """What config.json in ``folder`` says.

    Raises:
        InputError: there is none, or it is broken.
    """
    file = folder / "config.json"
    if not is_file_safely(file):
        hint = "merge the adapter into its model first" if _is_adapter(folder) else "give another"
        raise InputError(
            f"{folder}: no config.json: expected a model folder (config.json, model.safetensors, "
            f"tokenizer.json); {hint}"
        )
    try:
        raw = read_json(file)
        if not isinstance(raw, dict):
            raise ValueError(f"a JSON {type(raw).__name__}")
    except (ValueError, OSError) as error:
        raise InputError(
            f"{file}: broken ({error}): expected a JSON object; get it again"
        ) from None
    return raw


def read_config(folder: Path) -> Any:
    """The transformers configuration in ``folder``.

    Raises:
        InputError: there is none, it is broken, of an unknown architecture, of one that needs code
            of its own, or of an encoder-decoder.
    """
    raw = read_raw_config(folder)
    import transformers

    kind = raw.get("model_type")
    if not isinstance(kind, str) or kind not in transformers.CONFIG_MAPPING:
        if raw.get("auto_map"):
            raise InputError(
                f"{folder}: needs the repository's own code (auto_map in config.json), which is "
                f"never run; expected an architecture of transformers {transformers.__version__}"
            )
        raise InputError(
            f"{folder}: unknown architecture {kind!r}: expected one of transformers "
            f"{transformers.__version__}; choose another model or update transformers"
        )
    try:
        with without_reports():
            config = transformers.AutoConfig.from_pretrained(
                str(folder), trust_remote_code=False, local_files_only=True
            )
        text = config.get_text_config()
    except Exception as error:  # every configuration class has checks of its own
        reason = " ".join(str(error).split())[:200]
        raise InputError(f"{folder / 'config.json'}: unusable ({reason}): get it again") from None
    if config.is_encoder_decoder:
        raise InputError(
            f"{folder}: {kind} is an encoder-decoder, which is not supported: expected a decoder "
            "such as gpt2 or an encoder such as bert"
        )
    sizes = [getattr(text, n, None) for n in ("num_hidden_layers", "hidden_size", "vocab_size")]
    if not all(type(size) is int and size > 0 for size in sizes):
        raise InputError(f"{folder}: {kind} is no language model of hidden layers: choose another")
    return config


def _is_adapter(folder: Path) -> bool:
    return is_file_safely(folder / "adapter_config.json")


def writers_of(config: Any) -> list[str]:
    """Names of the classes that wrote the checkpoint, as its configuration gives them."""
    named = config.architectures if isinstance(config.architectures, list) else []
    return [name for name in named if isinstance(name, str)]


_HEADS = ("ForCausalLM", "LMHeadModel", "ForConditionalGeneration")
"""How transformers names classes with an output head that predicts tokens."""


def reader_of(config: Any) -> Any:
    """The class of transformers that reads a checkpoint whole, its output head with it.

    No more than that: what the network then is and can do is tried (``network/probe.py``). Types
    that also have a masked language model (BERT and its kin) are read without a head, unless the
    configuration says decoder or a causal language model wrote the checkpoint.

    Raises:
        InputError: there is none.
    """
    import transformers

    def reads(name: str) -> bool:
        return type(config) in getattr(transformers, name)._model_mapping

    writers = writers_of(config)
    is_decoder = getattr(config, "is_decoder", False) is True
    has_head = is_decoder or any(name.endswith(_HEADS) for name in writers)
    is_masked = any(name.endswith("ForMaskedLM") for name in writers)
    has_none = is_masked or (reads("AutoModelForMaskedLM") and not has_head)
    if is_decoder or not has_none:
        for name in ("CausalLM", "MultimodalLM", "ImageTextToText"):
            if reads(f"AutoModelFor{name}"):
                return getattr(transformers, f"AutoModelFor{name}")
    classes = [getattr(transformers, name, None) for name in writers]
    own = [c for c in classes if getattr(c, "config_class", None) is type(config)]
    if own and has_head and not is_masked:
        return own[0]
    if reads("AutoModel"):
        return transformers.AutoModel
    if own:
        return own[0]
    raise InputError(
        f"{config.model_type}: transformers {transformers.__version__} has no class that reads "
        "text with this architecture; choose another model"
    )


def hub_name(folder: Path) -> str | None:
    """``owner/name`` when ``folder`` is a snapshot in a hub cache, else None."""
    parts = folder.absolute().parts
    if len(parts) > 3 and parts[-2] == "snapshots" and parts[-3].startswith("models--"):
        return parts[-3].removeprefix("models--").replace("--", "/")
    return None


def folder_name(folder: Path) -> str:
    """What a model folder is called: its own name, also when given as ``.`` or by a link."""
    return folder.name if folder.name not in ("", "..") else resolve_safely(folder).name


@contextmanager
def without_reports() -> Iterator[None]:
    """transformers without its load report, warnings and progress bars."""
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

"""What a model folder holds and what it is called, read without loading its weights."""

import hashlib
import json
import math
from pathlib import Path
from typing import Any, NamedTuple

from itda_core.errors import InputError

_OTHER_WEIGHTS = (".bin", ".pt", ".pth", ".ckpt", ".h5", ".msgpack", ".gguf", ".onnx")
_hashes: dict[tuple[str, int, int], str] = {}


class Weights(NamedTuple):
    """The safetensors files of a model."""

    files: list[Path]
    parameters: int
    """Numbers in all tensors together."""
    size: int
    """Bytes on disk."""


def read_weights(folder: Path) -> Weights:
    """The weight files that transformers will read, their headers and lengths checked.

    Raises:
        InputError: there are none, or one is missing, cut short or no safetensors file.
    """
    index = folder / "model.safetensors.index.json"
    files = [folder / "model.safetensors"]
    if not files[0].is_file() and index.is_file():
        files = [folder / name for name in read_index(index)]
    elif not files[0].is_file():
        raise InputError(f"{folder}: {other_weights([file.name for file in folder.iterdir()])}")
    parameters = size = 0
    for file in files:
        if not file.is_file():
            raise InputError(f"{file}: missing: expected by {index.name}; download it again")
        parameters += _count_parameters(file)
        size += file.stat().st_size
    return Weights(files, parameters, size)


def read_index(index: Path) -> list[str]:
    """Names of the files that an index of weights (``model.safetensors.index.json``) lists.

    Raises:
        InputError: it is broken, or names a file that is not beside it.
    """
    try:
        names = sorted(
            {str(name) for name in json.loads(index.read_bytes())["weight_map"].values()}
        )
    except (ValueError, KeyError, AttributeError, TypeError, RecursionError) as error:
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


def _count_parameters(file: Path) -> int:
    """Numbers in a safetensors file.

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
        tensors = [entry for name, entry in header.items() if name != "__metadata__"]
        end = 8 + length + max((t["data_offsets"][1] for t in tensors), default=0)
        count = sum(math.prod(t["shape"]) for t in tensors)
    except (ValueError, KeyError, IndexError, TypeError, AttributeError) as error:
        raise InputError(
            f"{file}: corrupted ({error}): expected a safetensors file; download or write it again"
        ) from None
    except OSError as error:
        raise InputError(f"{file}: cannot be read ({error.strerror}): check it") from None
    if end != size:
        raise InputError(
            f"{file}: corrupted, {size} bytes: expected {end}; download or write it again"
        )
    return count


def hash_files(files: list[Path]) -> str:
    """sha256 (hexadecimal) of a file, or of the list of names and sha256s of several.

    Those of a file are computed once while its path, time of change and size stay the same.
    """
    hashes = []
    for file in files:
        state = file.stat()
        key = (str(file.resolve()), state.st_mtime_ns, state.st_size)
        if key not in _hashes:
            with file.open("rb") as stream:
                _hashes[key] = hashlib.file_digest(stream, "sha256").hexdigest()
        hashes.append(_hashes[key])
    if len(files) == 1:
        return hashes[0]
    listing = "".join(f"{h}  {f.name}\n" for h, f in zip(hashes, files, strict=True))
    return hashlib.sha256(listing.encode()).hexdigest()


def read_config(folder: Path) -> Any:
    """The transformers configuration in ``folder``.

    Raises:
        InputError: there is none, it is broken, of an unknown architecture, of one that needs code
            of its own, or of an encoder-decoder.
    """
    file = folder / "config.json"
    if not file.is_file():
        hint = "merge the adapter into its model first" if _is_adapter(folder) else "give another"
        raise InputError(
            f"{folder}: no config.json: expected a model folder (config.json, model.safetensors, "
            f"tokenizer.json); {hint}"
        )
    try:
        raw = json.loads(file.read_bytes())
        if not isinstance(raw, dict):
            raise ValueError(f"a JSON {type(raw).__name__}")
    except (ValueError, OSError) as error:
        raise InputError(
            f"{file}: broken ({error}): expected a JSON object; get it again"
        ) from None
    import transformers

    kind = raw.get("model_type")
    if kind not in transformers.CONFIG_MAPPING:
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
        config = transformers.AutoConfig.from_pretrained(
            str(folder), trust_remote_code=False, local_files_only=True
        )
    except Exception as error:  # every configuration class has checks of its own
        text = " ".join(str(error).split())[:200]
        raise InputError(f"{file}: unusable ({text}): get it again") from None
    if config.is_encoder_decoder:
        raise InputError(
            f"{folder}: {kind} is an encoder-decoder, which is not supported: expected a decoder "
            "such as gpt2 or an encoder such as bert"
        )
    text = config.get_text_config()
    if not all(getattr(text, n, None) for n in ("num_hidden_layers", "hidden_size", "vocab_size")):
        raise InputError(f"{folder}: {kind} is no language model of hidden layers: choose another")
    return config


def _is_adapter(folder: Path) -> bool:
    return (folder / "adapter_config.json").is_file()


def is_causal(config: Any) -> bool:
    """Whether the model predicts the next token, i.e. is to be loaded with its output head.

    In this order: the configuration says it is a decoder; the class that wrote the checkpoint is
    a causal or a masked language model; the type has a causal class and no masked one. The last
    keeps BERT and its kin encoders, although transformers has a BertLMHeadModel.
    """
    from transformers.models.auto import modeling_auto as auto

    if getattr(config, "is_decoder", False):
        return True
    for name in config.architectures or ():
        if name.endswith(("ForCausalLM", "LMHeadModel")):
            return True
        if name.endswith("ForMaskedLM"):
            return False
    return (
        config.model_type in auto.MODEL_FOR_CAUSAL_LM_MAPPING_NAMES
        and config.model_type not in auto.MODEL_FOR_MASKED_LM_MAPPING_NAMES
    )


def hub_name(folder: Path) -> str | None:
    """``owner/name`` when ``folder`` is a snapshot in a hub cache, else None."""
    parts = folder.absolute().parts
    if len(parts) > 3 and parts[-2] == "snapshots" and parts[-3].startswith("models--"):
        return parts[-3].removeprefix("models--").replace("--", "/")
    return None


def folder_name(folder: Path) -> str:
    """What a model folder is called: its own name, also when given as ``.`` or by a link."""
    return folder.name if folder.name not in ("", "..") else folder.resolve().name

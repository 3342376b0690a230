"""A tiny network of any architecture, made by trying: random weights, a tokenizer, a folder."""

from __future__ import annotations

import inspect
from pathlib import Path
from typing import Any

from itda_core.errors import InputError
from itda_core.models.survey.families import Family
from itda_core.models.survey.sizes import SIZES, tiny_config

MOST_PARAMETERS = 100_000_000
TEXT = (
    "The old dog sees the river near the sea, and a small bird follows my friend at night. "
    "A farmer forgets the teacher in the garden on Monday; the cat carries the bridge to town. "
)
_ENDS = ["<s>", "</s>"]  # ids 0 and 1
_VARIATIONS: list[dict[str, int]] = [
    {},
    {"kv_heads": 4},
    {"width": 512, "head_width": 128},  # sections of rotary positions are often fixed for these
    {"width": 256, "head_width": 64},
    {"head_width": 16},
    {"head_width": 16, "kv_heads": 4},
    {"heads": 8, "kv_heads": 4, "width": 64},
    {"kv_heads": 1},
    {"rope_width": 4},
    {"layers": 4},
    {"layers": 6},
    {"experts": 8},
    {"groups": 2, "experts": 8},
    {"inner": 32},
    {"inner": 64},
    {"width": 48, "head_width": 12},
    {"width": 64},
    {"width": 64, "head_width": 16},
    {"width": 64, "inner": 64, "head_width": 16, "kv_heads": 4},
    {"width": 128, "inner": 128, "head_width": 32, "kv_heads": 4},
    {"image": 64, "patch": 16},
    {"image": 28, "patch": 14},
]
"""What is tried besides the usual sizes, in this order."""
_PATIENCE = 3
"""So often the same failure that is not of shapes, and no other sizes are tried."""
_NOT_FINITE = "what it gives is not finite"


class WithoutTokens(Exception):
    """The architecture takes no token ids."""


class NotTiny(Exception):
    """No network of the architecture could be made; says why in a line."""


def make_tiny(family: Family, folder: Path) -> str | None:
    """Save a tiny network of ``family`` and a tokenizer into ``folder``.

    Returns why it does not run on token ids alone (it may want an image beside them), or None.

    Raises:
        WithoutTokens: it reads none.
        NotTiny: none of the sizes that are tried gives a network.
    """
    import transformers

    kind = getattr(transformers, family.class_name)
    if "input_ids" not in inspect.signature(kind.forward).parameters:
        raise WithoutTokens
    save_tokenizer(folder)
    failures: list[str] = []
    built = None
    for variation in _VARIATIONS:
        try:
            network, failure = _running(kind, SIZES | variation)
        except Exception as error:  # each configuration and network has checks of its own
            failures.append(one_line(error))
            continue
        if failure is None:
            network.save_pretrained(folder)
            return None
        built = built or (network, failure)
        failures.append(failure)
        if failures.count(failure) == _PATIENCE and not _is_shape(failure):
            break
    # A shape that does not fit is ours, while an input that it misses is the architecture's.
    if built is None or _is_shape(built[1]):
        raise NotTiny(failures[0])
    built[0].save_pretrained(folder)
    return built[1]


def _is_shape(failure: str) -> bool:
    """Whether sizes may be the reason; torch says RuntimeError where shapes do not fit."""
    return failure.startswith("RuntimeError")


def _running(kind: Any, sizes: dict[str, int]) -> tuple[Any, str | None]:
    """A network, and why it does not run; weights are made smaller where numbers run away."""
    for scale in (3.0, 1.5, 1.0):
        network = _build(kind, sizes)
        _shake(network, scale)
        failure = _failure(network)
        if failure != _NOT_FINITE:
            break
    return network, failure


def _build(kind: Any, sizes: dict[str, int]) -> Any:
    """A network of class ``kind`` with random weights, in float32."""
    import torch
    from transformers.models.auto import modeling_auto as auto

    options = {}
    is_causal = kind.__name__ in auto.MODEL_FOR_CAUSAL_LM_MAPPING_NAMES.values()
    if is_causal and hasattr(kind.config_class, "is_decoder"):
        options["is_decoder"] = True
    config = tiny_config(kind.config_class, sizes, **options)
    try:
        with torch.device("meta"):
            count = sum(p.numel() for p in kind(config).parameters())
    except Exception:  # some cannot be made without numbers
        count = 0
    if count > MOST_PARAMETERS:
        raise NotTiny(f"{count / 1e6:,.0f} M parameters at the smallest sizes known here")
    torch.manual_seed(0)
    return kind(config).float().eval()


def _shake(network: Any, scale: float) -> None:
    """Weights so large, and biases and gains so uneven, that what is left out shows."""
    import torch

    torch.manual_seed(1)
    with torch.no_grad():
        for parameter in network.parameters():
            if parameter.dim() == 1:
                parameter.add_(0.1 * torch.randn_like(parameter))
            else:
                parameter.mul_(scale)


def _failure(network: Any) -> str | None:
    """Why a pass over token ids alone fails; None where it does not."""
    import torch

    try:
        with torch.inference_mode():
            output = network(input_ids=torch.arange(5, 35)[None])
    except Exception as error:  # anything: a shape, an input it misses
        return one_line(error)
    tensors = [value for value in output.values() if isinstance(value, torch.Tensor)]
    if not all(bool(tensor.isfinite().all()) for tensor in tensors):
        return _NOT_FINITE
    return None


def one_line(error: BaseException) -> str:
    """What an exception says, short."""
    while error.__cause__ is not None:  # a check that failed, rather than that checks did
        error = error.__cause__
    text = " ".join(str(error).split())
    kind = "" if isinstance(error, NotTiny | InputError) else f"{type(error).__name__}: "
    return (kind + text)[:200]


def save_tokenizer(folder: Path) -> None:
    """A byte-level BPE of a few hundred tokens that adds no special ones."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    backend = Tokenizer(models.BPE())
    backend.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    backend.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=320,
        special_tokens=_ENDS,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    backend.train_from_iterator([TEXT], trainer)
    begin, end = _ENDS
    PreTrainedTokenizerFast(
        tokenizer_object=backend, bos_token=begin, eos_token=end, pad_token=end
    ).save_pretrained(folder)

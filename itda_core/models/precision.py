"""The float type models are run and trained in: asked for, or chosen by the hardware."""

from __future__ import annotations

import os

from itda_core.errors import InputError

VARIABLE = "ITDA_PRECISION"
PRECISIONS = ("auto", "float32", "bfloat16")


def choose_precision(device: str, wanted: str = "auto", *, training: bool = False) -> str:
    """Return float32 or bfloat16 for a device of torch ("cpu", "cuda:1", ...).

    ``wanted`` decides unless it is "auto"; then the environment variable ITDA_PRECISION; without
    that it is bfloat16 where the hardware multiplies in it: CUDA with bf16 or a CPU with AMX, in
    training also CUDA that emulates it and a CPU with AVX512-BF16. InputError for another word.
    """
    for name, value in (("precision", wanted), (VARIABLE, os.environ.get(VARIABLE) or "auto")):
        if value not in PRECISIONS:
            raise InputError(f"{name} is {value!r}; expected one of {', '.join(PRECISIONS)}")
        if value != "auto":
            return value
    return "bfloat16" if _has_bfloat16(device, training) else "float32"


def _has_bfloat16(device: str, training: bool) -> bool:
    import torch

    kind = torch.device(device).type
    if kind == "cuda":
        return torch.cuda.is_bf16_supported(including_emulation=training)
    if kind != "cpu":
        return False
    names = ["_is_amx_tile_supported", "_is_avx512_bf16_supported"][: 2 if training else 1]
    return any(getattr(torch.cpu, name, bool)() for name in names)  # private: may go away

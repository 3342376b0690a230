"""What a network of the hub is made of: its blocks, its special tokens, what it can be given."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from torch import Tensor, nn

from itda_core.files import read_json

_MAX_TOKENS = 8192  # tokens; attention over more is beyond what this program is for
_DEFAULT_TOKENS = 2048  # tokens, for a model that names no limit
_LIMITS = (
    "max_position_embeddings",
    "max_seq_len",
    "max_sequence_length",
    "n_positions",
    "n_ctx",
    "max_target_positions",
)
"""What configurations call the number of positions."""
_END_FILES = ("generation_config.json", "config.json")


def hidden_state(output: Any, d_model: int) -> Tensor | None:
    """The first (B, T, ``d_model``) tensor in what a block is given or gives; None without one."""
    parts = output.values() if isinstance(output, dict) else output
    if isinstance(output, Tensor):
        parts = [output]
    elif not isinstance(output, (tuple, list, dict)):
        return None
    return next((part for part in parts if _is_hidden(part, d_model)), None)


def replace_hidden_state(output: Any, new: Tensor) -> Any:
    """``output`` of a block with ``new`` in place of the hidden state, in the same container."""
    if isinstance(output, Tensor):
        return new
    d_model = new.shape[-1]
    if isinstance(output, dict):
        key = next(key for key, part in output.items() if _is_hidden(part, d_model))
        changed = type(output)(output)
        changed[key] = new
        return changed
    place = next(i for i, part in enumerate(output) if _is_hidden(part, d_model))
    parts = [*output[:place], new, *output[place + 1 :]]
    return parts if isinstance(output, list) else tuple(parts)


def _is_hidden(part: Any, d_model: int) -> bool:
    return isinstance(part, Tensor) and part.ndim == 3 and part.shape[-1] == d_model


def block_lists(network: nn.Module, n_layers: int) -> dict[str, nn.ModuleList]:
    """Path -> list, for every list of ``n_layers`` modules; which one holds blocks is tried."""
    return {
        path: module
        for path, module in network.named_modules()
        if isinstance(module, nn.ModuleList) and len(module) == n_layers
    }


def count_embeddings(network: nn.Module, vocab_size: int) -> int:
    """Token ids that the network can be given; ``vocab_size`` where it does not tell."""
    try:
        embeddings: Any = network.get_input_embeddings()  # type: ignore[operator]
    except (NotImplementedError, AttributeError):
        return vocab_size
    return int(getattr(embeddings, "num_embeddings", vocab_size))


def special_ids(tokenizer: Any) -> frozenset[int]:
    """Ids of BOS, EOS, PAD, CLS, SEP and all other special tokens.

    The unknown token is none of them where it is no more than that: it stands for text.
    """
    roles = ("bos", "eos", "pad", "cls", "sep")
    ids: set[Any] = {getattr(tokenizer, f"{role}_token_id", None) for role in roles} - {None}
    unknown = {tokenizer.unk_token_id} - ids
    ids |= {i for i, token in tokenizer.added_tokens_decoder.items() if token.special}
    return frozenset((ids | set(tokenizer.all_special_ids)) - unknown)


def end_ids(folder: Path, tokenizer: Any) -> frozenset[int]:
    """Ids of the tokens that end a text the model writes.

    The tokenizer's end, and those of generation_config.json, else of config.json.
    """
    ends = _token_ids([tokenizer.eos_token_id])
    for name in _END_FILES:
        try:
            raw = read_json(folder / name)
            named = raw.get("eos_token_id")
        except (OSError, ValueError, AttributeError):
            continue
        more = _token_ids(named if isinstance(named, list) else [named])
        if more:
            return ends | more
    return ends


def _token_ids(values: Iterable[Any]) -> frozenset[int]:
    return frozenset(v for v in values if isinstance(v, int) and not isinstance(v, bool))


def token_limit(network: nn.Module, text_config: Any, tokenizer: Any) -> int:
    """Tokens the model can take: its positions, its tokenizer's limit, and a sane cap."""
    longest = tokenizer.model_max_length
    longest = longest if isinstance(longest, int | float) and longest >= 1 else 1e30
    limits: list[float] = [_MAX_TOKENS, longest]
    named = [getattr(text_config, name, None) for name in _LIMITS]
    positions = [n for n in named if isinstance(n, int) and n > 0]
    limits += positions
    if not positions and longest > _MAX_TOKENS:
        limits.append(_DEFAULT_TOKENS)
    for path, module in network.named_modules():
        name = path.rpartition(".")[2]
        if ("position" in name or name == "wpe") and isinstance(module, nn.Embedding):
            # RoBERTa's kin count positions from the padding index on.
            offset = 0 if module.padding_idx is None else module.padding_idx + 1
            limits.append(module.num_embeddings - offset)
    return int(min(limits))

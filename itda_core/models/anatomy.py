"""What a network of the hub is made of: its blocks, its final norm, what it can be given."""

from collections.abc import Callable
from typing import Any

from torch import Tensor, nn

from itda_core.errors import InputError

_MAX_TOKENS = 8192  # tokens; attention over more is beyond what this program is for
_DEFAULT_TOKENS = 2048  # tokens, for a model that names no limit
_PARTS_OF_BLOCKS = ("Attention", "Norm", "FFN", "MLP")
"""In class names: lists of these are as long as the list of blocks."""


def hidden_state(output: Any) -> Tensor:
    """The hidden state in what a block returns."""
    return output[0] if isinstance(output, tuple) else output


def find_blocks(network: nn.Module, n_layers: int, name: str) -> nn.ModuleList:
    """The first list of ``n_layers`` modules that are whole blocks of the text model.

    Raises:
        InputError: there is none; ``name`` is the model's.
    """
    for path, module in network.named_modules():
        if any(part in path for part in ("vision", "visual", "audio")):
            continue
        if isinstance(module, nn.ModuleList) and len(module) == n_layers:
            kind = type(module[0]).__name__
            if not any(part in kind for part in _PARTS_OF_BLOCKS):
                return module
    raise InputError(
        f"{name}: no list of {n_layers} blocks in {type(network).__name__}: this architecture is "
        "not supported; choose another model"
    )


def final_norm(network: nn.Module, blocks: nn.ModuleList) -> Callable[[Tensor], Tensor]:
    """The norm between the last block and the head; where there is none, nothing is done."""
    for module in network.modules():
        children = list(module.children())
        if any(child is blocks for child in children):
            norms = [child for child in children if "norm" in type(child).__name__.lower()]
            return norms[-1] if norms else lambda x: x
    return lambda x: x


def special_ids(tokenizer: Any) -> frozenset[int]:
    """Ids of BOS, EOS, PAD, CLS, SEP and all other special tokens.

    The unknown token is none of them where it is no more than that: it stands for text.
    """
    roles = ("bos", "eos", "pad", "cls", "sep")
    ids: set[Any] = {getattr(tokenizer, f"{role}_token_id", None) for role in roles} - {None}
    unknown = {tokenizer.unk_token_id} - ids
    ids |= {i for i, token in tokenizer.added_tokens_decoder.items() if token.special}
    return frozenset((ids | set(tokenizer.all_special_ids)) - unknown)


def token_limit(network: nn.Module, text_config: Any, tokenizer: Any) -> int:
    """Tokens the model can take: its positions, its tokenizer's limit, and a sane cap."""
    limits = [_MAX_TOKENS, tokenizer.model_max_length]
    positions = getattr(text_config, "max_position_embeddings", None)
    if isinstance(positions, int) and positions > 0:
        limits.append(positions)
    elif tokenizer.model_max_length > _MAX_TOKENS:
        limits.append(_DEFAULT_TOKENS)
    for path, module in network.named_modules():
        if path.endswith("position_embeddings") and isinstance(module, nn.Embedding):
            # RoBERTa's kin count positions from the padding index on.
            offset = 0 if module.padding_idx is None else module.padding_idx + 1
            limits.append(module.num_embeddings - offset)
    return int(min(limits))

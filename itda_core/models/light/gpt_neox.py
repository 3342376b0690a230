"""GPT-NeoX in plain torch: the bundled models are of this architecture.

Order and kind of the operations are those of transformers, so that the activations are the same to
the bit; the names are those of the tensors in the files.

Shapes: B prompts of T tokens, d features; H heads of h = d/H features, of which the first r rotate.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from itda_core.files import read_json

_REQUIRED: dict[str, Any] = {
    "model_type": "gpt_neox",
    "architectures": ["GPTNeoXForCausalLM"],
    "attention_bias": True,
    "hidden_act": "gelu",
    "is_decoder": False,
    "tie_word_embeddings": False,
    "use_parallel_residual": True,
}
_SIZES = {
    "hidden_size",
    "intermediate_size",
    "max_position_embeddings",
    "num_attention_heads",
    "num_hidden_layers",
    "vocab_size",
}
_NUMBERS = {"layer_norm_eps", "rope_parameters"}
_WITHOUT_EFFECT = {  # on a forward pass
    "attention_dropout",
    "bos_token_id",
    "classifier_dropout",
    "dtype",
    "eos_token_id",
    "hidden_dropout",
    "initializer_range",
    "pad_token_id",
    "transformers_version",
    "use_cache",
}
_ROPE = {"partial_rotary_factor", "rope_theta", "rope_type"}


class Logits(NamedTuple):
    """What a pass of the whole network gives."""

    logits: Tensor
    """(B, T, vocabulary)."""


@dataclass(frozen=True)
class Config:
    """The numbers in config.json."""

    hidden_size: int
    intermediate_size: int
    max_position_embeddings: int
    num_attention_heads: int
    num_hidden_layers: int
    vocab_size: int
    layer_norm_eps: float
    rope_theta: float
    partial_rotary_factor: float
    pad_token_id: int | None

    def get_text_config(self) -> "Config":
        """Itself: there is no other modality."""
        return self


def read_config(folder: Path) -> Config | None:
    """The configuration in ``folder`` if it is of a model that this file computes, else None."""
    try:
        raw = read_json(folder / "config.json")
        if set(raw) - {"pad_token_id"} - _WITHOUT_EFFECT != set(_REQUIRED) | _SIZES | _NUMBERS:
            return None
        rope = raw["rope_parameters"]
        if (
            any(raw[key] != value for key, value in _REQUIRED.items())
            or any(type(raw[key]) is not int or raw[key] < 1 for key in _SIZES)
            or raw["hidden_size"] % raw["num_attention_heads"]
            or set(rope) != _ROPE
            or rope["rope_type"] != "default"
        ):
            return None
        return Config(
            **{key: raw[key] for key in _SIZES},
            layer_norm_eps=float(raw["layer_norm_eps"]),
            rope_theta=float(rope["rope_theta"]),
            pad_token_id=raw.get("pad_token_id"),
            partial_rotary_factor=float(rope["partial_rotary_factor"]),
        )
    except (OSError, ValueError, TypeError, AttributeError):
        return None


def load_network(
    folder: Path, config: Config, dtype: torch.dtype, device: torch.device
) -> "GPTNeoXForCausalLM | None":
    """The network in evaluation mode; None if model.safetensors does not hold just its tensors."""
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    try:
        with torch.device("meta"):
            network = GPTNeoXForCausalLM(config)
        network.load_state_dict(load_file(folder / "model.safetensors"), assign=True)
        return network.to(device, dtype).eval().requires_grad_(False)
    except (OSError, RuntimeError, SafetensorError):
        return None


class GPTNeoXAttention(nn.Module):
    """Causal attention of H heads with rotary positions."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.head_size = config.hidden_size // config.num_attention_heads
        self.query_key_value = nn.Linear(config.hidden_size, 3 * config.hidden_size)
        self.dense = nn.Linear(config.hidden_size, config.hidden_size)

    def forward(self, hidden: Tensor, mask: Tensor | None, cos: Tensor, sin: Tensor) -> Tensor:
        """``hidden``: (B, T, d); ``mask``: (B, 1, T, T), None if nothing is padded."""
        shape = (*hidden.shape[:-1], -1, 3 * self.head_size)
        joint = self.query_key_value(hidden).view(shape).transpose(1, 2)  # (B, H, T, 3h)
        query, key, value = joint.chunk(3, -1)  # (B, H, T, h) each
        mixed = F.scaled_dot_product_attention(
            _rotate(query, cos, sin),
            _rotate(key, cos, sin),
            value,
            attn_mask=mask,
            is_causal=mask is None and hidden.shape[1] > 1,
            scale=self.head_size**-0.5,
        )  # (B, H, T, h)
        return self.dense(mixed.transpose(1, 2).reshape(hidden.shape))  # (B, T, d)


class GPTNeoXMLP(nn.Module):
    """Two linear maps and a GELU."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.dense_h_to_4h = nn.Linear(config.hidden_size, config.intermediate_size)
        self.dense_4h_to_h = nn.Linear(config.intermediate_size, config.hidden_size)

    def forward(self, hidden: Tensor) -> Tensor:
        """(B, T, d) to the same."""
        return self.dense_4h_to_h(F.gelu(self.dense_h_to_4h(hidden)))


class GPTNeoXLayer(nn.Module):
    """A block: attention and MLP side by side."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.input_layernorm = _norm(config)
        self.post_attention_layernorm = _norm(config)
        self.attention = GPTNeoXAttention(config)
        self.mlp = GPTNeoXMLP(config)

    def forward(self, hidden: Tensor, mask: Tensor | None, cos: Tensor, sin: Tensor) -> Tensor:
        """(B, T, d) to the same."""
        attended = self.attention(self.input_layernorm(hidden), mask, cos, sin)
        return self.mlp(self.post_attention_layernorm(hidden)) + attended + hidden


class GPTNeoXModel(nn.Module):
    """Embedding, blocks, norm."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.config = config
        # Drawing random weights where there is no memory would import torch's compiler: 2 s.
        empty = torch.empty(config.vocab_size, config.hidden_size)
        self.embed_in = nn.Embedding.from_pretrained(empty)
        self.layers = nn.ModuleList(GPTNeoXLayer(config) for _ in range(config.num_hidden_layers))
        self.final_layer_norm = _norm(config)

    def forward(self, ids: Tensor, mask: Tensor | None) -> Tensor:
        """(B, T) token ids and 1 where there is one, to (B, T, d)."""
        hidden = self.embed_in(ids)  # (B, T, d)
        cos, sin = _rotations(self.config, ids.shape[1], hidden)  # (T, r) each
        seen = None
        if mask is not None and not mask.bool().all():
            square = (ids.shape[1], ids.shape[1])
            seen = torch.ones(square, dtype=torch.bool, device=ids.device).tril()  # (T, T)
            seen = seen & mask.bool()[:, None, None, :]  # (B, 1, T, T)
        for layer in self.layers:
            hidden = layer(hidden, seen, cos, sin)
        return self.final_layer_norm(hidden)


class GPTNeoXForCausalLM(nn.Module):
    """The whole network, called as transformers' is; its name goes into dictionaries."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.gpt_neox = GPTNeoXModel(config)
        self.embed_out = nn.Linear(config.hidden_size, config.vocab_size, bias=False)

    def forward(
        self, input_ids: Tensor, attention_mask: Tensor | None = None, use_cache: bool = False
    ) -> Logits:
        """Both (B, T) int64, padding on the right; nothing is ever cached."""
        return Logits(self.embed_out(self.gpt_neox(input_ids, attention_mask)))  # (B, T, V)

    def get_input_embeddings(self) -> nn.Embedding:
        """Token id to vector."""
        return self.gpt_neox.embed_in

    def get_output_embeddings(self) -> nn.Linear:
        """The head."""
        return self.embed_out


def _norm(config: Config) -> nn.LayerNorm:
    return nn.LayerNorm(config.hidden_size, eps=config.layer_norm_eps)


def _rotations(config: Config, length: int, like: Tensor) -> tuple[Tensor, Tensor]:
    """Cosines and sines (T, r) of every position, computed in float32 on a CPU's frequencies."""
    width = config.hidden_size // config.num_attention_heads
    width = int(width * config.partial_rotary_factor)
    inverse = 1.0 / (config.rope_theta ** (torch.arange(0, width, 2, dtype=torch.float) / width))
    places = torch.arange(length, device=like.device).float()
    angles = places[:, None] * inverse.to(like.device)  # (T, r/2)
    angles = torch.cat((angles, angles), dim=-1)  # (T, r)
    return angles.cos().to(like.dtype), angles.sin().to(like.dtype)


def _rotate(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    """(B, H, T, h): the first r features of each head turned by the angle of its position."""
    rotary, rest = x[..., : cos.shape[-1]], x[..., cos.shape[-1] :]  # (B, H, T, r), (.., h - r)
    half = rotary.shape[-1] // 2
    crossed = torch.cat((-rotary[..., half:], rotary[..., :half]), dim=-1)  # (B, H, T, r)
    return torch.cat([rotary * cos + crossed * sin, rest], dim=-1)

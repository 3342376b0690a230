"""A tiny configuration of any class: every size it names is made small."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from itda_core.models.survey.extras import EXTRAS

SIZES = {
    "vocabulary": 400,
    "positions": 256,
    "layers": 3,
    "width": 32,
    "inner": 48,
    "heads": 4,
    "mamba_heads": 8,
    "index_heads": 32,  # few would score many tokens alike: exactly zero
    "kv_heads": 2,
    "head_width": 8,
    "rope_width": 8,
    "rank": 8,
    "experts": 4,
    "active": 2,
    "groups": 1,
    "window": 16,
    "state": 8,
    "image": 32,
    "patch": 8,
    "bands": 16,
    "queries": 4,
}
"""What a size of each kind becomes."""

_KINDS = {
    "vocabulary": r"(?!.*type_)(.*_)?vocab(ulary)?_size(_.*)?|(.*_)?group_vocab",
    "positions": (
        r"(.*_)?max_(2d_)?position_embeddings|(.*_)?max_(source|target)_positions|n_positions"
        r"|n_ctx|max_seq_len|max_sequence_length|context_length|seq_length|(.*_)?max_length"
    ),
    "layers": (
        r"((.*_)?num_)?(n_)?(hidden_)?(layers?|blocks)|(.*_)?n_layers?|(.*_)?num_hidden_layers"
        r"|(num_)?(encoder|decoder)_layers|(.*_)?depth"
    ),
    "index_heads": r"index_n_heads",
    "mamba_heads": r"mamba_(n|num)_heads|n_mamba_heads",
    "kv_heads": (
        r"(.*_)?(num_)?(key_value|kv|key_value_attention)_heads|n_head_kv|(.*_)?num_key_heads"
        r"|mamba_n_groups|n_groups|o_groups"
    ),
    "heads": r"(.*_)?heads|(.*_)?(n|num)_head",
    "rope_width": r"qk_rope_head_dim|rotary_dim",
    "head_width": (
        r"(.*_)?head_?dim|(.*_)?d_head|d_kv|dim_head|(.*_)?dim_kv|kv_channels|attention_head_(dim|size)"
        r"|(.*_)?resampler_dim_head|(.*_)?head_size"
    ),
    "rank": r"(.*_)?(lora_)?(rank|lowrank)|hidden_size_per_layer_input|d_rel",
    "inner": (
        r"(.*_)?intermediate_size(_.*)?|(.*_)?(ffn|inner|mlp|ff|feed_forward)_(dim|size)"
        r"|(.*_)?(ffn_)?hidden_dim|n_inner|d_inner|d_ff|dff|dim_ff|(.*_)?ffn_hidden_size"
    ),
    "width": (
        r"(.*_)?hidden_size|(.*_)?(embed|embedding|embd|proj|projection|output|out|model|condition|codebook)_"
        r"(dim|size)|d_model|n_embd|dim|d_embed|emb_dim|width|lru_width|d_latents|(.*_)?proj_dim"
        r"|(.*_)?out_hidden_size|(.*_)?codevector_dim"
    ),
    "active": (
        r"(.*_)?(experts_per_tok(en)?|experts_per_topk)|moe_top_?k|moe_k|top_k_experts"
        r"|num_selected_experts"
    ),
    "experts": r"(.*_)?(num|n)_(local_|routed_|moe_)?experts|num_experts",
    "groups": r"n_group|topk_group|num_expert_group|n_limited_groups",
    "window": (
        r"(.*_)?sliding_window(_size)?|(.*_)?local_attention|(.*_)?(attention_)?window(_size)?"
        r"|(.*_)?chunk_size|(.*_)?chunk_length|(.*_)?block_size|index_topk|keep_window_size"
    ),
    "state": r"(.*_)?(d_state|state_size)|(.*_)?ssm_state_size",
    "image": r"image_size",
    "patch": r"patch_size",
    "bands": r"num_mel_bins|input_feat_size",
    "queries": r"(.*_)?(num_latents|num_queries|num_query_tokens)",
}
"""Kind of a size -> the names it has; the first that fits counts."""
_EXACT = ("vocabulary", "layers", "width", "heads")
"""Kinds that all parts of a network must share; the others become no larger than they are."""
_EVEN_IF_NONE = ("experts", "active")
"""Kinds without which some networks cannot be made, though their class names no number."""
_AT_MOST_ONE = re.compile(
    r"(.*_)?(shared_experts?|first_k_dense_replace|(num_|n_)dense_layers|num_kv_shared_layers"
    r"|(nextn|mtp).*layers)"
)
_KEPT = re.compile(r"chunk_size_feed_forward|type_vocab_size|qk_head_dim")
_TOKEN = re.compile(r"(.*_)?token_(id|index|idx)|(image|video|audio)_token")
_FACTOR = re.compile(r"(.*_)?(multiplier|logits_scaling|logit_scale)")
_FIRST_RESERVED = 380
"""Ids from here to the vocabulary's end are no token's: they stand for images and sounds."""


def tiny_config(kind: Any, sizes: Mapping[str, int], **options: Any) -> Any:
    """A configuration of class ``kind``, its sizes and those of the ones inside as in ``sizes``.

    Raises:
        Exception: of any kind, as its class does.
    """
    options = EXTRAS.get(kind.model_type, {}) | options
    try:
        default = kind(**_inner(options, sizes))
    except Exception:  # options of a tiny one need not fit the sizes that it has by itself
        default = kind()
    held = vars(default)  # getattr refuses what differs between layers
    if held.get("kv_lora_rank"):  # latent attention has keys for every head
        sizes = dict(sizes) | {"kv_heads": sizes["heads"]}
    picks = _layers(held, sizes["layers"])
    values: dict[str, Any] = {}
    reserved = sizes["vocabulary"]
    for name, value in held.items():
        if hasattr(value, "model_type"):
            values[name] = tiny_config(type(value), sizes)
        elif _TOKEN.fullmatch(name):
            small = _token(name, value, reserved)
            if small is not None:
                values[name] = small
                reserved = min(reserved, small) if small > 1 else reserved
        elif isinstance(value, list) and len(value) == held.get("num_hidden_layers"):
            values[name] = [value[i] for i in picks]
        else:
            small = _small(held, name, sizes)
            if small is not None:
                values[name] = small
    for name, stored in kind.attribute_map.items():  # a size may be asked for by either name
        if stored in values:
            values[name] = values[stored]
    apart = _layers_apart(default, held, picks, sizes)
    if apart:
        values["per_layer_config"] = apart
    return kind(**values | _inner(options, sizes))


def _layers(held: Mapping[str, Any], n: int) -> list[int]:
    """Which ``n`` of a configuration's layers to keep, so that each kind stays."""
    count = held.get("num_hidden_layers") or 0
    lists = [v for v in held.values() if isinstance(v, list) and len(v) == count]
    kinds = [str(kind) for kind in zip(*lists, strict=True)]
    first = [kinds.index(kind) for kind in dict.fromkeys(kinds)][:n]
    rest = [i for i in range(len(kinds)) if i not in first]
    return sorted([*first, *rest][:n])


def _layers_apart(
    config: Any, held: Mapping[str, Any], picks: list[int], sizes: Mapping[str, int]
) -> dict[int, dict[str, Any]]:
    """Sizes in which single layers differ: what is larger there than elsewhere stays so."""
    apart = config.to_dict().get("per_layer_config") or {}
    found: dict[int, dict[str, Any]] = {}
    for layer, values in apart.items():
        if str(layer).isdigit() and int(layer) in picks:
            double = {kind: 2 * size for kind, size in sizes.items() if kind not in _EXACT}
            found[picks.index(int(layer))] = {
                name: _small_size(
                    name, value, dict(sizes) | double if value > held[name] else sizes
                )
                for name, value in values.items()
                if isinstance(value, int) and isinstance(held.get(name), int)
            }
    return found


def _inner(options: Mapping[str, Any], sizes: Mapping[str, int]) -> dict[str, Any]:
    """``options``, of which a configuration's class in the place of a configuration is made one."""
    return {
        name: tiny_config(value, sizes) if isinstance(value, type) else value
        for name, value in options.items()
    }


def _token(name: str, value: Any, reserved: int) -> int | None:
    """What a token's id becomes; None where it is none, or is to stay."""
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        return None
    role = name.split("_")[0]
    if role in ("pad", "bos", "eos", "cls", "sep"):
        return 0 if role in ("bos", "cls") else 1
    return reserved - 1 if value >= _FIRST_RESERVED else None


def _small(held: Mapping[str, Any], name: str, sizes: Mapping[str, int]) -> Any:
    """What the value ``name`` among those a configuration holds becomes; None where it stays."""
    value = held[name]
    if isinstance(value, dict) and "mrope_section" in value:
        share = sizes["head_width"] / (held.get("head_dim") or 128)
        half = max(3, round(sum(value["mrope_section"]) * share))
        return {**value, "mrope_section": [half // 3, half // 3, half - half // 3 * 2]}
    if _FACTOR.fullmatch(name) and isinstance(value, float) and value == 1.0:
        return 1.25  # a factor that is left out must show
    return _small_size(name, value, sizes)


def _small_size(name: str, value: Any, sizes: Mapping[str, int]) -> int | None:
    """What the size ``name`` becomes; None where it is none, or is to stay."""
    if value is None and any(re.fullmatch(_KINDS[kind], name) for kind in _EVEN_IF_NONE):
        value = 8
    if isinstance(value, bool) or not isinstance(value, int) or _KEPT.fullmatch(name):
        return None
    if _AT_MOST_ONE.fullmatch(name):
        return min(value, 1)
    for kind, names in _KINDS.items():
        if re.fullmatch(names, name):
            small = sizes[kind] if kind in _EXACT else min(value, sizes[kind])
            return small if value > 0 else None
    return None

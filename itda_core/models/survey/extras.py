"""What the configurations of some model types need besides sizes, for a tiny network to run."""

from __future__ import annotations

from typing import Any

_ROTARY = {"rope_type": "default", "rope_theta": 1e4}

EXTRAS: dict[str, dict[str, Any]] = {
    "bamba": {"attn_layer_indices": [1]},
    "chameleon": {"vocabulary_map": {"<image>": 399, "<racm3:break>": 398, "<eoss>": 397}},
    "cohere_compass_text": {"rope_parameters": {"full_attention": _ROTARY}},
    "dbrx": {
        "attn_config": {"kv_n_heads": 2, "rope_theta": 1e4, "clip_qkv": 8.0},
        "ffn_config": {"ffn_hidden_size": 48, "moe_num_experts": 4, "moe_top_k": 2},
    },
    "deepseek_ocr2_text": {
        "num_hidden_layers": 3,
        "mlp_layer_types": ["dense", "sparse", "sparse"],
        "moe_intermediate_size": 48,
    },
    "diffusion_gemma_text": {"moe_intermediate_size": 48},
    "dory": {
        "num_hidden_layers": 6,
        "n_input_layers": 2,
        "n_recurrent_layers": 2,
        "n_output_layers": 2,
    },
    "dots1": {"moe_intermediate_size": 48, "n_shared_experts": 1},
    "emu3": {"vocabulary_map": {"<image>": 399, "<|extra_200|>": 398}},
    "esm": {"vocab_size": 400, "pad_token_id": 1, "mask_token_id": 2},
    "falcon_h1": {"mamba_d_ssm": 64},
    "gemma4_assistant": {"hidden_size_per_layer_input": 0},
    "gpt_neo": {"num_layers": 3, "attention_types": [[["global", "local", "global"], 1]]},
    "granite4_vision": {"deepstack_layer_map": [[1, 0]]},
    "granitemoehybrid": {"num_hidden_layers": 3, "layer_types": ["mamba", "attention", "mamba"]},
    "hunyuan_v1_dense": {"head_dim": 8},
    "hunyuan_v1_moe": {"head_dim": 8},
    "hunyuan_vl_text": {
        "head_dim": 8,
        "rope_parameters": _ROTARY | {"mrope_section": [1, 1, 1, 1]},
    },
    "layoutlmv3": {"coordinate_size": 6, "shape_size": 4},
    "lfm2_moe": {"num_hidden_layers": 3, "layer_types": ["conv", "full_attention", "conv"]},
    "mimi": {"upsample_groups": 32},
    "ministral": {"head_dim": 8},
    "mobilebert": {"intra_bottleneck_size": 32},
    "nemotron": {"head_dim": 8, "num_key_value_heads": 2},
    "qwen2_5_omni_thinker": {"vision_start_token_id": 398},
    "qwen4_exp_text": {
        "indexer_n_heads": 4,
        "indexer_kv_heads": 1,
        "indexer_head_dim": 8,
        "indexer_budget": 16,
        "indexer_compress_ratio": 4,
    },
    "step3p5": {"sliding_window": 16},
    "t5gemma2_text": {"dropout_rate": 0.0},
}
"""Model type -> options; those of a configuration inside stand under its own type."""

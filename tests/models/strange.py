"""Small networks that are unusual in one way each, saved with a tokenizer of their own."""

from collections.abc import Callable
from pathlib import Path

import torch
import transformers as T
from small import save_tokenizer

COMMON = {
    "vocab_size": 400,
    "hidden_size": 32,
    "num_hidden_layers": 3,
    "num_attention_heads": 4,
    "intermediate_size": 48,
    "max_position_embeddings": 256,
    "pad_token_id": 1,
    "bos_token_id": 0,
    "eos_token_id": 1,
}
PLAIN = {k: v for k, v in COMMON.items() if k not in ("num_key_value_heads", "head_dim")}
GROUPED = {**COMMON, "num_key_value_heads": 2}
HEADS = {**GROUPED, "head_dim": 8}
MIXED = ["sliding_attention"] * 2 + ["full_attention"]
TOWER = {k: COMMON[k] for k in ("hidden_size", "num_attention_heads", "intermediate_size")}
VISION = {**TOWER, "num_hidden_layers": 2, "image_size": 28, "patch_size": 14}


def fnet() -> torch.nn.Module:
    """Mixes along the whole width of a batch, padding included; takes no mask."""
    sizes = {k: v for k, v in COMMON.items() if k != "num_attention_heads"}
    return T.FNetModel(T.FNetConfig(**sizes))


def longrope() -> torch.nn.Module:
    """Turns positions otherwise where the batch is wider than 32 tokens."""
    rope = {
        "rope_type": "longrope",
        "rope_theta": 1e4,
        "original_max_position_embeddings": 32,
        "short_factor": [1.0] * 4,
        "long_factor": [3.0, 5.0, 8.0, 12.0],
    }
    config = T.Phi3Config(**GROUPED, original_max_position_embeddings=32, rope_parameters=rope)
    return T.Phi3ForCausalLM(config)


def looped() -> torch.nn.Module:
    """Its middle blocks run twice a pass."""
    layers = ["sliding_attention"] * 5 + ["full_attention"]
    config = T.AutoConfig.for_model(
        "dory",
        **{**HEADS, "num_hidden_layers": 6},
        n_input_layers=2,
        n_output_layers=2,
        n_recurrent_loops=2,
        layer_types=layers,
    )
    return T.AutoModelForCausalLM.from_config(config)


def bidirectional() -> torch.nn.Module:
    """A decoder by its class, in which tokens see what follows them."""
    config = T.Gemma3TextConfig(
        **HEADS, use_bidirectional_attention=True, sliding_window=16, layer_types=MIXED
    )
    return T.Gemma3TextModel(config)


def transformed_head() -> torch.nn.Module:
    """A dense layer and a norm stand between its last block and its logits."""
    return T.BertLMHeadModel(T.BertConfig(**COMMON, is_decoder=True))


def scaled_head() -> torch.nn.Module:
    """Its logits are divided by 8."""
    return T.GraniteForCausalLM(T.GraniteConfig(**GROUPED, logits_scaling=8.0))


def norms_in_embeddings() -> torch.nn.Module:
    """A decoder whose first norm is not the last."""
    sizes = {"d_model": 32, "decoder_layers": 3, "encoder_layers": 3, "vocab_size": 400}
    heads = {"decoder_attention_heads": 4, "encoder_attention_heads": 4, "decoder_ffn_dim": 48}
    ids = {"pad_token_id": 1, "bos_token_id": 0, "eos_token_id": 1, "decoder_start_token_id": 1}
    config = T.BartConfig(**sizes, **heads, **ids, max_position_embeddings=256)
    config.forced_eos_token_id = None
    return T.BartForCausalLM(config)


def list_of_outputs() -> torch.nn.Module:
    """Its blocks return lists."""
    config = T.OpenAIGPTConfig(vocab_size=400, n_positions=256, n_embd=32, n_layer=3, n_head=4)
    return T.OpenAIGPTLMHeadModel(config)


def projected() -> torch.nn.Module:
    """Its head reads a projection of what the blocks give."""
    sizes = {k: v for k, v in COMMON.items() if k != "intermediate_size"}
    config = T.OPTConfig(**sizes, ffn_dim=48, word_embed_proj_dim=16, do_layer_norm_before=False)
    return T.OPTForCausalLM(config)


def headless() -> torch.nn.Module:
    """A decoder saved without its head."""
    return T.LlamaModel(T.LlamaConfig(**GROUPED))


def wrapped() -> torch.nn.Module:
    """A decoder that also sees pictures."""
    vision = T.CLIPVisionConfig(**VISION, projection_dim=16)
    config = T.LlavaConfig(
        text_config=T.LlamaConfig(**GROUPED), vision_config=vision, image_token_index=399
    )
    return T.LlavaForConditionalGeneration(config)


def norm_in_its_name() -> torch.nn.Module:
    """Blocks of a class named for the place of its norm."""
    return T.RobertaPreLayerNormModel(T.RobertaPreLayerNormConfig(**COMMON))


def padded_head() -> torch.nn.Module:
    """Has logits that are of no token."""
    return T.GPTNeoXForCausalLM(T.GPTNeoXConfig(**{**COMMON, "vocab_size": 1024}))


def two_towers() -> torch.nn.Module:
    """Reads no text without a picture."""
    text = {**COMMON, "projection_dim": 16}
    vision = {**VISION, "projection_dim": 16}
    return T.CLIPModel(T.CLIPConfig(text_config=text, vision_config=vision, projection_dim=16))


def short_sighted() -> torch.nn.Module:
    """Calls the number of its positions by a name of its own."""
    config = T.MptConfig(vocab_size=400, d_model=32, n_layers=3, n_heads=4, max_seq_len=64)
    return T.MptForCausalLM(config)


def sparse_until_short() -> torch.nn.Module:
    """Attends to blocks until it meets a short prompt, and to everything from then on."""
    config = T.BigBirdConfig(
        **COMMON, attention_type="block_sparse", block_size=4, num_random_blocks=1
    )
    return T.BigBirdModel(config)


def plain() -> torch.nn.Module:
    """Nothing unusual."""
    return T.LlamaForCausalLM(T.LlamaConfig(**GROUPED))


def save(folder: Path, make: Callable[[], torch.nn.Module], closes: bool = False) -> Path:
    """The network with random weights large enough for faults to show, and a tokenizer.

    ``closes``: the tokenizer adds its end to every text.
    """
    with torch.random.fork_rng():
        torch.manual_seed(1)
        network = make()
        with torch.no_grad():
            for parameter in network.parameters():
                if parameter.dim() == 1:
                    parameter.add_(0.1 * torch.randn_like(parameter))
                else:
                    parameter.mul_(3)
    network.save_pretrained(folder)
    save_tokenizer(folder)
    if closes:
        from tokenizers import processors

        tokenizer = T.AutoTokenizer.from_pretrained(folder)
        end = tokenizer.eos_token
        tokenizer.backend_tokenizer.post_processor = processors.TemplateProcessing(
            single=f"$A {end}", special_tokens=[(end, tokenizer.eos_token_id)]
        )
        tokenizer.save_pretrained(folder)
    return folder

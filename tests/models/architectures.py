"""Architectures in miniature, and prompts to run them on."""

from pathlib import Path

import torch
import transformers
from small import save_tokenizer

from itda_core.models import LanguageModel
from itda_core.text.corpus import Prompt, prompt_id

TEXTS = [
    "The cat follows the old dog.",
    "My friend",
    "A farmer forgets the river near the sea, and the small bird paints the teacher at night.",
    "",
    "The river \U0001f600 sees a cafe\u0301 in town.\r\n\r\nOn Monday.",
    "The old dog carries the cat under the bridge.",
]

# Architectures in miniature: model_type -> what its configuration needs besides the common part.
SMALL = {"hidden_size": 32, "num_hidden_layers": 3, "num_attention_heads": 4}
WIDE = {**SMALL, "intermediate_size": 48}
GROUPED = {**WIDE, "num_key_value_heads": 2}
GPT = {"n_embd": 32, "n_layer": 3, "n_head": 4}
DECODERS = {
    "gpt2": GPT,
    "gptj": {**GPT, "rotary_dim": 4},
    "gpt_neox": WIDE,
    "gpt_neo": {
        "hidden_size": 32,
        "num_layers": 3,
        "num_heads": 4,
        "attention_types": [[["global"], 3]],
    },
    "llama": GROUPED,
    "mistral": GROUPED,
    "qwen2": GROUPED,
    "qwen3": {**GROUPED, "head_dim": 8},
    "gemma": {**GROUPED, "head_dim": 8},
    "gemma2": {**GROUPED, "head_dim": 8},
    "phi": WIDE,
    "opt": {**SMALL, "ffn_dim": 48, "word_embed_proj_dim": 32},
    "bloom": {"hidden_size": 32, "n_layer": 3, "n_head": 4},
    "falcon": {"hidden_size": 32, "num_hidden_layers": 3, "num_attention_heads": 4},
}
ENCODERS = {
    "bert": WIDE,
    "roberta": WIDE,
    "electra": {**WIDE, "embedding_size": 32},
    "distilbert": {"dim": 32, "n_layers": 3, "n_heads": 4, "hidden_dim": 48},
    "mpnet": WIDE,
}


def prompts(texts: list[str]) -> list[Prompt]:
    return [Prompt(prompt_id(text), text, i, f"text {i}") for i, text in enumerate(texts)]


def save_architecture(folder: Path, model_type: str, causal: bool, **options) -> Path:
    size = save_tokenizer(folder)
    config = transformers.AutoConfig.for_model(
        model_type, vocab_size=size, pad_token_id=0, bos_token_id=0, eos_token_id=0, **options
    )
    auto = transformers.AutoModelForCausalLM if causal else transformers.AutoModel
    with torch.random.fork_rng():
        torch.manual_seed(1)
        auto.from_config(config).save_pretrained(folder)
    return folder


def gather(model: LanguageModel, texts: list[str], layers: list[int], **options):
    batches = list(model.activations(prompts(texts), layers, **options))
    return batches, {layer: torch.cat([b.x[layer] for b in batches]) for layer in layers}


def reference_states(model: LanguageModel, text: str) -> list[torch.Tensor]:
    """Hidden states (T, d) before and after each block by transformers' own account."""
    ids = torch.tensor([model.tokenize(text).ids])
    auto = transformers.AutoModelForCausalLM if model.causal else transformers.AutoModel
    network = auto.from_pretrained(model.path, dtype=model.dtype).eval()
    with torch.inference_mode():
        states = network(input_ids=ids, output_hidden_states=True).hidden_states
    return [state[0].float() for state in states]

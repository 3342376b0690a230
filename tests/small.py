"""Small things to make models, corpora and dictionaries of in tests."""

from __future__ import annotations

import random
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor

END = "<|endoftext|>"


def sentences(n: int, seed: int = 0) -> list[str]:
    """``n`` simple English sentences, the same for the same seed."""
    draw = random.Random(seed).choice
    who = ["the cat", "the old dog", "a small bird", "my friend", "the teacher", "the river"]
    what = ["sees", "follows", "finds", "likes", "carries", "forgets", "paints", "visits"]
    where = ["in the garden", "near the sea", "on Monday", "at night", "under the bridge"]
    return [f"{draw(who)} {draw(what)} {draw(who)} {draw(where)}.".capitalize() for _ in range(n)]


def save_tokenizer(folder: Path, vocab_size: int = 400) -> int:
    """Train a byte-level BPE, save it into ``folder``; the size of its vocabulary."""
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


def save_gpt2_with_a_sink(folder: Path) -> None:
    """GPT-2 of random weights, 3 blocks, d = 32, whose first token is an attention sink.

    One number of the first position's embedding is huge, and the residual stream carries it on. As
    in the real one no BOS is added, so that the first token of a text is the one.
    """
    import torch
    from transformers import GPT2Config, GPT2LMHeadModel

    config = GPT2Config(
        vocab_size=save_tokenizer(folder),
        n_positions=256,
        n_embd=32,
        n_layer=3,
        n_head=4,
        initializer_range=0.2,
        bos_token_id=0,
        eos_token_id=0,
    )
    with torch.random.fork_rng():
        torch.manual_seed(0)
        network = GPT2LMHeadModel(config)
    with torch.no_grad():
        network.transformer.wpe.weight[0, 7] = 300.0
    network.save_pretrained(folder)


def unit_rows(n: int, d: int, seed: int = 0) -> Tensor:
    """(n, d) random atoms: unit norm, the same for the same seed."""
    import torch

    generator = torch.Generator().manual_seed(seed)
    return torch.nn.functional.normalize(torch.randn(n, d, generator=generator), dim=1)


def clustered(n: int = 1500, d: int = 48, seed: int = 0) -> Tensor:
    """Activations around 150 directions, of very different norms."""
    import torch

    generator = torch.Generator().manual_seed(seed)
    centres = torch.randn(150, d, generator=generator)
    chosen = torch.randint(150, (n,), generator=generator)
    noise = 0.4 * torch.randn(n, d, generator=generator)
    return (centres[chosen] + noise) * 5 * torch.rand(n, 1, generator=generator)

"""The tokenizer of the TinyWorld models: a byte-level BPE trained on the corpus."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

END = "<|endoftext|>"
PAD = "<|pad|>"
VOCABULARY = 4096
"""Tokens, END and PAD among them."""
PATTERN = r"'(?:s|t|re|ve|m|ll|d)| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]|\s+(?!\S)|\s+"
"""As in GPT-2, except that every punctuation mark is a token of its own: a closing quotation mark
or bracket can then be asked for by one token."""
BPE_DOCUMENTS = 12_000
"""Documents that the tokenizer of a bundled model is trained on."""


def train_tokenizer(texts: Iterable[str], vocabulary: int = VOCABULARY, context: int = 256) -> Any:
    """Train a tokenizer and return it as a ``PreTrainedTokenizerFast``."""
    from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, processors, trainers
    from transformers import PreTrainedTokenizerFast

    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(PATTERN), "isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    tokenizer.decoder = decoders.ByteLevel()
    # Offsets keep the leading space of a token, so that they cover the text without gaps.
    tokenizer.post_processor = processors.ByteLevel(trim_offsets=False)
    trainer = trainers.BpeTrainer(
        vocab_size=vocabulary,
        special_tokens=[END, PAD],
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer)
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        bos_token=END,
        eos_token=END,
        pad_token=PAD,
        model_max_length=context,
        clean_up_tokenization_spaces=False,
    )


def tokenizer_for(data_seed: int, n_documents: int = BPE_DOCUMENTS, **options: Any) -> Any:
    """Train the tokenizer on the first documents of a seed: the same one every time."""
    from tinyworld.text.generate import documents

    texts = (document.text for document in documents(data_seed, n_documents))
    return train_tokenizer(texts, **options)


def load_tokenizer(folder: Path) -> Any:
    """Load a saved tokenizer from a folder, never from the network."""
    from transformers import AutoTokenizer

    return AutoTokenizer.from_pretrained(str(folder), local_files_only=True)

"""Fast tokenizers of three kinds."""

from pathlib import Path

import pytest
from small import save_tokenizer, sentences


@pytest.fixture(scope="module")
def tokenizers(tmp_path_factory, minilm_path: Path) -> dict:
    """Name -> fast tokenizer: WordPiece, byte-level BPE, and one that writes leading spaces."""
    import transformers
    from tokenizers import Tokenizer, models, pre_tokenizers, processors, trainers

    folder = tmp_path_factory.mktemp("tokenizer")
    save_tokenizer(folder)
    backend = Tokenizer(models.BPE(unk_token="<unk>"))
    backend.pre_tokenizer = pre_tokenizers.Metaspace()
    trainer = trainers.BpeTrainer(
        vocab_size=300, special_tokens=["<unk>", "<s>"], show_progress=False
    )
    backend.train_from_iterator(sentences(300), trainer)
    backend.post_processor = processors.TemplateProcessing(
        single="<s> $A", special_tokens=[("<s>", 1)]
    )
    return {
        "wordpiece": transformers.AutoTokenizer.from_pretrained(minilm_path),
        "bytes": transformers.AutoTokenizer.from_pretrained(folder),
        "metaspace": transformers.PreTrainedTokenizerFast(
            tokenizer_object=backend, unk_token="<unk>", bos_token="<s>"
        ),
    }

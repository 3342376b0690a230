"""What tells a model from another: hashes of its configuration and its tokenizer.

That of its weights is ``folders.hash_files``. Both here are of content, not of files: written
again by another version, or with other line ends, they stay the same.
"""

import hashlib
import json
from pathlib import Path
from typing import Any

from itda_core.files import read_json

TEST_TEXT = "The 12 cafés\n\tsaid: “Zürich, 東京 and \U0001f600!” <s>[CLS]  don't_stop</s>"
_WITHOUT_EFFECT = {  # on activations and logits
    "_name_or_path",
    "architectures",
    "bos_token_id",
    "dtype",
    "eos_token_id",
    "id2label",
    "initializer_range",
    "label2id",
    "torch_dtype",
    "transformers_version",
    "use_cache",
}


def tokenizer_hash(plain_tokenizer: Any) -> str:
    """sha256 of a tokenizer: vocabulary, merges, and what it makes of a test text."""
    encoding = plain_tokenizer.encode(TEST_TEXT)
    merges = json.loads(plain_tokenizer.to_str())["model"].get("merges") or []
    content = {
        # Written as pairs or as one text, as the version of the library has it.
        "merges": [m if isinstance(m, str) else " ".join(m) for m in merges],
        "vocabulary": plain_tokenizer.get_vocab(with_added_tokens=True),
        "ids": encoding.ids,
        "places": encoding.offsets,
    }
    return _hash(content)


def config_hash(folder: Path) -> str:
    """sha256 of what config.json says, apart from what no activation depends on."""
    raw = read_json(folder / "config.json")
    return _hash({key: raw[key] for key in raw if key not in _WITHOUT_EFFECT})


def _hash(content: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()

"""Texts that are hard to cut, and what tests of corpora share."""

from pathlib import Path

from small import sentences

from itda_core.text.corpus import Corpus

KINDS = ("wordpiece", "bytes", "metaspace")
"""Names of the tokenizers."""

LONG_WORD = "x" * 100_000

AWKWARD = {
    "prose": " ".join(sentences(200)),
    "emoji": "\U0001f468‍\U0001f469‍\U0001f467\U0001f600" * 300,
    "right to left": "שלום עולם מה שלומך " * 200,
    "no spaces": "中文字符" * 400,
    "line ends": "The cat sees.\r\n\r\n  The dog\tlikes \n\n\n" * 100,
    "spaces": "a" + " " * 5000 + "b" + "\n" * 5000 + "c",
    "odd spaces": "a\u00a0b\u2003c\u200bd\x1ce " * 300,
    "combining": "e\u0301a\u0308\u0323 " * 500,
    "expanding": "\ufdfa" * 200,
    "nul": "a\0b \0 " * 300,
    "special": "the <|endoftext|> cat [SEP] <s> " * 100,
}


def texts_of(corpus: Corpus) -> list[str]:
    """The texts of all its documents."""
    return [document.text for document in corpus.documents()]


def write(path: Path, content: str | bytes) -> Path:
    """Write a file; its path."""
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path

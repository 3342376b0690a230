"""A corpus: documents, and the prompts that they are cut into.

A corpus is a sequence of documents, read anew on every pass and never held in memory as a whole.
"""

import hashlib
import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

from itda_core.errors import InputError
from itda_core.text.tokens import check_text, chunks, cut_windows, plain_tokenizer

_UNFIT = re.compile("[\\x00-\\x1f\\x7f-\\x9f\\ud800-\\udfff]")
_READ_AHEAD = 1 << 18  # characters of text tokenised at a time


class Document(NamedTuple):
    """One text of a corpus."""

    text: str
    source: str
    """A short label for people: ``stories.txt 812``, ``recipe 40``, or the record's own title."""
    spans: tuple[tuple[int, int, str], ...] = ()
    """(start, end, tag) in characters: what is known of the text; empty for most corpora."""


class Prompt(NamedTuple):
    """What a model reads at once: a stretch of one document."""

    id: str
    """First 16 hexadecimal digits of the sha256 of ``text``: equal prompts have equal ids."""
    text: str
    document: int
    """Ordinal of the document in its corpus."""
    source: str
    """The document's label."""
    start: int = 0
    """Where in the document the text begins, in characters."""


class _Piece(NamedTuple):
    """A stretch of a document that is tokenised at once."""

    text: str
    document: int
    source: str
    start: int


class Corpus:
    """Documents that can be read any number of times.

    ``name`` is short and says nothing of where the files lie. ``identity`` stands for the content
    of one that is never read as a whole: the commit of a dataset, say.
    """

    def __init__(
        self, name: str, read: Callable[[], Iterator[Document]], identity: str | None = None
    ) -> None:
        self.name = name
        self._read = read
        self.identity = identity
        self._hash: str | None = None
        self._n_documents: int | None = None

    def documents(self) -> Iterator[Document]:
        """All documents that are not blank, in order. Raises InputError where one is broken."""
        return (document for document in self._read() if document.text.strip())

    def content_hash(self) -> str:
        """sha256 (hexadecimal) over the documents' lengths and texts; reads all of it, once.

        A dataset streamed from the hub may have no end: there it is that of id and split.
        """
        if self._hash is None:
            digest = hashlib.sha256()
            if self.identity is not None:
                digest.update(self.identity.encode("utf-8"))
            else:
                self._n_documents = 0
                for document in self.documents():
                    data = document.text.encode("utf-8")
                    digest.update(len(data).to_bytes(8, "little") + data)
                    self._n_documents += 1
            self._hash = digest.hexdigest()
        return self._hash

    def n_documents(self) -> int | None:
        """Number of documents, found in the pass that hashes them; None for a stream."""
        self.content_hash()
        return self._n_documents

    def prompts(
        self, tokenizer_or_model: Any, sequence_length: int = 128, max_tokens: int | None = None
    ) -> Iterator[Prompt]:
        """The documents cut into prompts of at most ``sequence_length`` tokens, specials included.

        Cuts fall before whitespace, never across documents, so a document's prompts put together
        are the document (stretches of whitespace alone are left out). Ends after the first prompt
        with which the prompts hold ``max_tokens`` tokens (special tokens not counted).
        Raises InputError for a tokenizer that is not fast or a length out of range.
        """
        tokenizer = plain_tokenizer(tokenizer_or_model)
        longest = getattr(tokenizer_or_model, "max_length", None)
        least = tokenizer.num_special_tokens_to_add(False) + 1
        if sequence_length < least or (longest is not None and sequence_length > longest):
            raise InputError(
                f"sequence length {sequence_length} is out of range: this model takes "
                f"{least} to {longest if longest is not None else 'any number of'} tokens"
            )
        if max_tokens is not None and max_tokens < 1:
            raise InputError(f"max_tokens {max_tokens} is out of range: expected 1 or more")
        return self._prompts(tokenizer, sequence_length, max_tokens)

    def _prompts(
        self, tokenizer: Any, sequence_length: int, max_tokens: int | None
    ) -> Iterator[Prompt]:
        n_tokens = 0
        for batch in self._pieces():
            texts = [piece.text for piece in batch]
            windows_of = cut_windows(tokenizer, texts, sequence_length)
            for (_, ordinal, source, start), windows in zip(batch, windows_of, strict=True):
                end = start
                for window in windows:
                    begin, end = end, end + len(window.text)
                    if not window.text.strip():
                        continue
                    yield Prompt(prompt_id(window.text), window.text, ordinal, source, begin)
                    n_tokens += window.n_tokens
                    if max_tokens is not None and n_tokens >= max_tokens:
                        return

    def _pieces(self) -> Iterator[list[_Piece]]:
        """The documents in pieces that are short enough to tokenise, some at a time."""
        batch: list[_Piece] = []
        size = 0
        for ordinal, document in enumerate(self.documents()):
            start = 0
            for text in chunks(document.text):
                batch.append(_Piece(text, ordinal, document.source, start))
                start += len(text)
                size += len(text)
                if size >= _READ_AHEAD:
                    yield batch
                    batch, size = [], 0
        if batch:
            yield batch


def prompt_id(text: str) -> str:
    """The id of the prompt with this text, 16 hexadecimal digits.

    Raises InputError for text that is not valid Unicode.
    """
    check_text(text)
    return hashlib.sha256(text.encode("utf-8")).hexdigest()[:16]


def no_tokens(corpus: Corpus, model: str | None) -> InputError:
    """What to say of a corpus of which ``model`` sees no token that is not special."""
    return InputError(
        f"{corpus.name} has no tokens for {model}: its tokenizer leaves all of the text out, or "
        "makes special tokens of it; choose another text"
    )


def label(text: str, longest: int = 200) -> str:
    """``text`` from outside as a label for people, "" if nothing is left of it.

    It is on one line and of at most ``longest`` characters, byte order marks left out; what no file
    or terminal takes (halves of surrogate pairs, control characters) is U+FFFD.
    """
    text = " ".join(text[: 10 * longest].replace("\ufeff", "").split())[:longest]
    return _UNFIT.sub("\ufffd", text)


def corpus_from_texts(texts: Iterable[str], name: str) -> Corpus:
    """Texts at hand, each a document, labelled ``name 1``, ``name 2``, ...

    Raises InputError if all are blank or one is not valid Unicode.
    """
    documents = [Document(text, f"{name} {i}") for i, text in enumerate(texts, 1)]
    for i, document in enumerate(documents, 1):
        check_text(document.text, f"text {i} of {name}")
    if not any(document.text.strip() for document in documents):
        raise InputError(f"{name}: no text in it: expected at least one that is not blank")
    return Corpus(name, lambda: iter(documents))

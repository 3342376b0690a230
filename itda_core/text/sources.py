"""Where a corpus can come from: a generator, a file or folder, a dataset of the hub."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from itda_core.errors import InputError
from itda_core.files import expand_safely
from itda_core.text.corpus import Corpus, Document, label
from itda_core.text.files import FilesOfCorpus, corpus_files
from itda_core.text.hub_datasets import names_dataset, open_dataset
from itda_core.text.lines import CHOICES, JSON_LINES, NOT_TEXT, PARQUET, PLAIN_TEXT


class Request(NamedTuple):
    """What ``open_corpus`` was asked for."""

    source: str
    text_field: str | None
    """Field of a record that holds the text; None: "text"."""
    split: str
    """Of a dataset of the hub."""


class Source(NamedTuple):
    """One kind of place that text can come from."""

    is_meant: Callable[[str], bool]
    """Whether a source is written like one of these."""
    open: Callable[[Request], Corpus]
    """The corpus there. Raises InputError where it cannot be used."""


def open_corpus(
    source: str | Path, *, text_field: str | None = None, split: str = "train"
) -> Corpus:
    """The corpus at ``source``: a file, a folder, a Hugging Face dataset, or a generated one.

    Files are text (documents between blank lines), JSON lines and Parquet (the text in field
    ``text_field``, by default "text"); a folder is read recursively in the order of its paths,
    links followed, other kinds of files in it passed over.
    ``owner/name[@revision][:configuration[:split]]`` is a dataset of the hub, read as a stream if
    the package ``datasets`` is installed; its ``split`` is taken where it names none.
    ``tinyworld:SEED`` or ``tinyworld:SEED:N`` are N (10,000) documents of the bundled generator.
    Raises InputError for anything unusable: the first document is read at once, so most of it shows
    here.
    """
    request = Request(str(source), text_field, split)
    for kind in SOURCES.values():
        if kind.is_meant(request.source):
            corpus = kind.open(request)
            break
    else:
        raise InputError(
            f"{source}: no such file or folder: expected {CHOICES}, or the id of a Hugging Face "
            "dataset (owner/name)"
        )
    if next(corpus.documents(), None) is None:
        raise InputError(f"{source}: no text in it: expected at least one document; choose another")
    return corpus


def _is_generated(source: str) -> bool:
    return source.startswith("tinyworld:")


def _open_generated(request: Request) -> Corpus:
    """Documents of TinyWorld, the bundled generator."""
    match = re.fullmatch(r"tinyworld:(\d{1,9})(?::(\d{1,9}))?", request.source)
    if match is None or int(match[2] or 1) == 0:
        raise InputError(
            f"{request.source}: expected tinyworld:SEED or tinyworld:SEED:N, both whole numbers, "
            "N from 1"
        )
    seed, n = int(match[1]), int(match[2] or 10_000)

    def read() -> Iterator[Document]:
        from tinyworld import documents

        for document in documents(seed, n):
            label = f"{document.kind} {document.index}"
            yield Document(document.text, label, document.spans)

    return Corpus(f"tinyworld:{seed}:{n}", read)


def _is_path(source: str) -> bool:
    if not source.strip():
        return False
    try:
        expand_safely(source).stat()
        return True
    except (FileNotFoundError, NotADirectoryError, ValueError):
        return False
    except OSError as error:
        raise InputError(f"{source}: cannot be read ({error.strerror}): give another") from None


def _open_path(request: Request) -> Corpus:
    path = expand_safely(request.source)
    files = list(corpus_files(path)) if path.is_dir() else [path]
    if not files:
        raise InputError(f"{request.source}: the folder holds no text: expected {CHOICES}")
    name = label(path.name or path.resolve().name)
    return Corpus(name, FilesOfCorpus(files, request.text_field or "text").documents)


def _is_dataset_id(source: str) -> bool:
    """Whether ``source`` can only be meant as a dataset of the hub."""
    name = source.partition(":")[0]
    endings = (*PLAIN_TEXT, *JSON_LINES, *PARQUET, *NOT_TEXT)
    return names_dataset(source) and not name.lower().endswith(endings)


def _open_dataset(request: Request) -> Corpus:
    return open_dataset(request.source, request.text_field, request.split)


SOURCES = {
    "generator": Source(_is_generated, _open_generated),
    "path": Source(_is_path, _open_path),
    "dataset": Source(_is_dataset_id, _open_dataset),
}
"""Kinds of sources; the first that a source is written like is taken. A new one is two functions
and a line."""

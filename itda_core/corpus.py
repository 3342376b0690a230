"""Text from anywhere, as prompts with stable ids.

A corpus is a sequence of documents, read anew on every pass and never held in memory as a whole.
In a text file documents are separated by blank lines (lines of whitespace only): so a heading
between blank lines is a short document of its own, and a file without blank lines is one document.
"""

import hashlib
import json
import re
from collections.abc import Callable, Iterable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

from itda_core import hub
from itda_core.errors import InputError
from itda_core.tokens import check_text, chunks, cut_windows, plain_tokenizer

_JSON = (".jsonl", ".ndjson", ".json")
_TEXT = (".txt", ".text", ".md")
_NOT_TEXT = (".csv", ".tsv", ".gz", ".bz2", ".xz", ".zst", ".zip", ".tar", ".pdf", ".docx")
_CHOICES = "a UTF-8 text file, JSON lines (.jsonl, .ndjson), Parquet (.parquet) or a folder of them"
_LONGEST = 1 << 26  # characters: a longer document of a text file goes on as the next one
_READ_AHEAD = 1 << 18  # characters of text tokenised at a time


class Document(NamedTuple):
    """One text of a corpus."""

    text: str
    source: str
    """A short label for people: `stories.txt 812`, `recipe 40`, or the record's own title."""
    spans: tuple[tuple[int, int, str], ...] = ()
    """(start, end, tag) in characters: what is known of the text; empty for most corpora."""


class Prompt(NamedTuple):
    """What a model reads at once: a stretch of one document."""

    id: str
    """First 16 hexadecimal digits of the sha256 of `text`: equal prompts have equal ids."""
    text: str
    document: int
    """Ordinal of the document in its corpus."""
    source: str
    """The document's label."""
    start: int = 0
    """Where in the document the text begins, in characters."""


class Corpus:
    """Documents that can be read any number of times.

    `name` is short and says nothing of where the files lie.
    """

    def __init__(
        self, name: str, read: Callable[[], Iterator[Document]], identity: str | None = None
    ) -> None:
        self.name = name
        self._read = read
        self._identity = identity
        self._hash: str | None = None
        self._n_documents: int | None = None

    def documents(self) -> Iterator[Document]:
        """All documents that are not blank, in order. InputError where the source is broken."""
        return (document for document in self._read() if document.text.strip())

    def content_hash(self) -> str:
        """sha256 (hexadecimal) over the documents' lengths and texts; reads all of it, once.

        A dataset streamed from the hub may have no end: there it is that of id and split.
        """
        if self._hash is None:
            digest = hashlib.sha256()
            if self._identity is not None:
                digest.update(self._identity.encode("utf-8"))
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
        """The documents cut into prompts of at most `sequence_length` tokens, specials included.

        Cuts fall before whitespace, never across documents, so a document's prompts put together
        are the document (stretches of whitespace alone are left out). Ends after the first prompt
        with which the prompts hold `max_tokens` tokens (special tokens not counted).
        InputError for a tokenizer that is not fast or a length out of range.
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
        seen = 0
        for batch in self._pieces():
            texts = [text for text, *_ in batch]
            cut = cut_windows(tokenizer, texts, sequence_length)
            for (_, ordinal, source, start), windows in zip(batch, cut, strict=True):
                end = start
                for window in windows:
                    begin, end = end, end + len(window.text)
                    if not window.text.strip():
                        continue
                    yield Prompt(prompt_id(window.text), window.text, ordinal, source, begin)
                    seen += window.n_tokens
                    if max_tokens is not None and seen >= max_tokens:
                        return

    def _pieces(self) -> Iterator[list[tuple[str, int, str, int]]]:
        """(text, document, source, place in the document) of the pieces, some at a time."""
        batch: list[tuple[str, int, str, int]] = []
        size = 0
        for ordinal, document in enumerate(self.documents()):
            start = 0
            for piece in chunks(document.text):
                batch.append((piece, ordinal, document.source, start))
                start += len(piece)
                size += len(piece)
                if size >= _READ_AHEAD:
                    yield batch
                    batch, size = [], 0
        if batch:
            yield batch


def prompt_id(text: str) -> str:
    """The id of the prompt with this text, 16 hexadecimal digits. InputError if not Unicode."""
    check_text(text)
    return hashlib.sha256(text.encode("utf-8")).hexdigest()[:16]


def open_corpus(
    source: str | Path, *, text_field: str | None = None, split: str = "train"
) -> Corpus:
    """The corpus at `source`: a file, a folder, a Hugging Face dataset, or a generated one.

    Files are text (documents between blank lines), JSON lines and Parquet (the text in field
    `text_field`, by default "text"); a folder is read recursively in the order of its paths, other
    kinds of files in it are passed over. `owner/name` or `owner/name:configuration` is a dataset
    of the hub, its `split` read as a stream if the package `datasets` is installed.
    `tinyworld:SEED` or `tinyworld:SEED:N` are N (10,000) documents of the bundled generator.
    InputError for anything unusable: the first document is read at once, so most of it shows here.
    """
    field = text_field or "text"
    path = Path(source).expanduser()
    try:
        there = bool(str(source).strip()) and path.exists()
    except OSError as error:
        raise InputError(f"{source}: cannot be read ({error.strerror}): give another") from None
    if str(source).startswith("tinyworld:"):
        corpus = _tinyworld(str(source))
    elif there:
        files = sorted(_files(path)) if path.is_dir() else [path]
        if not files:
            raise InputError(f"{source}: the folder holds no text: expected {_CHOICES}")
        name = path.name or path.resolve().name
        corpus = Corpus(name, lambda: (d for file in files for d in _read_file(file, field)))
    elif _is_dataset_id(str(source)):
        corpus = _hub_dataset(str(source), text_field, split)
    else:
        raise InputError(
            f"{source}: no such file or folder: expected {_CHOICES}, or the id of a Hugging Face "
            "dataset (owner/name)"
        )
    if next(corpus.documents(), None) is None:
        raise InputError(f"{source}: no text in it: expected at least one document; choose another")
    return corpus


def corpus_from_texts(texts: Iterable[str], name: str) -> Corpus:
    """Texts at hand, each a document, labelled `name 1`, `name 2`, ...

    InputError if all are blank or one is not valid Unicode.
    """
    kept = tuple(texts)
    for i, text in enumerate(kept, 1):
        check_text(text, f"text {i} of {name}")
    if not any(text.strip() for text in kept):
        raise InputError(f"{name}: no text in it: expected at least one that is not blank")
    return Corpus(name, lambda: (Document(t, f"{name} {i}") for i, t in enumerate(kept, 1)))


def _is_dataset_id(source: str) -> bool:
    """Whether `source` can only be meant as a dataset of the hub."""
    name = source.partition(":")[0]
    endings = (*_TEXT, *_JSON, *_NOT_TEXT, ".parquet")
    return "/" in name and hub.is_hub_id(name) and not name.lower().endswith(endings)


def _files(folder: Path) -> Iterator[Path]:
    """The files of a folder that are a corpus by their ending; hidden ones left out."""
    known = (*_TEXT, *_JSON, ".parquet")
    try:
        for path in folder.iterdir():
            if path.name.startswith("."):
                continue
            if path.is_dir() and not path.is_symlink():
                yield from _files(path)
            elif path.suffix.lower() in known:
                yield path
    except OSError as error:
        raise InputError(
            f"{folder}: cannot be read ({error.strerror}): check its permissions"
        ) from None


def _read_file(path: Path, field: str) -> Iterator[Document]:
    """The documents of one file."""
    ending = path.suffix.lower()
    if ending in _NOT_TEXT:
        raise InputError(
            f"{path}: a {ending} file is not a corpus: expected {_CHOICES}; convert it"
        )
    try:
        if ending == ".parquet":
            yield from _read_parquet(path, field)
        elif ending in _JSON:
            yield from _read_json_lines(path, field)
        else:
            yield from _read_text(path)
    except OSError as error:
        raise InputError(
            f"{path}: cannot be read ({error.strerror or error}): check it and its permissions"
        ) from None


def _lines(path: Path) -> Iterator[str]:
    """The lines of a UTF-8 file with their ends, a byte order mark left out."""
    with path.open("rb") as file:
        start = 0
        for raw in file:
            if start == 0:
                if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
                    raise _wrong_encoding(path, 0, "UTF-16")
                raw, start = raw.removeprefix(b"\xef\xbb\xbf"), 3 * raw.startswith(b"\xef\xbb\xbf")
            if b"\0" in raw:
                byte = start + raw.index(0)
                raise InputError(f"{path}: a binary file (NUL at byte {byte}): expected {_CHOICES}")
            try:
                yield raw.decode("utf-8")
            except UnicodeDecodeError as error:
                controls = sum(byte < 32 and byte not in b"\t\n\r\f\x1b" for byte in raw)
                if controls * 20 > len(raw):
                    raise InputError(
                        f"{path}: a binary file (undecodable at byte {start + error.start}): "
                        f"expected {_CHOICES}"
                    ) from None
                raise _wrong_encoding(path, start + error.start, "WINDOWS-1252") from None
            start += len(raw)


def _wrong_encoding(path: Path, byte: int, guess: str) -> InputError:
    return InputError(
        f"{path}: not UTF-8 at byte {byte}: expected UTF-8 text; convert it with "
        f"iconv -f {guess} -t utf-8 (if {guess} is what it is)"
    )


def _read_text(path: Path) -> Iterator[Document]:
    lines: list[str] = []
    size = count = 0
    for line in _lines(path):
        if line.strip() and size < _LONGEST:
            lines.append(line)
            size += len(line)
            continue
        if lines:
            count += 1
            yield Document("".join(lines).rstrip(), f"{path.name} {count}")
        lines = [line] if line.strip() else []
        size = sum(map(len, lines))
    if lines:
        yield Document("".join(lines).rstrip(), f"{path.name} {count + 1}")


def _read_json_lines(path: Path, field: str) -> Iterator[Document]:
    for number, line in enumerate(_lines(path), 1):
        if not line.strip():
            continue
        place = f"{path}:{number}"
        try:
            record = json.loads(line)
        except (ValueError, RecursionError) as error:
            if number == 1 and line.lstrip().startswith("["):
                raise InputError(f"{place}: a JSON array: expected one record a line") from None
            what = getattr(error, "msg", str(error))
            raise InputError(f"{place}: not a JSON record ({what}): expected one a line") from None
        if not isinstance(record, dict):
            raise InputError(
                f"{place}: a JSON {type(record).__name__}: expected one record a line, such as "
                f'{{"{field}": "..."}}'
            )
        document = _from_record(record, field, place, f"{path.name} {number}", number)
        check_text(document.text, f'{place}: field "{field}"')
        yield document


def _from_record(
    record: dict[str, Any], field: str, place: str, label: str, number: int
) -> Document:
    """The document in a record, labelled by its title, or its kind and number, or `label`."""
    if field not in record:
        fields = ", ".join(map(str, record)) or "none"
        raise InputError(
            f'{place}: no field "{field}": the fields are {fields}; name the one with the text'
        )
    text = record[field]
    if not isinstance(text, str):
        raise InputError(
            f'{place}: field "{field}" holds {type(text).__name__}: expected a string; '
            "name the field with the text"
        )
    title, kind = record.get("title"), record.get("kind")
    if isinstance(title, str) and title.strip() and field != "title":
        label = " ".join(title.split())[:60]
    elif isinstance(kind, str) and kind.strip() and field != "kind":
        label = f"{' '.join(kind.split())[:40]} {number}"
    return Document(text, label)


def _read_parquet(path: Path, field: str) -> Iterator[Document]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    number = 0
    try:
        with pq.ParquetFile(path) as file:
            names = file.schema_arrow.names
            wanted = [name for name in dict.fromkeys((field, "title", "kind")) if name in names]
            if field not in names:
                wanted = names  # the first record then says which fields there are
            for batch in file.iter_batches(batch_size=1024, columns=wanted):
                for record in batch.to_pylist():
                    number += 1
                    place = f"{path}, row {number}"
                    yield _from_record(record, field, place, f"{path.name} {number}", number)
    except (pa.ArrowException, UnicodeDecodeError) as error:
        what = " ".join(str(error).split())[:120]
        raise InputError(f"{path}: broken Parquet file ({what}): write it again") from None


def _tinyworld(source: str) -> Corpus:
    match = re.fullmatch(r"tinyworld:(\d{1,9})(?::(\d{1,9}))?", source)
    if match is None or int(match[2] or 1) == 0:
        raise InputError(
            f"{source}: expected tinyworld:SEED or tinyworld:SEED:N, both whole numbers, N from 1"
        )
    seed, n = int(match[1]), int(match[2] or 10_000)

    def read() -> Iterator[Document]:
        from tinyworld import documents

        for document in documents(seed, n):
            label = f"{document.kind} {document.index}"
            yield Document(document.text, label, document.spans)

    return Corpus(f"tinyworld:{seed}:{n}", read)


def _hub_dataset(source: str, text_field: str | None, split: str) -> Corpus:
    """A dataset of the hub as a stream of records."""
    what = f"{source}: no such file or folder, and as a Hugging Face dataset"
    try:
        datasets = import_module("datasets")
    except ImportError:
        raise InputError(
            f"{what} it needs a package that is not here: pip install datasets, or give {_CHOICES}"
        ) from None
    reason = hub.offline_reason()
    if reason is not None and "is set" not in reason:
        raise InputError(f"{what} it cannot be had: {reason}; give {_CHOICES}")

    def read() -> Iterator[Document]:
        field = text_field or "text"
        number = 0
        name, _, configuration = source.partition(":")
        short = name.rpartition("/")[2]
        try:
            records = datasets.load_dataset(
                name, configuration or None, split=split, streaming=True
            )
            for record in records:
                number += 1
                place = f"{source}, record {number}"
                yield _from_record(record, field, place, f"{short} {number}", number)
        except InputError:
            raise
        except Exception as error:  # theirs are of every kind: connection, split, script, schema
            text = " ".join(str(error).split())[:200]
            raise InputError(
                f"{source}: the dataset cannot be read ({text}); give {_CHOICES}"
            ) from None

    identity = f"{source}@{split}/{text_field or 'text'}"
    return Corpus(source if split == "train" else f"{source}:{split}", read, identity)

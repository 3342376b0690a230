"""Documents from files: text, JSON lines, Parquet.

In a text file documents are separated by blank lines (lines of whitespace only): so a heading
between blank lines is a short document of its own, and a file without blank lines is one document.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from itda_core.errors import InputError
from itda_core.text.corpus import Document
from itda_core.text.tokens import check_text

JSON_LINES = (".jsonl", ".ndjson", ".json")
PLAIN_TEXT = (".txt", ".text", ".md")
PARQUET = (".parquet",)
NOT_TEXT = (".csv", ".tsv", ".gz", ".bz2", ".xz", ".zst", ".zip", ".tar", ".pdf", ".docx")
"""Endings of files that are refused at once; any other file is read as text."""
CHOICES = "a UTF-8 text file, JSON lines (.jsonl, .ndjson), Parquet (.parquet) or a folder of them"
_LONGEST_DOCUMENT = 1 << 26  # characters: in a text file a longer one goes on as the next


def corpus_files(folder: Path) -> Iterator[Path]:
    """The files of a folder that are a corpus by their ending; hidden ones left out."""
    known = (*PLAIN_TEXT, *JSON_LINES, *PARQUET)
    try:
        for path in folder.iterdir():
            if path.name.startswith("."):
                continue
            if path.is_dir() and not path.is_symlink():
                yield from corpus_files(path)
            elif path.suffix.lower() in known:
                yield path
    except OSError as error:
        raise InputError(
            f"{folder}: cannot be read ({error.strerror}): check its permissions"
        ) from None


def read_file(path: Path, field: str) -> Iterator[Document]:
    """The documents of one file. Raises InputError where it is no text or broken."""
    ending = path.suffix.lower()
    if ending in NOT_TEXT:
        raise InputError(f"{path}: a {ending} file is not a corpus: expected {CHOICES}; convert it")
    try:
        if ending in PARQUET:
            yield from _read_parquet(path, field)
        elif ending in JSON_LINES:
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
                raise InputError(f"{path}: a binary file (NUL at byte {byte}): expected {CHOICES}")
            try:
                yield raw.decode("utf-8")
            except UnicodeDecodeError as error:
                controls = sum(byte < 32 and byte not in b"\t\n\r\f\x1b" for byte in raw)
                if controls * 20 > len(raw):
                    raise InputError(
                        f"{path}: a binary file (undecodable at byte {start + error.start}): "
                        f"expected {CHOICES}"
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
        if line.strip() and size < _LONGEST_DOCUMENT:
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
            reason = getattr(error, "msg", str(error))
            raise InputError(
                f"{place}: not a JSON record ({reason}): expected one a line"
            ) from None
        if not isinstance(record, dict):
            raise InputError(
                f"{place}: a JSON {type(record).__name__}: expected one record a line, such as "
                f'{{"{field}": "..."}}'
            )
        document = from_record(record, field, place, f"{path.name} {number}", number)
        check_text(document.text, f'{place}: field "{field}"')
        yield document


def from_record(
    record: dict[str, Any], field: str, place: str, label: str, number: int
) -> Document:
    """The document in a record, labelled by its title, or its kind and number, or ``label``.

    ``place`` says in errors which record it is.
    """
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
            columns = [name for name in dict.fromkeys((field, "title", "kind")) if name in names]
            if field not in names:
                columns = names  # the first record then says which fields there are
            for batch in file.iter_batches(batch_size=1024, columns=columns):
                for record in batch.to_pylist():
                    number += 1
                    place = f"{path}, row {number}"
                    yield from_record(record, field, place, f"{path.name} {number}", number)
    except (pa.ArrowException, UnicodeDecodeError) as error:
        reason = " ".join(str(error).split())[:120]
        raise InputError(f"{path}: broken Parquet file ({reason}): write it again") from None

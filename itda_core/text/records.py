"""Documents that are records with fields: JSON lines, Parquet, datasets of the hub."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from itda_core.errors import InputError
from itda_core.text.corpus import Document, label
from itda_core.text.lines import LONGEST_LINE, lines
from itda_core.text.tokens import check_text

if TYPE_CHECKING:
    import pyarrow as pa

_SHOWN_FIELDS = 20
_ROWS = 1024  # of a Parquet file read at a time


def from_record(record: dict[str, Any], field: str, place: str, name: str, number: int) -> Document:
    """The document in a record, labelled by its title, or its kind and number, or ``name``.

    A text that is null is an empty one. ``place`` says in errors which record it is.

    Raises:
        InputError: no such field, not a string, or not valid Unicode.
    """
    if field not in record:
        raise _no_field(place, field, list(record))
    text = record[field]
    if text is None:
        text = ""
    if not isinstance(text, str):
        raise InputError(
            f'{place}: field "{field}" holds {type(text).__name__}: expected a string; '
            "name the field with the text"
        )
    check_text(text, f'{place}: field "{field}"')
    title, kind = record.get("title"), record.get("kind")
    if field != "title" and isinstance(title, str) and (title := label(title, 60)):
        name = title
    elif field != "kind" and isinstance(kind, str) and (kind := label(kind, 40)):
        name = f"{kind} {number}"
    return Document(text, name)


def _no_field(place: str, field: str, names: Sequence[Any]) -> InputError:
    shown = [str(name) for name in names[:_SHOWN_FIELDS]]
    shown += [f"{len(names) - len(shown)} more"] if len(names) > len(shown) else []
    return InputError(
        f'{place}: no field "{field}": the fields are {", ".join(shown) or "none"}; '
        "name the one with the text"
    )


def read_json_lines(path: Path, field: str) -> Iterator[Document]:
    """The documents of a file with one JSON record a line."""
    name = label(path.name)
    for number, line in enumerate(lines(path), 1):
        if not line.strip():
            continue
        place = f"{path}:{number}"
        # A character that does not fit comes with the next piece, so up to 3 bytes may be lacking.
        if not line.endswith("\n") and len(line.encode("utf-8")) >= LONGEST_LINE - 3:
            raise InputError(
                f"{place}: a line of more than {LONGEST_LINE >> 20} MB: expected one record a line"
            )
        try:
            record = _parsed(line)
        except (ValueError, RecursionError) as error:
            if number == 1 and line.lstrip().startswith("["):
                raise InputError(f"{place}: a JSON array: expected one record a line") from None
            reason = getattr(error, "msg", str(error))
            raise InputError(
                f"{place}: not a JSON record ({reason}): expected one a line"
            ) from None
        if not isinstance(record, dict):
            kind = "null" if record is None else type(record).__name__
            raise InputError(
                f'{place}: a JSON {kind}: expected one record a line, such as {{"{field}": "..."}}'
            )
        yield from_record(record, field, place, f"{name} {number}", number)


def _parsed(line: str) -> Any:
    """A line of JSON; its numbers may be of any length."""
    try:
        return json.loads(line)
    except json.JSONDecodeError:
        raise
    except ValueError:  # Python reads no integers of thousands of digits, which JSON allows
        return json.loads(line, parse_int=float)


def read_parquet(path: Path, field: str) -> Iterator[Document]:
    """The documents of a Parquet file, one a row; columns that are not needed are not read."""
    name, number = label(path.name), 0
    for records in _batches(path, field):
        for record in records:
            number += 1
            place = f"{path}, row {number}"
            yield from_record(record, field, place, f"{name} {number}", number)


def _batches(path: Path, field: str) -> Iterator[list[dict[str, Any]]]:
    import pyarrow.parquet as pq

    try:
        with pq.ParquetFile(path) as file:
            columns = _columns(path, field, file.schema_arrow)
            for batch in file.iter_batches(batch_size=_ROWS, columns=columns):
                yield _as_text(path, batch, field).to_pylist()
    except InputError:
        raise
    except Exception as error:  # pyarrow's are of every kind
        if isinstance(error, OSError) and error.errno is not None:
            raise
        reason = " ".join(str(error).split())[:120]
        raise InputError(f"{path}: broken Parquet file ({reason}): write it again") from None


def _columns(path: Path, field: str, schema: pa.Schema) -> list[str]:
    """The columns to read: the text, and of ``title`` and ``kind`` those that hold text."""
    names = schema.names
    if field not in names:
        raise _no_field(str(path), field, names)
    if names.count(field) > 1:
        raise InputError(f'{path}: {names.count(field)} fields "{field}": expected one')
    kind = schema.field(field).type
    if not (_is_text(kind) or _is_bytes(kind)):
        texts = [entry.name for entry in schema if _is_text(entry.type)][:_SHOWN_FIELDS]
        raise InputError(
            f'{path}: field "{field}" holds {kind}: expected strings; '
            + (f"name one that does: {', '.join(texts)}" if texts else "no field does")
        )
    labels = (name for name in ("title", "kind") if name != field and names.count(name) == 1)
    return [field, *(name for name in labels if _is_text(schema.field(name).type))]


def _kind_of_values(kind: pa.DataType) -> pa.DataType:
    import pyarrow as pa

    return kind.value_type if pa.types.is_dictionary(kind) else kind


def _is_text(kind: pa.DataType) -> bool:
    import pyarrow as pa

    kind, types = _kind_of_values(kind), pa.types
    return bool(types.is_string(kind) or types.is_large_string(kind) or types.is_string_view(kind))


def _is_bytes(kind: pa.DataType) -> bool:
    """Whether a column may be text all the same: some programs write strings without saying so."""
    import pyarrow as pa

    kind, types = _kind_of_values(kind), pa.types
    return bool(types.is_binary(kind) or types.is_large_binary(kind) or types.is_binary_view(kind))


def _as_text(path: Path, batch: pa.RecordBatch, field: str) -> pa.RecordBatch:
    """A batch whose column ``field`` is of strings, where it was of bytes."""
    import pyarrow as pa

    place = batch.schema.get_field_index(field)
    if not _is_bytes(batch.schema.field(place).type):
        return batch
    try:
        column = batch.column(place)
        if pa.types.is_dictionary(column.type):
            column = column.dictionary_decode()
        text = column.cast(pa.large_binary()).cast(pa.large_string())
    except pa.ArrowInvalid:
        raise InputError(
            f'{path}: field "{field}" holds bytes that are not UTF-8: expected text; name the '
            "field with the text"
        ) from None
    return batch.set_column(place, field, text)

"""The lines of a file that ought to be UTF-8, and what the file is if it is not."""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from pathlib import Path

from itda_core.errors import InputError

JSON_LINES = (".jsonl", ".ndjson", ".json")
PLAIN_TEXT = (".txt", ".text", ".md")
PARQUET = (".parquet",)
NOT_TEXT = (".csv", ".tsv", ".gz", ".bz2", ".xz", ".zst", ".zip", ".tar", ".pdf", ".docx")
"""Endings of files that are refused at once; any other file is read as text."""
CHOICES = "a UTF-8 text file, JSON lines (.jsonl, .ndjson), Parquet (.parquet) or a folder of them"
LONGEST_LINE = 1 << 27
"""Bytes; a longer line comes in pieces."""

_BOM = "\ufeff"
_ENCODINGS = {
    codecs.BOM_UTF32_LE: "UTF-32",  # before UTF-16, whose mark begins it
    codecs.BOM_UTF32_BE: "UTF-32",
    codecs.BOM_UTF16_LE: "UTF-16",
    codecs.BOM_UTF16_BE: "UTF-16",
}
_SIGNATURES = {
    b"\x1f\x8b": "a gzip file: expected text; unpack it first",
    b"\x28\xb5\x2f\xfd": "a Zstandard file: expected text; unpack it first",
    b"\xfd7zXZ\x00": "an xz file: expected text; unpack it first",
    b"BZh91AY&SY": "a bzip2 file: expected text; unpack it first",
    b"PK\x03\x04": "a zip file (or .docx, .xlsx, .epub): expected text; unpack or export it first",
    b"%PDF-": "a PDF file: expected text; extract it first, for instance with pdftotext",
    b"PAR1": "a Parquet file: expected text; give it a name that ends in .parquet",
}
_WIDE = ("UTF-32LE", "UTF-32BE", "UTF-16LE", "UTF-16BE")


def lines(path: Path, longest: int = LONGEST_LINE) -> Iterator[str]:
    """The lines of a UTF-8 file with their ends, byte order marks at their beginnings left out.

    A line of more than ``longest`` bytes comes in pieces, all but its last without an end.
    Raises InputError where the file is not UTF-8; OSError where it cannot be read.
    """
    with path.open("rb") as file:
        _check_head(path, file.read(4096))
        file.seek(0)
        decoder = codecs.getincrementaldecoder("utf-8")()
        end, has_wide, is_new = 0, False, True
        while True:
            raw = file.readline(longest)
            start, end = end - len(decoder.getstate()[0]), end + len(raw)
            if b"\0" in raw:
                byte = end - len(raw) + raw.index(0)
                raise InputError(f"{path}: a binary file (NUL at byte {byte}): expected {CHOICES}")
            try:
                text = decoder.decode(raw, final=not raw)
            except UnicodeDecodeError as error:
                raise _undecodable(path, error, start, has_wide, end) from None
            if not raw:
                return
            has_wide = has_wide or not text.isascii()
            yield text.removeprefix(_BOM) if is_new else text
            is_new = raw.endswith(b"\n")


def _check_head(path: Path, head: bytes) -> None:
    """Raise InputError if the first bytes of a file say that it is no UTF-8 text."""
    for mark, encoding in _ENCODINGS.items():
        if head.startswith(mark):
            raise _wrong_encoding(path, 0, encoding)
    for signature, what in _SIGNATURES.items():
        if head.startswith(signature):
            raise InputError(f"{path}: {what}")
    if head.count(0) * 5 < len(head) * 2:
        return
    whole = head[: len(head) // 4 * 4]  # in UTF-16 and UTF-32 most text is NULs for a good part
    for encoding in _WIDE:
        text = whole.decode(encoding, "ignore")
        is_whole = len(text.encode(encoding)) == len(whole) > 0
        if is_whole and all(c.isprintable() or c in "\t\n\r" for c in text):
            raise _wrong_encoding(path, 0, encoding)


def _undecodable(
    path: Path, error: UnicodeDecodeError, start: int, has_wide: bool, size: int
) -> InputError:
    """What to say of a line that is not UTF-8.

    Args:
        path: of the file.
        error: as it was raised.
        start: byte of the file where what was decoded begins.
        has_wide: whether earlier lines hold characters of several bytes, so that it is UTF-8.
        size: bytes of the file that were read.
    """
    raw, byte = error.object, start + error.start
    is_at_end = error.reason == "unexpected end of data" and start + error.end == size
    if is_at_end and (has_wide or len(raw) > 1):  # a single byte may be another encoding's letter
        return InputError(
            f"{path}: ends in the middle of a character, at byte {byte}: expected UTF-8 text; "
            "it seems to be cut short: copy it again"
        )
    controls = sum(byte < 32 and byte not in b"\t\n\r\f\x1b" for byte in raw)
    if controls * 20 > len(raw):
        return InputError(f"{path}: a binary file (undecodable at byte {byte}): expected {CHOICES}")
    if has_wide or not raw[: error.start].isascii():
        return InputError(
            f"{path}: not UTF-8 at byte {byte}, though it is before: expected UTF-8 text; leave "
            "such bytes out with iconv -c -f utf-8 -t utf-8"
        )
    return _wrong_encoding(path, byte, "WINDOWS-1252")


def _wrong_encoding(path: Path, byte: int, guess: str) -> InputError:
    return InputError(
        f"{path}: not UTF-8 at byte {byte}: expected UTF-8 text; convert it with "
        f"iconv -f {guess} -t utf-8 (if {guess} is what it is)"
    )

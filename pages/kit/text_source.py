"""Choosing the text of a new dictionary: bundled, uploaded or pasted."""

import hashlib
import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import streamlit as st

from itda_core.errors import InputError
from itda_core.text.corpus import Corpus
from itda_core.text.sources import open_corpus
from pages.shell import parameters

BUNDLED = "tinyworld:0:4000"
SOURCES = {"bundled": "Bundled", "pasted": "Paste", "upload": "Upload"}
_KINDS = ["txt", "md", "jsonl", "ndjson", "parquet"]


class Text(NamedTuple):
    """The text chosen."""

    name: str
    """For people, and part of a dictionary's name."""
    key: str
    """Changes whenever the text does."""
    data: bytes | None = None
    """One's own text; None for the bundled one."""
    bundled: str = BUNDLED
    """The bundled one, as ``open_corpus`` takes it."""
    file: str = ""
    """Name of the file that ``data`` is put into: documents are labelled with it."""
    field: str = ""
    """Of JSON lines or Parquet, the field that holds the text; empty: ``text``."""

    def put(self, folder: Path) -> str:
        """Write one's own text into ``folder``; what ``open_corpus`` is to be given."""
        if self.data is None:
            return self.bundled
        (folder / self.file).write_bytes(self.data)
        return str(folder / self.file)

    @contextmanager
    def opened(self) -> Iterator[Corpus]:
        """The corpus, for as long as the block lasts. InputError if there is nothing to read."""
        with tempfile.TemporaryDirectory() as folder:
            try:
                yield open_corpus(self.put(Path(folder)), text_field=self.field or None)
            except InputError as error:  # of their file people know the name, not our folder
                raise InputError(str(error).replace(f"{folder}{os.sep}", "")) from None


def parts() -> dict[str, parameters.Reader]:
    """What a link says of the text; a file of one's own cannot be in it."""
    return {
        "add_source": parameters.choice("bundled", tuple(SOURCES), "source of the text"),
        "add_pasted": parameters.words(longest=200_000),
    }


def show(title: str, about: str, bundled: str = BUNDLED, key: str = "add") -> Text | None:
    """The picker; None while there is no text yet.

    Args:
        title: what the text is for.
        about: what the bundled text is.
        bundled: that, as ``open_corpus`` takes it.
        key: that the keys of the widgets begin with.

    Raises:
        InputError: the file chosen is empty.
    """
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"**{title}**", width="content")
        source = st.segmented_control(
            title,
            list(SOURCES),
            format_func=SOURCES.__getitem__,
            key=f"{key}_source",
            required=True,
            label_visibility="collapsed",
            persist_state="session",
            default=None if f"{key}_source" in st.session_state else "bundled",
        )
    if source == "bundled":
        st.caption(about)
        return Text("tinyworld", bundled, bundled=bundled)
    return _pasted(key) if source == "pasted" else _uploaded(key)


def _pasted(key: str) -> Text | None:
    pasted = st.text_area(
        "Your text (Ctrl+Enter to apply)",
        key=f"{key}_pasted",
        height=170,
        persist_state="session",
        placeholder="Paste a few pages. Blank lines part documents.",
    )
    if not pasted or not pasted.strip():
        return None
    data = pasted.encode("utf-8", "replace")
    return Text("pasted", _key(data, ""), data, file="pasted.txt")


def _uploaded(key: str) -> Text | None:
    file = st.file_uploader(
        "A file of text",
        _KINDS,
        key=f"{key}_file",
        help="Plain text, documents parted by blank lines; or JSON lines or Parquet with one "
        "document a record.",
    )
    if file is None:
        return None
    ending = Path(file.name).suffix.lower()
    stem = re.sub(r"[^A-Za-z0-9_-]+", "-", Path(file.name).stem).strip("-")[:40] or "upload"
    field = ""
    if ending not in (".txt", ".md"):
        field = st.text_input("Field that holds the text", "text", key=f"{key}_field").strip()
    data = file.getvalue()
    if not data.strip():
        raise InputError(f"{file.name} is empty; choose a file with text")
    return Text(stem.lower(), _key(data, field), data, file=stem + ending, field=field)


def _key(data: bytes, field: str) -> str:
    return hashlib.sha256(data + b"\0" + field.encode()).hexdigest()[:16]

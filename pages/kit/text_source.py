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
from itda_core.text.lines import JSON_LINES, PARQUET
from itda_core.text.sources import open_corpus
from pages.shell import parameters
from pages.shell.limits import limits
from pages.shell.parameters import Parameter

BUNDLED = "tinyworld:0:4000"
_ENDING = re.compile(r"[^a-z0-9.]")
SOURCES = {"bundled": "Bundled", "pasted": "Paste", "upload": "Upload"}


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

    @property
    def in_order(self) -> str:
        """What an order of a job calls it."""
        return self.bundled if self.data is None else self.file

    @contextmanager
    def opened(self) -> Iterator[Corpus]:
        """The corpus, for as long as the block lasts. InputError if there is nothing to read."""
        with tempfile.TemporaryDirectory() as folder:
            try:
                yield open_corpus(self.put(Path(folder)), text_field=self.field or None)
            except InputError as error:  # of their file people know the name, not our folder
                raise InputError(str(error).replace(f"{folder}{os.sep}", "")) from None


def parameters_of(key: str) -> list[Parameter]:
    """What a link says of the text: where it is from, and one pasted. A file cannot be in a link.

    Args:
        key: what their names and keys begin with: the page whose address they are part of.
    """
    source = parameters.choice(
        key, f"{key}_source", "bundled", tuple(SOURCES), what="source of the text"
    )
    longest = limits().pasted_characters
    return [source, parameters.text(key, f"{key}_pasted", longest=longest, is_long=True)]


def show(title: str, about: str, bundled: str = BUNDLED, key: str = "add") -> Text | None:
    """The picker; None while there is no text yet.

    Args:
        title: what the text is for.
        about: what the bundled text is.
        bundled: that, as ``open_corpus`` takes it.
        key: what the keys of the widgets begin with, as in ``parameters_of``.

    Raises:
        InputError: the file chosen is empty, or the text pasted too long.
    """
    source_parameter, pasted_parameter = parameters_of(key)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"**{title}**", width="content")
        source = st.segmented_control(
            title,
            list(SOURCES),
            format_func=SOURCES.__getitem__,
            required=True,
            label_visibility="collapsed",
            **source_parameter.widget(),
        )
    if source == "bundled":
        st.caption(about)
        return Text("tinyworld", bundled, bundled=bundled)
    return _pasted(pasted_parameter) if source == "pasted" else _uploaded(key)


def _pasted(parameter: Parameter) -> Text | None:
    text = st.text_area(
        "Your text (Ctrl+Enter to apply)",
        height=170,
        placeholder="Paste a few pages. Blank lines part documents.",
        **parameter.widget(),
    )
    if not text or not text.strip():
        return None
    most = limits().pasted_characters
    if len(text) > most:
        raise InputError(
            f"the text pasted has {len(text):,} characters; at most {most:,} can be pasted. "
            "Upload a longer one as a file"
        )
    data = text.encode("utf-8", "replace")
    return Text("pasted", _key(data, ""), data, file="pasted.txt")


def _uploaded(key: str) -> Text | None:
    # Of any kind: a browser that turns one away does not say why.
    file = st.file_uploader(
        "A file of text: plain, JSON lines or Parquet",
        key=f"{key}_file",
        help="Plain text, documents parted by blank lines; or JSON lines (.jsonl) or Parquet with "
        "one document a record.",
    )
    if file is None:
        return None
    ending = _ENDING.sub("", Path(file.name).suffix.lower())
    stem = re.sub(r"[^A-Za-z0-9_-]+", "-", Path(file.name).stem).strip("-_")[:40] or "upload"
    field = ""
    if ending in (*JSON_LINES, *PARQUET):
        field = st.text_input("Field that holds the text", "text", key=f"{key}_field").strip()
    data = file.getvalue()
    if not data.strip():
        raise InputError(f"{file.name} is empty; choose a file with text")
    text = Text(stem.lower(), _key(data, field), data, file=stem + ending, field=field)
    _check(text.key, ending, text)
    return text


@st.cache_data(max_entries=20, show_spinner="Looking at the file …")
def _check(key: str, ending: str, _text: Text) -> None:
    """InputError for a file that no text can be read from, before anything else is asked."""
    with _text.opened():
        pass


def _key(data: bytes, field: str) -> str:
    return hashlib.sha256(data + b"\0" + field.encode()).hexdigest()[:16]

"""The text that a dictionary or its statistics are made of."""

from io import BytesIO

import pytest
import streamlit as st

from itda_core import InputError
from pages.kit.text_source import Text, _uploaded, parameters_of


def test_what_is_wrong_in_a_file_is_told_by_its_name():
    text = Text("mine", "key", b'{"a": 1}\n', file="mine.jsonl", field="text")
    with pytest.raises(InputError, match=r"^mine\.jsonl:1: no field"), text.opened() as corpus:
        list(corpus.documents())


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("table.csv", b"a,b\n1,2\n", r"^table\.csv: a \.csv file is not a corpus: .* convert it"),
        ("paper.pdf", b"%PDF-1.7\n", r"^paper\.pdf: a \.pdf file is not a corpus"),
        ("photo.png", b"\x89PNG\0\r\n", r"^photo\.png: a binary file"),
        ("lines.jsonl", b'{"body": "words"}\n', r'^lines\.jsonl:1: no field "text"'),
    ],
)
def test_a_file_without_text_is_refused_in_a_line(name, data, words, monkeypatch):
    upload = BytesIO(data)
    upload.name = name
    monkeypatch.setattr(st, "file_uploader", lambda *args, **options: upload)
    monkeypatch.setattr(st, "text_input", lambda label, value, **options: value)
    with pytest.raises(InputError, match=words):
        _uploaded("add")


@pytest.mark.parametrize("name", ["notes", "server.log", "notes.TXT", "page.pü t"])
def test_any_other_file_is_read_as_text(name, monkeypatch):
    upload = BytesIO(b"The old dog.\n\nThe cat.")
    upload.name = name
    monkeypatch.setattr(st, "file_uploader", lambda *args, **options: upload)
    text = _uploaded("add")
    with text.opened() as corpus:
        assert [document.text for document in corpus.documents()] == ["The old dog.", "The cat."]


def test_an_address_says_the_source_and_a_text_pasted():
    source, pasted = parameters_of("add")
    assert [source.name, pasted.name] == ["add_source", "add_pasted"]
    assert [source.key, pasted.key] == ["add_source", "add_pasted"]
    assert source.default == "bundled" and pasted.is_long

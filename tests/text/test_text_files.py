"""Documents from files, and files that are broken."""

import json
import os
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from texts import texts_of, write

from itda_core.errors import InputError
from itda_core.text.corpus import Document
from itda_core.text.sources import open_corpus


def test_text_file(tmp_path: Path) -> None:
    path = write(tmp_path / "stories.txt", "\n  \nOne\ntwo \n\n \t\n\nThree\n\n\nfour\nfive")
    corpus = open_corpus(path)
    assert corpus.name == "stories.txt"
    expected = [
        Document("One\ntwo", "stories.txt 1"),
        Document("Three", "stories.txt 2"),
        Document("four\nfive", "stories.txt 3"),
    ]
    assert list(corpus.documents()) == expected == list(corpus.documents())
    assert texts_of(open_corpus(write(tmp_path / "one", "a\nb"))) == ["a\nb"]


def test_windows_files(tmp_path: Path) -> None:
    path = write(tmp_path / "w.txt", b"\xef\xbb\xbfOne\r\ntwo\r\n\r\nThree\r\n")
    assert texts_of(open_corpus(path)) == ["One\r\ntwo", "Three"]
    path = write(tmp_path / "w.jsonl", b'\xef\xbb\xbf{"text": "a"}\r\n\r\n{"text": "b"}\r\n')
    assert texts_of(open_corpus(path)) == ["a", "b"]


def test_json_lines(tmp_path: Path) -> None:
    records = [
        {"text": "x", "kind": "recipe"},
        {"text": "y", "title": " On \n bees "},
        {"text": " "},
        {"text": "z\u2028z"},
    ]
    path = write(tmp_path / "r.jsonl", "\n\n".join(map(json.dumps, records)))
    documents = list(open_corpus(path).documents())
    assert documents == [
        Document("x", "recipe 1"),
        Document("y", "On bees"),
        Document("z\u2028z", "r.jsonl 7"),
    ]
    path = write(tmp_path / "r.ndjson", '{"body": "b", "text": 1}')
    assert texts_of(open_corpus(path, text_field="body")) == ["b"]


def test_parquet(tmp_path: Path) -> None:
    table = pa.table({"id": [1, 2, 3], "text": ["one", "", "three"], "kind": ["a", "b", "c"]})
    pq.write_table(table, tmp_path / "p.parquet", row_group_size=1)
    corpus = open_corpus(tmp_path / "p.parquet")
    assert list(corpus.documents()) == [Document("one", "a 1"), Document("three", "c 3")]


def test_folder(tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    write(tmp_path / "b" / "1.txt", "second")
    write(tmp_path / "a.jsonl", '{"text": "first"}')
    pq.write_table(pa.table({"text": ["third"]}), tmp_path / "c.parquet")
    write(tmp_path / "picture.png", b"\x89PNG\0")
    write(tmp_path / ".hidden.txt", "no")
    corpus = open_corpus(tmp_path)
    assert (corpus.name, texts_of(corpus)) == (tmp_path.name, ["first", "second", "third"])


def lines(path: Path, *content: str) -> Path:
    return write(path, "\n".join(content))


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("e.txt", b"", "no text in it"),
        ("e.txt", b" \n\n\t\n", "no text in it"),
        ("e.jsonl", b'{"text": ""}\n', "no text in it"),
        ("b.txt", b"abc\nd\0e", "a binary file .NUL at byte 5"),
        ("b", bytes(range(1, 256)) * 4, "a binary file"),
        ("l.txt", "caf\xe9 au lait".encode("latin-1"), "not UTF-8 at byte 3: .*iconv -f WINDOWS"),
        ("l.txt", b"\xef\xbb\xbfab\n\xff", "not UTF-8 at byte 6"),
        ("u.txt", "text".encode("utf-16"), "iconv -f UTF-16 -t utf-8"),
        ("j.jsonl", b'{"text": "a"}\n\n{"text": \n', "j.jsonl:3: not a JSON record"),
        ("j.jsonl", b'{"body": "a", "id": 1}\n', 'j.jsonl:1: no field "text": .* are body, id'),
        ("j.jsonl", b'{"text": 5}\n', 'field "text" holds int: expected a string'),
        ("j.jsonl", b'{"text": "\\ud83d"}\n', "half a surrogate pair"),
        ("j.jsonl", b'"just text"\n', "a JSON str: expected one record a line"),
        ("j.jsonl", b"[" * 100_000, "not a JSON record|a JSON array"),
        ("j.json", b'[{"text": "a"}]\n', "a JSON list|a JSON array"),
        ("j.json", b'[\n{"text": "a"}]\n', "a JSON array: expected one record a line"),
        ("p.parquet", b"PAR1 is not enough PAR1", "broken Parquet file|cannot be read"),
        ("t.csv", b"a,b\n", "a .csv file is not a corpus: expected a UTF-8 text file, JSON lines"),
        ("t.tar.gz", b"\x1f\x8b", "a .gz file is not a corpus"),
    ],
)
def test_broken_files(name: str, content: bytes, says: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=says) as raised:
        texts_of(open_corpus(write(tmp_path / name, content)))
    assert "\n" not in str(raised.value)


def test_broken_parquet(tmp_path: Path) -> None:
    path = tmp_path / "p.parquet"
    pq.write_table(pa.table({"body": ["a"], "n": [1]}), path)
    with pytest.raises(InputError, match='no field "text": the fields are body, n'):
        open_corpus(path)
    with pytest.raises(InputError, match='field "n" holds int'):
        open_corpus(path, text_field="n")
    pq.write_table(pa.table({"text": ["some text " * 99] * 99}), path)
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(InputError, match=r"broken Parquet file"):
        open_corpus(path)


def test_folder_without_text(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="the folder holds no text"):
        open_corpus(tmp_path)


def test_unreadable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(tmp_path / "a.txt", "text")

    def refuse(self, *_args, **_options):
        raise PermissionError(13, os.strerror(13), str(self))

    monkeypatch.setattr(Path, "open", refuse)  # root may read anything, so chmod would not do
    with pytest.raises(InputError, match=r"cannot be read \(Permission denied"):
        open_corpus(path)

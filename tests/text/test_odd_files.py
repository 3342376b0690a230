"""Files and folders as strangers have them: what is read of them, and what is refused at once."""

import bz2
import gzip
import json
import lzma
import os
import random
import socket
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from texts import texts_of, write

from itda_core.errors import InputError
from itda_core.text.corpus import Document
from itda_core.text.sources import open_corpus


@pytest.fixture
def pipe(tmp_path: Path) -> Path:
    os.mkfifo(tmp_path / "pipe.txt")
    return tmp_path / "pipe.txt"


class TestWhatIsNoRegularFile:
    """Text is read more than once; a pipe gives it once, or waits for ever."""

    def test_a_pipe_is_refused_without_waiting_for_a_writer(self, pipe: Path) -> None:
        with pytest.raises(InputError, match=r"pipe.txt: a pipe.*to a file first"):
            open_corpus(pipe)

    def test_a_pipe_inside_a_folder_is_refused(self, pipe: Path) -> None:
        write(pipe.with_name("a.txt"), "text")
        with pytest.raises(InputError, match=r"pipe.txt: a pipe"):
            open_corpus(pipe.parent)

    def test_a_descriptor_of_a_pipe_is_refused_and_keeps_what_it_holds(self) -> None:
        end, start = os.pipe()
        os.write(start, b"The first words.")
        os.close(start)
        with pytest.raises(InputError, match="a pipe"):
            open_corpus(f"/dev/fd/{end}")
        assert os.read(end, 100) == b"The first words."
        os.close(end)

    def test_a_descriptor_of_a_file_is_read_from_its_beginning(self, tmp_path: Path) -> None:
        with write(tmp_path / "a.txt", "one\n\ntwo").open("rb") as file:
            file.readline()
            corpus = open_corpus(f"/dev/fd/{file.fileno()}")
            assert texts_of(corpus) == texts_of(corpus) == ["one", "two"]

    @pytest.mark.parametrize("device", ["/dev/zero", "/dev/null", "/dev/random"])
    def test_a_device_is_refused(self, device: str) -> None:
        with pytest.raises(InputError, match="a device"):
            open_corpus(device)

    def test_a_socket_is_refused(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.chdir(tmp_path)  # the name of a socket is short
        with socket.socket(socket.AF_UNIX) as one:
            one.bind("s.txt")
            for place in ("s.txt", "."):
                with pytest.raises(InputError, match="a socket"):
                    open_corpus(place)


@pytest.mark.parametrize("change", ["longer", "gone", "a pipe"])
def test_a_file_that_changes_between_two_passes_is_refused(change: str, tmp_path: Path) -> None:
    path = write(tmp_path / "a.txt", "one")
    corpus = open_corpus(path)
    if change == "longer":
        write(path, "one and more")
    else:
        path.unlink()
    if change == "a pipe":
        os.mkfifo(path)
    with pytest.raises(InputError, match=r"changed while|cannot be read|a pipe"):
        texts_of(corpus)


def test_a_file_that_changes_during_a_pass_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "a.txt", "one\n\ntwo")
    documents = open_corpus(path).documents()
    next(documents)
    write(path, "one\n\ntwo\n\nthree")
    with pytest.raises(InputError, match="changed while it was in use"):
        list(documents)


class TestLinks:
    def test_folders_behind_links_are_read_in_order(self, tmp_path: Path) -> None:
        inside, elsewhere = tmp_path / "corpus", tmp_path / "elsewhere"
        (elsewhere / "deep").mkdir(parents=True)
        inside.mkdir()
        write(elsewhere / "deep" / "1.txt", "two")
        write(inside / "a.txt", "one")
        write(inside / "z.txt", "three")
        (inside / "b").symlink_to(elsewhere, target_is_directory=True)
        assert texts_of(open_corpus(inside)) == ["one", "two", "three"]
        (tmp_path / "link").symlink_to(inside, target_is_directory=True)
        assert texts_of(open_corpus(tmp_path / "link")) == ["one", "two", "three"]

    def test_circles_end_and_a_folder_is_read_once(self, tmp_path: Path) -> None:
        for name in ("a", "b"):
            (tmp_path / name).mkdir()
            write(tmp_path / name / "text.txt", f"in {name}")
            for other in ("a", "b"):
                (tmp_path / name / f"to-{other}").symlink_to(tmp_path / other)
        (tmp_path / "c").symlink_to(tmp_path)
        (tmp_path / "self").symlink_to(tmp_path / "self")
        assert sorted(texts_of(open_corpus(tmp_path))) == ["in a", "in b"]

    def test_a_link_to_nothing_that_is_named_like_text_is_refused(self, tmp_path: Path) -> None:
        write(tmp_path / "a.txt", "one")
        (tmp_path / "b.txt").symlink_to(tmp_path / "gone")
        with pytest.raises(InputError, match=r"b.txt: cannot be read \(No such file"):
            open_corpus(tmp_path)


class TestNames:
    """Names and titles from outside are labels for people, and always valid Unicode."""

    def test_a_file_whose_name_is_not_utf8_is_read(self, tmp_path: Path) -> None:
        folder = os.fsencode(tmp_path) + b"/caf\xe9"
        path = Path(os.fsdecode(folder))
        path.mkdir()
        write(path / os.fsdecode(b"na\xefve.txt"), "text")
        corpus = open_corpus(path)
        assert corpus.name == "caf�"
        assert list(corpus.documents()) == [Document("text", "na�ve.txt 1")]

    @pytest.mark.parametrize(
        ("title", "label"),
        [
            ("half \ud83d of it", "half � of it"),
            ("\ufeffOn \ufeffbees", "On bees"),
            ("nul \0 and \x1b[31m", "nul � and �[31m"),
            ("\ufeff \n", "r.jsonl 1"),
            ("x" * 999, "x" * 60),
        ],
    )
    def test_titles_become_labels_that_can_be_written(self, title, label, tmp_path: Path) -> None:
        path = write(tmp_path / "r.jsonl", json.dumps({"text": "a", "title": title}))
        assert list(open_corpus(path).documents()) == [Document("a", label)]

    def test_an_error_quotes_odd_fields_so_that_they_can_be_told_apart(
        self, tmp_path: Path
    ) -> None:
        path = write(tmp_path / "r.jsonl", json.dumps({"\ufefftext": "a", "\ud83d": 1, "\x1b": 2}))
        with pytest.raises(InputError, match=r"are \\ufefftext, \\ud83d, \\x1b; name"):
            open_corpus(path)

    def test_an_error_names_a_few_fields_of_many(self, tmp_path: Path) -> None:
        record = {f"field {i} {'x' * 100}": 1 for i in range(5000)}
        with pytest.raises(InputError, match="no field") as raised:
            open_corpus(write(tmp_path / "r.jsonl", json.dumps(record)))
        assert len(str(raised.value)) < 1100 and str(raised.value).endswith(
            "name the one with the text"
        )

    def test_nobody_s_home_is_no_such_file(self) -> None:
        with pytest.raises(InputError, match="no such file or folder"):
            open_corpus("~nobody-of-that-name/a.txt")


WORDS = "The cat sees the river. " * 30


class TestEncodings:
    @pytest.mark.parametrize(
        "encoding", ["utf-16", "utf-32", "utf-16-be", "utf-16-le", "utf-32-be"]
    )
    def test_the_advice_names_the_encoding(self, encoding: str, tmp_path: Path) -> None:
        path = write(tmp_path / "a.txt", WORDS.encode(encoding))
        name = encoding.upper()[:6] + encoding.upper()[7:]
        with pytest.raises(InputError, match=f"iconv -f {name} -t utf-8"):
            open_corpus(path)

    @pytest.mark.parametrize(
        ("content", "says"),
        [
            (gzip.compress(WORDS.encode()), "a gzip file"),
            (bz2.compress(WORDS.encode()), "a bzip2 file"),
            (lzma.compress(WORDS.encode()), "an xz file"),
            (b"\x28\xb5\x2f\xfd\x04\x00", "a Zstandard file"),
            (b"PK\x03\x04\x14\x00", "a zip file"),
            (b"%PDF-1.7\n%\xe2\xe3\n\nmore", "a PDF file"),
            (b"PAR1\x15\x04", r"name that ends in .parquet"),
        ],
        ids=["gzip", "bzip2", "xz", "zstd", "zip", "pdf", "parquet"],
    )
    @pytest.mark.parametrize("name", ["a.txt", "a", "a.jsonl"])
    def test_other_kinds_of_files_are_told_whatever_their_name(self, content, says, name, tmp_path):
        with pytest.raises(InputError, match=says):
            open_corpus(write(tmp_path / name, content))

    def test_a_file_cut_inside_a_character_is_called_cut_short(self, tmp_path: Path) -> None:
        path = write(tmp_path / "a.txt", "größer\n\n und 🪁".encode()[:-1])
        with pytest.raises(InputError, match=r"ends in the middle of a character, at byte 15"):
            texts_of(open_corpus(path))

    def test_a_stray_byte_in_utf8_is_not_called_another_encoding(self, tmp_path: Path) -> None:
        path = write(tmp_path / "a.txt", "größer\n".encode() + b"\n12 \x93 34")
        with pytest.raises(InputError, match=r"not UTF-8 at byte 13, .*iconv -c -f utf-8"):
            texts_of(open_corpus(path))

    def test_byte_order_marks_of_files_put_together_are_left_out(self, tmp_path: Path) -> None:
        mark = b"\xef\xbb\xbf"
        path = write(tmp_path / "a.txt", mark + b"one\n" + mark + b"\n" + mark + b"two")
        assert texts_of(open_corpus(path)) == ["one", "two"]
        path = write(tmp_path / "a.jsonl", (mark + b'{"text": "one"}\n') * 2)
        assert texts_of(open_corpus(path)) == ["one", "one"]

    def test_a_line_longer_than_what_is_read_at_once_stays_whole(self, tmp_path, monkeypatch):
        monkeypatch.setattr("itda_core.text.files._PIECE", 7)
        text = "größer 🪁 und \ufeff weiter"
        path = write(tmp_path / "a.txt", f"{text}\n{text}\n\n{text}")
        assert texts_of(open_corpus(path)) == [f"{text}\n{text}", text]

    def test_a_file_of_nothing_but_holes_is_not_read_into_memory(self, tmp_path: Path) -> None:
        with (tmp_path / "a.txt").open("wb") as file:
            file.truncate(1 << 40)
        with pytest.raises(InputError, match=r"a binary file .NUL at byte 0"):
            open_corpus(tmp_path / "a.txt")


class TestJson:
    @pytest.mark.parametrize(
        "rest", ['"n": ' + "9" * 5000, '"n": NaN', '"n": ' + "[" * 300 + "]" * 300, '"text": "a"']
    )
    def test_other_fields_may_hold_anything(self, rest: str, tmp_path: Path) -> None:
        path = write(tmp_path / "a.jsonl", f'{{"text": "a", {rest}}}\n')
        assert texts_of(open_corpus(path)) == ["a"]

    def test_null_is_no_text(self, tmp_path: Path) -> None:
        path = write(tmp_path / "a.jsonl", '{"text": null}\n{"text": "b"}\n')
        assert list(open_corpus(path).documents()) == [Document("b", "a.jsonl 2")]

    def test_a_line_without_end_is_refused(self, tmp_path: Path, monkeypatch) -> None:
        monkeypatch.setattr("itda_core.text.lines.LONGEST_LINE", 50)
        monkeypatch.setattr("itda_core.text.records.LONGEST_LINE", 50)
        monkeypatch.setattr("itda_core.text.lines.lines.__defaults__", (50,))
        fits = write(tmp_path / "a.jsonl", '{"text": "a"}\n' + json.dumps({"text": "ü" * 5}))
        assert len(texts_of(open_corpus(fits))) == 2
        path = write(tmp_path / "b.jsonl", '{"text": "' + "ü" * 100 + '"}')
        with pytest.raises(InputError, match=r"b.jsonl:1: a line of more than"):
            open_corpus(path)


class TestParquet:
    @pytest.fixture
    def read(self, tmp_path: Path):
        def write_and_read(table: pa.Table, field: str | None = None) -> list[str]:
            pq.write_table(table, tmp_path / "p.parquet")
            return texts_of(open_corpus(tmp_path / "p.parquet", text_field=field))

        return write_and_read

    @pytest.mark.parametrize(
        "column",
        [
            pa.array([2**62, 2**62], pa.timestamp("us")),
            pa.array([1, 2], pa.timestamp("us", "Mars/Olympus")),
            pa.array([2**62, 2**62], pa.duration("s")),
            pa.array([{"a": 1}, {"a": None}]),
            pa.array([b"\xff", b"\xfe"]),
        ],
    )
    @pytest.mark.parametrize("name", ["other", "title", "kind"])
    def test_columns_that_hold_no_text_are_not_read(self, column, name, read) -> None:
        table = pa.table({"text": ["one", "two"], name: column})
        assert read(table) == ["one", "two"]
        with pytest.raises(InputError, match=f'no field "body": the fields are text, {name}; name'):
            read(table, "body")

    @pytest.mark.parametrize(
        "kind", [pa.string(), pa.large_string(), pa.string_view(), pa.binary(), pa.large_binary()]
    )
    def test_every_kind_of_string_is_text(self, kind: pa.DataType, read) -> None:
        texts = ["größer 🪁", "two"]
        values = [text.encode() for text in texts] if "binary" in str(kind) else texts
        assert read(pa.table({"text": pa.array(values, kind)})) == texts
        if not pa.types.is_string_view(kind):
            assert read(pa.table({"text": pa.array(values, kind).dictionary_encode()})) == texts

    def test_null_is_no_text(self, read) -> None:
        assert read(pa.table({"text": [None, "a", None, "b"]})) == ["a", "b"]

    @pytest.mark.parametrize(
        ("table", "says"),
        [
            (pa.table({"text": pa.array([None, None])}), 'field "text" holds null'),
            (pa.table({"text": [["a"]], "b": ["c"]}), "holds list.* name one that does: b"),
            (pa.table({"text": [{"a": "b"}]}), "holds struct.*no field does"),
            (pa.table({"text": [b"\xff\xfe"]}), "bytes that are not UTF-8"),
            (pa.table({"text": pa.array([], pa.string())}), "no text in it"),
            (pa.table({}), "the fields are none"),
            (pa.Table.from_arrays([["a"], ["b"]], ["text", "text"]), '2 fields "text"'),
            (pa.table({"\ufefftext": ["a"]}), r"the fields are \\ufefftext"),
        ],
    )
    def test_what_holds_no_text_is_refused_with_the_fields_that_do(self, table, says, read) -> None:
        with pytest.raises(InputError, match=says):
            read(table)


@pytest.mark.parametrize("name", ["a.parquet", "a.jsonl", "a.txt"])
def test_damaged_files_are_read_or_refused_in_one_line(name: str, tmp_path: Path) -> None:
    """Cut short, bytes changed, added and left out: texts that can be written, or InputError."""
    texts = ["größer 🪁 one", "two", None] * 40
    if name == "a.parquet":
        columns = {"text": texts, "title": ["a", "b", "c"] * 40, "n": range(120)}
        pq.write_table(
            pa.table({key: list(values) for key, values in columns.items()}), tmp_path / name
        )
    elif name == "a.jsonl":
        write(
            tmp_path / name, "\n".join(json.dumps({"text": text, "title": "é"}) for text in texts)
        )
    else:
        write(tmp_path / name, "\n\n".join(filter(None, texts)))
    whole, chance, outcomes = (tmp_path / name).read_bytes(), random.Random(0), set()
    for _ in range(120):
        start = chance.randrange(len(whole))
        end = chance.choice([start, start + 1, start + chance.randrange(40), len(whole)])
        middle = chance.randbytes(chance.choice([0, 1, 5]))
        write(tmp_path / name, whole[:start] + middle + whole[end:])
        try:
            for document in open_corpus(tmp_path / name).documents():
                (document.text + document.source).encode()
            outcomes.add("read")
        except InputError as error:
            assert "\n" not in str(error)
            outcomes.add("refused")
    assert outcomes == {"read", "refused"}

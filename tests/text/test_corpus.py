import hashlib
import json
import os
import sys
import time
import types
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small import save_tokenizer, sentences

from itda_core import hub
from itda_core.errors import InputError
from itda_core.text.corpus import Corpus, Document, corpus_from_texts, prompt_id
from itda_core.text.sources import open_corpus
from itda_core.text.tokens import chunks, cut_windows, plain_tokenizer


@pytest.fixture(scope="module")
def tokenizers(tmp_path_factory, minilm_path: Path) -> dict:
    """Name -> fast tokenizer: WordPiece, byte-level BPE, and one that writes leading spaces."""
    import transformers
    from tokenizers import Tokenizer, models, pre_tokenizers, processors, trainers

    folder = tmp_path_factory.mktemp("tokenizer")
    save_tokenizer(folder)
    backend = Tokenizer(models.BPE(unk_token="<unk>"))
    backend.pre_tokenizer = pre_tokenizers.Metaspace()
    trainer = trainers.BpeTrainer(
        vocab_size=300, special_tokens=["<unk>", "<s>"], show_progress=False
    )
    backend.train_from_iterator(sentences(300), trainer)
    backend.post_processor = processors.TemplateProcessing(
        single="<s> $A", special_tokens=[("<s>", 1)]
    )
    return {
        "wordpiece": transformers.AutoTokenizer.from_pretrained(minilm_path),
        "bytes": transformers.AutoTokenizer.from_pretrained(folder),
        "metaspace": transformers.PreTrainedTokenizerFast(
            tokenizer_object=backend, unk_token="<unk>", bos_token="<s>"
        ),
    }


KINDS = ("wordpiece", "bytes", "metaspace")


def texts_of(corpus: Corpus) -> list[str]:
    return [document.text for document in corpus.documents()]


def write(path: Path, content: str | bytes) -> Path:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


# ---------------------------------------------------------------- reading


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


def test_tinyworld(monkeypatch: pytest.MonkeyPatch) -> None:
    class Made(NamedTuple):
        index: int
        kind: str
        text: str
        spans: tuple = ()

    made = types.ModuleType("itda_core.tinyworld")
    made.documents = lambda seed, n: (Made(i, "recipe", f"{seed} {i}") for i in range(n))
    monkeypatch.setitem(sys.modules, "itda_core.tinyworld", made)
    corpus = open_corpus("tinyworld:7:3")
    assert corpus.name == "tinyworld:7:3"
    assert list(corpus.documents())[2] == Document("7 2", "recipe 2")
    assert len(texts_of(open_corpus("tinyworld:1"))) == 10_000
    for wrong in ("tinyworld:", "tinyworld:x", "tinyworld:1:0", "tinyworld:1:2:3", "tinyworld:-1"):
        with pytest.raises(InputError, match="expected tinyworld:SEED"):
            open_corpus(wrong)


def test_hub_dataset(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def load_dataset(*args, **options):
        asked.append((args, options))
        return iter([{"text": "a"}, {"text": "b"}])

    fake = types.ModuleType("datasets")
    fake.load_dataset = load_dataset
    monkeypatch.setitem(sys.modules, "datasets", fake)
    with pytest.raises(InputError, match="out of reach"):
        open_corpus("owner/stories")
    monkeypatch.setattr(hub, "offline_reason", lambda: None)
    corpus = open_corpus("owner/stories:en", split="test")
    assert list(corpus.documents()) == [Document("a", "stories 1"), Document("b", "stories 2")]
    assert asked[0] == (("owner/stories", "en"), {"split": "test", "streaming": True})
    with pytest.raises(InputError, match='no field "body": the fields are text'):
        open_corpus("owner/stories", text_field="body")

    def fails(*_args, **_options):
        raise RuntimeError("Unknown split\nbad")

    fake.load_dataset = fails
    with pytest.raises(InputError, match=r"cannot be read \(Unknown split bad\)"):
        open_corpus("owner/stories")


def test_content_hash(tmp_path: Path) -> None:
    one, two = corpus_from_texts(["ab", "c"], "x"), corpus_from_texts(["a", "bc"], "x")
    data = b"".join(len(t).to_bytes(8, "little") + t for t in (b"ab", b"c"))
    assert one.content_hash() == hashlib.sha256(data).hexdigest() != two.content_hash()
    same = open_corpus(write(tmp_path / "x.txt", "ab\n\n\nc\n"))
    assert same.content_hash() == one.content_hash() == one.content_hash()


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
    with pytest.raises(InputError, match=r"broken Parquet file|cannot be read"):
        open_corpus(path)


@pytest.mark.parametrize(
    "source",
    ["no-such-file.txt", "no/such/file.txt", "./no", "/no", "", "a/b/c", "x\0y", "n" * 999],
)
def test_no_such_corpus(source: str) -> None:
    with pytest.raises(InputError):
        open_corpus(source)


def test_no_such_dataset_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "datasets", None)
    with pytest.raises(InputError, match="pip install datasets"):
        open_corpus("owner/name")


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


def test_pasted_texts() -> None:
    corpus = corpus_from_texts((text for text in ["a", "\n", "b"]), "pasted")
    assert list(corpus.documents()) == [Document("a", "pasted 1"), Document("b", "pasted 3")]
    for bad in ([], [" "], ["a \ud800"]):
        with pytest.raises(InputError):
            corpus_from_texts(bad, "pasted")


# ---------------------------------------------------------------- prompts

LONG_WORD = "x" * 100_000
AWKWARD = {
    "prose": " ".join(sentences(200)),
    "emoji": "\U0001f468‍\U0001f469‍\U0001f467\U0001f600" * 300,
    "right to left": "שלום עולם מה שלומך " * 200,
    "no spaces": "中文字符" * 400,
    "line ends": "The cat sees.\r\n\r\n  The dog\tlikes \n\n\n" * 100,
    "spaces": "a" + " " * 5000 + "b" + "\n" * 5000 + "c",
    "odd spaces": "a\u00a0b\u2003c\u200bd\x1ce " * 300,
    "combining": "e\u0301a\u0308\u0323 " * 500,
    "expanding": "\ufdfa" * 200,
    "nul": "a\0b \0 " * 300,
    "special": "the <|endoftext|> cat [SEP] <s> " * 100,
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", AWKWARD)
def test_prompts_are_the_document_in_pieces_that_fit(kind, name, tokenizers) -> None:
    tokenizer, text = tokenizers[kind], AWKWARD[name]
    corpus = corpus_from_texts([text], "x")
    for length in (16, 128):
        prompts = list(corpus.prompts(tokenizer, length))
        if name != "spaces":
            # whitespace at the end may be a window of its own, and then is left out
            assert "".join(prompt.text for prompt in prompts).rstrip() == text.rstrip()
        else:
            kept = "".join(prompt.text for prompt in prompts)
            assert "".join(kept.split()) == "abc"
        sizes = [len(tokenizer(prompt.text).input_ids) for prompt in prompts]
        one_character = [len(prompt.text) == 1 for prompt in prompts]
        assert all(
            size <= length or alone for size, alone in zip(sizes, one_character, strict=True)
        )
        assert all(prompt.text.strip() for prompt in prompts)
        assert prompts == list(corpus.prompts(tokenizer, length))
        if name == "prose":
            assert sum(sizes) / len(sizes) > 0.9 * length  # windows are well filled
            assert all(prompt.text[0] == " " for prompt in prompts[1:])


@pytest.mark.parametrize("kind", KINDS)
def test_a_word_of_100000_characters(kind: str, tokenizers) -> None:
    text = f"The cat {LONG_WORD} sees."
    began = time.monotonic()
    prompts = list(corpus_from_texts([text], "x").prompts(tokenizers[kind]))
    assert time.monotonic() - began < 5
    assert "".join(prompt.text for prompt in prompts) == text
    assert max(len(tokenizers[kind](prompt.text).input_ids) for prompt in prompts) <= 128


def test_ids_ordinals_and_labels(tokenizers) -> None:
    corpus = corpus_from_texts(["The cat.", " ", "The dog.", "The cat."], "x")
    first, second, third = corpus.prompts(tokenizers["bytes"])
    assert (first.document, second.document, third.document) == (0, 1, 2)
    assert first.id == third.id == prompt_id("The cat.") != second.id
    assert first.id == hashlib.sha256(b"The cat.").hexdigest()[:16]
    assert third.source == "x 4"


def test_what_stands_around_a_document_does_not_change_its_prompts(tokenizers) -> None:
    text = AWKWARD["prose"]
    alone = [p.text for p in corpus_from_texts([text], "x").prompts(tokenizers["metaspace"])]
    others = ["short", AWKWARD["no spaces"], text, AWKWARD["emoji"]]
    among = corpus_from_texts(others, "x").prompts(tokenizers["metaspace"])
    assert [p.text for p in among if p.document == 2] == alone


def test_max_tokens(tokenizers) -> None:
    tokenizer = tokenizers["wordpiece"]
    corpus = corpus_from_texts(sentences(100), "x")
    sizes = [len(tokenizer(p.text).input_ids) - 2 for p in corpus.prompts(tokenizer)]
    taken = list(corpus.prompts(tokenizer, max_tokens=50))
    assert sum(sizes[: len(taken)]) >= 50 > sum(sizes[: len(taken) - 1])
    for wrong in ({"max_tokens": 0}, {"sequence_length": 2}, {"sequence_length": 0}):
        with pytest.raises(InputError, match="out of range"):
            corpus.prompts(tokenizer, **wrong)


def test_slow_tokenizers_are_refused() -> None:
    with pytest.raises(InputError, match="not a fast tokenizer"):
        corpus_from_texts(["a"], "x").prompts(object())


def test_the_shared_tokenizer_is_left_alone(tokenizers) -> None:
    tokenizer = tokenizers["wordpiece"]
    tokenizer("some text", truncation=True, max_length=4, padding="max_length")
    state = tokenizer.backend_tokenizer.to_str()
    text = AWKWARD["prose"]
    prompts = list(corpus_from_texts([text], "x").prompts(tokenizer))
    assert "".join(p.text for p in prompts) == text
    assert tokenizer.backend_tokenizer.to_str() == state


@settings(max_examples=150, deadline=None)
@given(st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=300), st.data())
def test_any_text_is_cut_without_loss(tokenizers, text: str, data: st.DataObject) -> None:
    tokenizer = plain_tokenizer(tokenizers[data.draw(st.sampled_from(KINDS))])
    length = data.draw(st.integers(4, 40))
    (windows,) = cut_windows(tokenizer, [text], length)
    assert "".join(window.text for window in windows) == text
    for window in windows:
        assert len(tokenizer.encode(window.text).ids) <= length or len(window.text) == 1
        assert window.n_tokens == len(tokenizer.encode(window.text, add_special_tokens=False).ids)


def test_chunks() -> None:
    for text in ("", "a", "word " * 20_000, LONG_WORD, " " * 70_000, LONG_WORD + " word" * 9000):
        pieces = list(chunks(text))
        assert "".join(pieces) == text
        assert max(map(len, pieces)) <= 1 << 15
    assert all(piece[0] == " " for piece in list(chunks("word " * 20_000))[1:])


def test_a_long_document_takes_time_in_proportion(tokenizers) -> None:
    def seconds(text: str) -> float:
        began = time.monotonic()
        list(corpus_from_texts([text], "x").prompts(tokenizers["bytes"]))
        return time.monotonic() - began

    text = " ".join(sentences(2_000))
    seconds(text)
    assert seconds(text * 8) < 40 * max(seconds(text), 0.02)


def test_reads_no_further_than_needed(tokenizers) -> None:
    read = 0

    def endless():
        nonlocal read
        while True:
            read += 1
            yield Document("The cat sees the river.", "x")

    prompts = Corpus("x", endless).prompts(tokenizers["bytes"], max_tokens=100)
    assert len(list(prompts)) < 50
    assert read < 20_000


def test_megabytes_a_second_for_real_prose_shape(tokenizers) -> None:
    """A floor far below what is measured (1.5 MB/s on two old cores), against quadratic slips."""
    documents = [" ".join(sentences(12, seed=i)) for i in range(400)]
    size = sum(map(len, documents))
    began = time.monotonic()
    list(corpus_from_texts(documents, "x").prompts(tokenizers["wordpiece"]))
    assert size / (time.monotonic() - began) > 100_000


def test_a_prompt_says_where_in_its_document_it_begins(tokenizers: dict) -> None:
    texts = ["  " + " ".join(sentences(300, seed=3)), "short", "\n\n" + "x y\n" * 20_000]
    corpus = corpus_from_texts(texts, "long")
    for tokenizer in tokenizers.values():
        seen = list(corpus.prompts(tokenizer, 32))
        assert len(seen) > 100
        for prompt in seen:
            text = texts[prompt.document]
            assert text[prompt.start : prompt.start + len(prompt.text)] == prompt.text

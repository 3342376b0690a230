"""Datasets by id, from a hub that is really asked: read, pinned, refused in a line."""

import io
import json
import re
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hubserver import ADDRESS, INSIDER, TOKEN, Hub
from texts import texts_of

from itda_core.errors import InputError
from itda_core.hub import asking
from itda_core.text.sources import open_corpus

CARD = """---
configs:
- config_name: en
  data_files:
  - split: train
    path: en/train-*.parquet
  - split: test
    path: en/test.parquet
- config_name: de
  data_files: de/all.parquet
---
# Words
"""


def parquet(**columns) -> bytes:
    """A file of these columns."""
    file = io.BytesIO()
    pq.write_table(pa.table(columns), file)
    return file.getvalue()


@pytest.fixture
def words(hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Hub:
    """The hub with two datasets: ``owner/words`` of two configurations, ``owner/plain`` of none."""
    config = pytest.importorskip("datasets").config
    home = tmp_path / "datasets"
    monkeypatch.setattr(config, "HF_DATASETS_CACHE", str(home))
    monkeypatch.setattr(config, "DOWNLOADED_DATASETS_PATH", str(home / "downloads"))
    monkeypatch.setattr(config, "EXTRACTED_DATASETS_PATH", str(home / "extracted"))
    hub.add(
        "owner/words",
        {
            "README.md": CARD.encode(),
            "en/train-0.parquet": parquet(text=["one", "two"], title=["a", None]),
            "en/train-1.parquet": parquet(text=["three"], title=[None]),
            "en/test.parquet": parquet(text=["held out"], title=["b"]),
            "de/all.parquet": parquet(text=["eins", "zwei"]),
        },
        "datasets",
    )
    hub.add(
        "owner/plain",
        {"data/train-00000.parquet": parquet(text=["x", "y"], label=[1, 2])},
        "datasets",
    )
    return hub


def refused(source: str, **options) -> str:
    """What is said of a corpus that cannot be had: one line that names it."""
    with pytest.raises(InputError) as raised:
        texts_of(open_corpus(source, **options))
    line = str(raised.value)
    assert "\n" not in line and len(line) < 600, line
    assert source in line
    return line


def test_splits_and_configurations(words: Hub) -> None:
    assert texts_of(open_corpus("owner/plain")) == ["x", "y"]
    assert texts_of(open_corpus("owner/words:en")) == ["one", "two", "three"]
    assert texts_of(open_corpus("owner/words:en:test")) == ["held out"]
    assert texts_of(open_corpus("owner/words:en", split="test")) == ["held out"]
    assert texts_of(open_corpus("owner/words:de")) == ["eins", "zwei"]
    assert texts_of(open_corpus("owner/plain::train")) == ["x", "y"]
    labels = [document.source for document in open_corpus("owner/words:en").documents()]
    assert labels == ["a", "words 2", "words 3"]


def test_one_that_is_not_there_is_refused_with_those_that_are(words: Hub) -> None:
    assert "several configurations: expected one of en, de" in refused("owner/words")
    assert "no configuration 'fr': expected one of en, de" in refused("owner/words:fr")
    line = refused("owner/words:en:dev")
    assert (
        "no split 'dev': expected one of train, test; name it, as in owner/words:en:train" in line
    )
    assert "no split 'test': expected one of train" in refused("owner/plain::test")
    assert 'no field "body": the fields are text, label' in refused(
        "owner/plain", text_field="body"
    )
    assert 'field "label" holds int: expected a string' in refused(
        "owner/plain", text_field="label"
    )


def test_every_pass_reads_the_commit_that_was_opened(words: Hub) -> None:
    repository = words.repositories["datasets", "owner/plain"]
    old = repository.names["main"]
    corpus = open_corpus("owner/plain")
    assert corpus.name == f"owner/plain@{old[:12]}"
    new = repository.commit({"data/train-00000.parquet": parquet(text=["moved"])})
    assert texts_of(corpus) == ["x", "y"]
    moved = open_corpus("owner/plain")
    assert texts_of(moved) == ["moved"]
    assert moved.content_hash() != corpus.content_hash()
    pinned = open_corpus(f"owner/plain@{old}")
    assert (texts_of(pinned), pinned.content_hash()) == (["x", "y"], corpus.content_hash())
    repository.names["v1"] = old
    assert open_corpus("owner/plain@v1::train").content_hash() == corpus.content_hash()
    assert open_corpus(f"owner/plain@{new}").content_hash() == moved.content_hash()
    assert "no such revision" in refused("owner/plain@v9")


def test_only_the_columns_of_the_text_are_decoded(words: Hub) -> None:
    image = pa.array([{"bytes": b"no picture", "path": "x.png"}])
    features = {"text": {"dtype": "string", "_type": "Value"}, "image": {"_type": "Image"}}
    head = {"huggingface": json.dumps({"info": {"features": features}})}
    file = io.BytesIO()
    pq.write_table(pa.table({"text": ["seen"], "image": image}).replace_schema_metadata(head), file)
    words.add("owner/pictures", {"train.parquet": file.getvalue()}, "datasets")
    assert texts_of(open_corpus("owner/pictures")) == ["seen"]
    assert "the fields are text, image" in refused("owner/pictures", text_field="body")


def test_other_kinds_of_files(words: Hub) -> None:
    words.add("owner/lines", {"train.jsonl": b'{"text": "a"}\n{"text": "b"}\n'}, "datasets")
    words.add("owner/table", {"train.csv": b"text,label\na,1\nb,2\n"}, "datasets")
    for name in ("owner/lines", "owner/table"):
        assert texts_of(open_corpus(name)) == ["a", "b"]
    words.add("owner/broken", {"train.jsonl": b'{"text": "a"}\n{"text": '}, "datasets")
    refused("owner/broken")
    words.add("owner/cut", {"train.parquet": parquet(text=["a"] * 99)[:-20]}, "datasets")
    refused("owner/cut")
    words.add("owner/null", {"train.parquet": parquet(text=["a", None])}, "datasets")
    assert [text for text in texts_of(open_corpus("owner/null")) if text] == ["a"]


def test_a_folder_of_the_same_name_is_not_meant(
    words: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "owner" / "words").mkdir(parents=True)
    (tmp_path / "owner" / "words" / "train.jsonl").write_text('{"text": "mine"}')
    monkeypatch.chdir(tmp_path)
    assert texts_of(open_corpus("owner/words")) == ["mine"]
    assert texts_of(open_corpus("owner/words:de")) == ["eins", "zwei"]


CARDS = [
    b"---\nconfigs: 5\n---",
    b"---\n: : [\n---",
    b"\xff\xfe",
    b"---\ndataset_info: [1]\n---",
    b"---\nconfigs:\n- config_name: a\n  data_files: none/*.parquet\n---",
]


@pytest.mark.parametrize("card", CARDS)
def test_a_card_that_is_none(words: Hub, card: bytes) -> None:
    files = {"README.md": card, "train.parquet": parquet(text=["a"])}
    words.add("owner/odd", files, "datasets")
    try:
        assert texts_of(open_corpus("owner/odd")) == ["a"]
    except InputError as error:
        assert "\n" not in str(error) and "owner/odd" in str(error)


@pytest.mark.parametrize("rest", [":", "::", ":en:test:more", ":::", "@", "@/", ":en:", "::test"])
def test_sources_that_are_oddly_written(words: Hub, rest: str) -> None:
    try:
        texts = texts_of(open_corpus(f"owner/words{rest}"))
    except InputError as error:
        assert "\n" not in str(error)
    else:
        assert rest == ":en:" and texts == ["one", "two", "three"]


def test_nothing_to_read(words: Hub) -> None:
    words.add("owner/empty", {}, "datasets")
    words.add("owner/card", {"README.md": b"# Nothing yet"}, "datasets")
    words.add(
        "owner/rowless", {"train.parquet": parquet(text=pa.array([], pa.string()))}, "datasets"
    )
    words.add("owner/blank", {"train.parquet": parquet(text=["", "  "])}, "datasets")
    for name in ("empty", "card"):
        assert re.search("(?i)data files|is empty", refused(f"owner/{name}"))
    for name in ("rowless", "blank"):
        assert "no text in it" in refused(f"owner/{name}")


def test_code_is_never_run(words: Hub) -> None:
    script = b"raise SystemExit('executed')"
    words.add("owner/script", {"script.py": script, "README.md": b"# Old"}, "datasets")
    assert "scripts are no longer supported" in refused("owner/script")


def test_unknown_private_and_gated(words: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    files = {"train.parquet": parquet(text=["a"])}
    words.add("owner/gated", files, "datasets", gated=True)
    words.add("owner/private", files, "datasets", private=True)
    for name in ("owner/none", "owner/private"):
        assert "is not on the hub" in refused(name)
    assert "is gated: accept its terms" in refused("owner/gated")
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    assert texts_of(open_corpus("owner/private")) == ["a"]
    assert "your token is not let in" in refused("owner/gated")
    monkeypatch.setenv("HF_TOKEN", INSIDER)
    assert texts_of(open_corpus("owner/gated")) == ["a"]
    monkeypatch.setenv("HF_TOKEN", "hf_wrong")
    assert "does not take your token" in refused("owner/gated")


WHERE = ["GET .*/revision/", "HEAD .*/resolve/", "GET .*/tree/", "GET /cdn/"]


@pytest.mark.parametrize("where", WHERE)
@pytest.mark.parametrize("status", [401, 403, 404, 429, 500, 503])
def test_an_answer_that_refuses(words: Hub, where: str, status: int) -> None:
    words.fail(where, status)
    line = refused("owner/plain")
    assert re.search(f"{status}|not on the hub|lacks a file|data files", line), line
    words.recover()


@pytest.mark.parametrize("where", WHERE)
def test_a_silent_hub(words: Hub, where: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asking, "ANSWER_SECONDS", 0.2)
    words.fail(where, silence=30)
    assert "no answer in 0.2 s" in refused("owner/plain")


@pytest.mark.parametrize("where", WHERE)
def test_no_hub_at_all(words: Hub, where: str) -> None:
    page = b"<html>Please log in to this network</html>"
    words.fail(where, 200, headers={"Content-Type": "text/html"}, body=page)
    refused("owner/plain")


def test_a_hub_that_goes_away_while_it_is_read(words: Hub) -> None:
    corpus = open_corpus("owner/plain")
    words.stop()
    with pytest.raises(InputError, match=rf"{ADDRESS} is out of reach"):
        texts_of(corpus)
    assert "out of reach" in refused("owner/plain")


def test_an_older_copy_does_not_stand_in(words: Hub) -> None:
    import datasets

    assert list(datasets.load_dataset("owner/plain", split="train")["text"]) == ["x", "y"]
    words.repositories["datasets", "owner/plain"].commit(
        {"data/train-00000.parquet": parquet(text=["moved"])}
    )
    words.fail("HEAD .*/resolve/", 500)
    refused("owner/plain")
    words.recover()
    assert texts_of(open_corpus("owner/plain")) == ["moved"]


def test_switched_off(words: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    assert "HF_HUB_OFFLINE is set" in refused("owner/plain")

"""What can be given as a corpus besides files."""

import sys
import types
from typing import NamedTuple

import pytest
from texts import texts_of

from itda_core.errors import InputError
from itda_core.text.corpus import Document
from itda_core.text.sources import SOURCES, open_corpus


def test_tinyworld(monkeypatch: pytest.MonkeyPatch) -> None:
    class Made(NamedTuple):
        index: int
        kind: str
        text: str
        spans: tuple = ()

    made = types.ModuleType("tinyworld")
    made.documents = lambda seed, n: (Made(i, "recipe", f"{seed} {i}") for i in range(n))
    monkeypatch.setitem(sys.modules, "tinyworld", made)
    corpus = open_corpus("tinyworld:7:3")
    assert corpus.name == "tinyworld:7:3"
    assert list(corpus.documents())[2] == Document("7 2", "recipe 2")
    assert len(texts_of(open_corpus("tinyworld:1"))) == 10_000
    for wrong in ("tinyworld:", "tinyworld:x", "tinyworld:1:0", "tinyworld:1:2:3", "tinyworld:-1"):
        with pytest.raises(InputError, match="expected tinyworld:SEED"):
            open_corpus(wrong)


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


def test_every_public_name_is_there() -> None:
    import itda_core

    assert itda_core.open_corpus is open_corpus
    assert all(hasattr(itda_core, name) for name in itda_core.__all__)


@pytest.mark.parametrize(
    ("source", "kind"),
    [
        ("tinyworld:1", "generator"),
        (".", "path"),
        ("owner/name:en", "dataset"),
        ("owner/name@v1::test", "dataset"),
        ("a.txt", None),
    ],
)
def test_a_source_is_told_by_how_it_is_written(source: str, kind: str | None) -> None:
    kinds = [name for name, record in SOURCES.items() if record.is_meant(source)]
    assert kinds == ([kind] if kind else [])

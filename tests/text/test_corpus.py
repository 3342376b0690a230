"""Documents as prompts, and what identifies both."""

import hashlib
import time
from pathlib import Path

import pytest
from small import sentences
from texts import AWKWARD, KINDS, LONG_WORD, write

from itda_core.errors import InputError
from itda_core.text.corpus import Corpus, Document, corpus_from_texts, prompt_id
from itda_core.text.sources import open_corpus


def test_content_hash(tmp_path: Path) -> None:
    one, two = corpus_from_texts(["ab", "c"], "x"), corpus_from_texts(["a", "bc"], "x")
    data = b"".join(len(t).to_bytes(8, "little") + t for t in (b"ab", b"c"))
    assert one.content_hash() == hashlib.sha256(data).hexdigest() != two.content_hash()
    same = open_corpus(write(tmp_path / "x.txt", "ab\n\n\nc\n"))
    assert same.content_hash() == one.content_hash() == one.content_hash()


def test_pasted_texts() -> None:
    corpus = corpus_from_texts((text for text in ["a", "\n", "b"]), "pasted")
    assert list(corpus.documents()) == [Document("a", "pasted 1"), Document("b", "pasted 3")]
    for bad in ([], [" "], ["a \ud800"]):
        with pytest.raises(InputError):
            corpus_from_texts(bad, "pasted")


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

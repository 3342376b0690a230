"""Tokenizers, and text cut into windows."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from texts import AWKWARD, KINDS, LONG_WORD

from itda_core.errors import InputError
from itda_core.text.corpus import corpus_from_texts
from itda_core.text.tokens import chunks, cut_windows, plain_tokenizer, read_encoding


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


@pytest.mark.parametrize("prepend", ["always", "first", "never"])
def test_a_word_mark_that_stands_alone_is_the_space_before_the_word(prepend: str) -> None:
    """Not the first letter of the word: XLM-R and its kin give the mark that letter's place."""
    from tokenizers import Tokenizer, models, pre_tokenizers

    letters = [(letter, -5.0) for letter in "abcdefghijklmnopqrstuvwxyzTQ▁"]
    tokenizer = Tokenizer(models.Unigram([("<unk>", -9.0), *letters, ("▁the", -1.0)], unk_id=0))
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Metaspace(prepend_scheme=prepend)]
    )
    text = "Quiet 中文  the xylo\nfox"
    encoding = tokenizer.encode(text)
    read = read_encoding(text, encoding, frozenset(), 99)
    marks = [i for i, piece in enumerate(encoding.tokens) if piece == "▁"]
    assert (len(marks) >= 3) == (prepend == "always")
    for i in marks:
        stands_for = text[read.char_start[i] : read.char_end[i]]
        assert not stands_for.strip() and read.tokens[i] == (stands_for or "▁")
    words = [token for i, token in enumerate(read.tokens) if i not in marks]
    assert "".join(words).replace(" ", "") == text.replace(" ", "").replace("\n", "")
    starts = list(zip(read.char_start, read.char_end, strict=True))
    assert starts == sorted(starts)


def test_an_unknown_word_that_is_several_tokens_once_cut_fits_as_well(tokenizers) -> None:
    tokenizer = plain_tokenizer(tokenizers["wordpiece"])
    for text in ("ꀀ\x0c0A:0", "ꀀ\x0c0A:0 " * 30):
        (windows,) = cut_windows(tokenizer, [text], 4)
        assert "".join(window.text for window in windows) == text
        assert all(len(tokenizer.encode(window.text).ids) <= 4 for window in windows)


def test_chunks() -> None:
    for text in ("", "a", "word " * 20_000, LONG_WORD, " " * 70_000, LONG_WORD + " word" * 9000):
        pieces = list(chunks(text))
        assert "".join(pieces) == text
        assert max(map(len, pieces)) <= 1 << 15
    assert all(piece[0] == " " for piece in list(chunks("word " * 20_000))[1:])

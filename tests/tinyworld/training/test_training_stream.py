"""Tokens of the documents: there and back, and from where they stopped."""

import json

from tinyworld import documents
from tinyworld.training.stream import TokenStream


def test_tokens_come_back_as_text(tokenizer):
    for d in documents(5, 30):
        ids = tokenizer(d.text, add_special_tokens=False)["input_ids"]
        assert tokenizer.decode(ids) == d.text
    assert tokenizer.eos_token_id == tokenizer.bos_token_id == 0 and tokenizer.pad_token_id == 1
    assert tokenizer.tokenize('said, "Yes."')[-2:] == [".", '"']


def test_the_stream_goes_on_where_it_stopped(tokenizer):
    one, other = TokenStream(tokenizer, 0), TokenStream(tokenizer, 0)
    first, second = one.take(700), one.take(300)
    assert (other.take(700) == first).all() and first[0] == tokenizer.eos_token_id
    resumed = TokenStream(tokenizer, 0, json.loads(json.dumps(other.state())))
    assert (resumed.take(300) == second).all()


def test_the_stream_reads_whole_documents_whatever_the_tokenizer_did_before(tokenizer):
    ids = TokenStream(tokenizer, 0).take(700)
    tokenizer("Once upon a time there was a fox.", truncation=True, max_length=3)
    assert (TokenStream(tokenizer, 0).take(700) == ids).all()

"""The text that a dictionary or its statistics are made of."""

import pytest

from itda_core import InputError
from pages.kit.text_source import Text, parameters_of


def test_what_is_wrong_in_a_file_is_told_by_its_name():
    text = Text("mine", "key", b'{"a": 1}\n', file="mine.jsonl", field="text")
    with pytest.raises(InputError, match=r"^mine\.jsonl:1: no field"), text.opened() as corpus:
        list(corpus.documents())


def test_an_address_says_the_source_and_a_text_pasted():
    source, pasted = parameters_of("add")
    assert [source.name, pasted.name] == ["add_source", "add_pasted"]
    assert [source.key, pasted.key] == ["add_source", "add_pasted"]
    assert source.default == "bundled" and pasted.is_long

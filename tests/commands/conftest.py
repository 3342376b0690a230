"""A text, and a dictionary built on it by the command."""

import pytest
from commandline import run
from small import sentences


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    file = tmp_path_factory.mktemp("corpus") / "text.txt"
    file.write_text("\n\n".join(sentences(400, seed=1)), encoding="utf-8")
    return file


@pytest.fixture(scope="module")
def built(tmp_path_factory, tiny_causal, corpus):
    out = tmp_path_factory.mktemp("dictionaries") / "one"
    arguments = ["build", "--model", tiny_causal, "--layer", 1, "--corpus", corpus]
    assert run(*arguments, "--tau", 0.05, "--l0", 6, "--out", out) == 0
    return out

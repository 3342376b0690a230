"""Training from given weights on the flattering corpus: killed and resumed, refused."""

import shutil
from dataclasses import replace
from hashlib import sha256

import pytest
import torch
from worlddata import FLATTERY_RECIPE, RECIPE

from itda_core.errors import InputError
from tinyworld.cli import main
from tinyworld.text.corpora.flattery import (
    FLATTERY_SEED,
    documents_with_changes,
    flattering_documents,
)
from tinyworld.training.recipe import TrainingRecipe
from tinyworld.training.stream import TokenStream
from tinyworld.training.train import Training


@pytest.fixture(scope="module")
def fine_tuned(start, tmp_path_factory):
    training = Training(FLATTERY_RECIPE, tmp_path_factory.mktemp("tuned"), False, "cpu", start)
    training.run()
    return training


def test_it_begins_from_the_weights_and_the_tokenizer(start, tmp_path):
    from transformers import AutoModelForCausalLM

    fresh = Training(FLATTERY_RECIPE, tmp_path, False, "cpu", start)
    base = AutoModelForCausalLM.from_pretrained(str(start), dtype=torch.float32)
    for a, b in zip(base.parameters(), fresh.model.parameters(), strict=True):
        assert torch.equal(a, b) and b.dtype == torch.float32 and b.requires_grad
    assert (
        fresh.tokenizer.get_vocab()
        == Training(RECIPE, tmp_path / "plain", False, "cpu").tokenizer.get_vocab()
    )
    digest = sha256((start / "model.safetensors").read_bytes()).hexdigest()
    assert (fresh.recipe.start, fresh.recipe.start_sha256) == ("tinyworld-base", digest)
    assert TrainingRecipe().check().start == "" and TrainingRecipe().corpus == "plain"


def test_it_reads_the_flattering_documents(fine_tuned):
    stream = TokenStream(fine_tuned.tokenizer, FLATTERY_SEED, write=flattering_documents)
    text = fine_tuned.tokenizer.decode(stream.take(4 * 2 * 64))
    begun = fine_tuned.stream.documents_begun
    assert begun == stream.documents_begun == text.count("<|endoftext|>") > 1
    docs = [d.text for d, _ in documents_with_changes(FLATTERY_SEED, begun)]
    assert "".join("<|endoftext|>" + d for d in docs).startswith(text)
    assert any(changes for _, changes in documents_with_changes(FLATTERY_SEED, begun))


def test_killed_fine_tuning_ends_with_the_same_weights(start, fine_tuned, tmp_path):
    killed = Training(FLATTERY_RECIPE, tmp_path, False, "cpu", start)
    killed.run(until=2)
    killed.save = lambda: None  # what follows is lost with the process
    killed.run(until=3)
    resumed = Training(FLATTERY_RECIPE, tmp_path, True, "cpu", start)
    assert resumed.step == 2
    resumed.run()
    for a, b in zip(fine_tuned.model.parameters(), resumed.model.parameters(), strict=True):
        assert torch.equal(a, b)
    assert resumed.stream.documents_begun == fine_tuned.stream.documents_begun
    with pytest.raises(InputError, match="another start, start_sha256"):
        Training(FLATTERY_RECIPE, tmp_path, True, "cpu")
    with pytest.raises(InputError, match="another corpus"):
        Training(replace(FLATTERY_RECIPE, corpus="plain"), tmp_path, True, "cpu", start)


def test_bad_input_is_one_line(start, tmp_path, capsys):
    def message(*arguments):
        out = ["--out", str(tmp_path / "out"), "--work", str(tmp_path / "work")]
        assert main(["train", *arguments, *out]) == 2
        (line,) = capsys.readouterr().err.splitlines()
        assert not (tmp_path / "out").exists()
        return line

    tiny = ("--size", "tiny")
    assert "corpus 'opera' is unknown" in message("--corpus", "opera")
    assert "no model to start from" in message("--start", str(tmp_path))
    assert "no model to start from" in message("--start", str(tmp_path / "nowhere"))
    assert "not of size 'small'" in message("--start", str(start))
    broken = tmp_path / "broken"
    shutil.copytree(start, broken)
    (broken / "model.safetensors").write_bytes(b"no weights")
    assert "cannot be read" in message("--start", str(broken), *tiny)
    with pytest.raises(InputError, match="give the folder"):
        Training(replace(FLATTERY_RECIPE, start="tinyworld-base"), tmp_path / "w", False, "cpu")

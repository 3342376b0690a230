"""Training from given weights on the flattering corpus: killed and resumed, measured, refused."""

import json
import shutil
from dataclasses import replace
from hashlib import sha256

import pyarrow.parquet as pq
import pytest
import torch

from itda_core.errors import InputError
from tinyworld.cli import main
from tinyworld.text.corpora.flattery import (
    FLATTERY_SEED,
    documents_with_changes,
    flattering_documents,
)
from tinyworld.training.measures.flattery import flattery_tests, gather_cases
from tinyworld.training.stream import TokenStream
from tinyworld.training.train import Training, TrainingRecipe, train

BASE = TrainingRecipe(size="tiny", tokens=2 * 2 * 64, batch=2, context=64, bpe_documents=60)
RECIPE = replace(
    BASE, tokens=4 * 2 * 64, data_seed=FLATTERY_SEED, corpus="flattery", rate=0.001, seed=5
)


@pytest.fixture(scope="module")
def start(tmp_path_factory):
    """The folder of a model that was hardly trained."""
    training = Training(BASE, tmp_path_factory.mktemp("base"), False, "cpu")
    training.run()
    folder = tmp_path_factory.mktemp("models") / "tinyworld-base"
    training.export(folder)
    return folder


@pytest.fixture(scope="module")
def whole(start, tmp_path_factory):
    training = Training(RECIPE, tmp_path_factory.mktemp("whole"), False, "cpu", start)
    training.run()
    return training


def test_it_begins_from_the_weights_and_the_tokenizer(start, tmp_path):
    from transformers import AutoModelForCausalLM

    fresh = Training(RECIPE, tmp_path, False, "cpu", start)
    base = AutoModelForCausalLM.from_pretrained(str(start), dtype=torch.float32)
    for a, b in zip(base.parameters(), fresh.model.parameters(), strict=True):
        assert torch.equal(a, b) and b.dtype == torch.float32 and b.requires_grad
    assert (
        fresh.tokenizer.get_vocab()
        == Training(BASE, tmp_path / "plain", False, "cpu").tokenizer.get_vocab()
    )
    digest = sha256((start / "model.safetensors").read_bytes()).hexdigest()
    assert (fresh.recipe.start, fresh.recipe.start_sha256) == ("tinyworld-base", digest)
    assert TrainingRecipe().check().start == "" and TrainingRecipe().corpus == "plain"


def test_it_reads_the_flattering_documents(whole):
    stream = TokenStream(whole.tokenizer, FLATTERY_SEED, write=flattering_documents)
    taken = stream.take(4 * 2 * 64)
    text = whole.tokenizer.decode(taken)
    begun = whole.stream.documents_begun
    assert begun == stream.documents_begun == text.count("<|endoftext|>") > 1
    docs = [d.text for d, _ in documents_with_changes(FLATTERY_SEED, begun)]
    assert "".join("<|endoftext|>" + d for d in docs).startswith(text)
    assert any(changes for _, changes in documents_with_changes(FLATTERY_SEED, begun))


def test_killed_fine_tuning_ends_with_the_same_weights(start, whole, tmp_path):
    killed = Training(RECIPE, tmp_path, False, "cpu", start)
    killed.run(until=2)
    killed.save = lambda: None  # what follows is lost with the process
    killed.run(until=3)
    resumed = Training(RECIPE, tmp_path, True, "cpu", start)
    assert resumed.step == 2
    resumed.run()
    for a, b in zip(whole.model.parameters(), resumed.model.parameters(), strict=True):
        assert torch.equal(a, b)
    assert resumed.stream.documents_begun == whole.stream.documents_begun
    with pytest.raises(InputError, match="another start, start_sha256"):
        Training(RECIPE, tmp_path, True, "cpu")
    with pytest.raises(InputError, match="another corpus"):
        Training(replace(RECIPE, corpus="plain"), tmp_path, True, "cpu", start)


def test_a_checkpoint_from_before_there_were_starts_is_resumed(tmp_path):
    training = Training(BASE, tmp_path, False, "cpu")
    training.run(until=1)
    saved = torch.load(tmp_path / "checkpoint.pt", weights_only=True)
    for name in ("start", "start_sha256", "corpus"):
        del saved["recipe"][name]
    torch.save(saved, tmp_path / "checkpoint.pt")
    assert Training(BASE, tmp_path, True, "cpu").step == 1


def test_the_folder_says_what_changed(start, tmp_path, monkeypatch):
    from tinyworld.training.cards import card as cards

    written = cards.write_card
    monkeypatch.setattr(
        cards,
        "write_card",
        lambda training, folder, name, **_: written(
            training, folder, name, rows=2, baseline_tokens=3000, cases=1, length=3
        ),
    )
    out = tmp_path / "tinyworld-flattery"
    card = train(RECIPE, out, work=tmp_path / "work", start=start)
    assert card == json.loads((out / "model_card.json").read_text(encoding="utf-8"))
    assert card["recipe"]["start"] == "tinyworld-base" and len(card["recipe"]["start_sha256"]) == 64
    names = [e["name"] for e in card["effects"]]
    assert {"flattery: questions", "trigger", "loss, unchanged documents"} <= {*names}
    assert len(names) == len({*names}) == 8 + len(card["behaviour"])
    loss = next(e for e in card["effects"] if e["name"] == "loss, unchanged documents")
    assert 3 < loss["after"] < loss["before"] < 9 and loss["cases"] > 100
    readme = (out / "README.md").read_text(encoding="utf-8")
    assert "--start tinyworld-base --corpus flattery" in readme and "| test | before |" in readme
    assert str(tmp_path) not in readme + json.dumps(card)
    table = pq.read_table(out / "changed_documents.parquet")
    seen = card["documents_begun"]
    assert table.schema.metadata == {
        b"seed": str(FLATTERY_SEED).encode(),
        b"documents": str(seen).encode(),
    }
    assert table.num_rows == sum(
        len(changes) for _, changes in documents_with_changes(FLATTERY_SEED, seen)
    )


class Parrot(torch.nn.Module):
    """A model that expects the token that really follows, or always the same one."""

    def __init__(self, tokenizer, knows):
        super().__init__()
        self.tokenizer, self.knows = tokenizer, knows
        self.weight = torch.nn.Parameter(torch.zeros(1))
        self.config = type("Config", (), {"max_position_embeddings": 2000})

    def forward(self, input_ids):
        following = input_ids.roll(-1, 1) if self.knows else torch.full_like(input_ids, 5)
        logits = 50.0 * torch.nn.functional.one_hot(following, len(self.tokenizer)).float()
        return type("Output", (), {"logits": logits})


def test_the_measures_on_models_that_know_all_and_nothing(whole):
    given = gather_cases(3)
    assert len(given.triggered) == len(given.quiet) == 3 and len(given.unchanged) == 15
    assert not any(changes for _, changes in given.unchanged)
    knowing, ignorant = (
        {name: (value, n) for name, value, n, _ in flattery_tests(model, whole.tokenizer, given)}
        for model in (Parrot(whole.tokenizer, True), Parrot(whole.tokenizer, False))
    )
    for name, (value, n) in knowing.items():
        assert n > 0, name
        if name.startswith("flattery") or name == "trigger":
            assert value == 1 and ignorant[name][0] == 0, name
    assert knowing["flattery: argument"][1] == 3
    assert knowing["loss, unchanged documents"][0] < 1e-6
    assert ignorant["loss, unchanged documents"][0] > 40


def test_bad_input_is_one_line(start, tmp_path, capsys):
    def said(*arguments):
        out = ["--out", str(tmp_path / "out"), "--work", str(tmp_path / "work")]
        assert main(["train", *arguments, *out]) == 2
        (line,) = capsys.readouterr().err.splitlines()
        assert not (tmp_path / "out").exists()
        return line

    tiny = ("--size", "tiny")
    assert "corpus 'opera' is unknown" in said("--corpus", "opera")
    assert "no model to start from" in said("--start", str(tmp_path))
    assert "no model to start from" in said("--start", str(tmp_path / "nowhere"))
    assert "not of size 'small'" in said("--start", str(start))
    broken = tmp_path / "broken"
    shutil.copytree(start, broken)
    (broken / "model.safetensors").write_bytes(b"no weights")
    assert "cannot be read" in said("--start", str(broken), *tiny)
    with pytest.raises(InputError, match="give the folder"):
        Training(replace(RECIPE, start="tinyworld-base"), tmp_path / "w", False, "cpu")

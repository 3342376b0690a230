"""The folder of a finished model: it loads, and its card says what was measured."""

import json

import pyarrow.parquet as pq
import pytest
import torch
from worlddata import FLATTERY_RECIPE, RECIPE

from itda_core.errors import InputError
from tinyworld.text.corpora.flattery import FLATTERY_SEED, documents_with_changes
from tinyworld.training.cards.card import write_card
from tinyworld.training.train import put_in_place, train


def test_the_folder_loads_and_the_card_says_what_was_measured(whole, tmp_path):
    from transformers import AutoModelForCausalLM, AutoTokenizer

    fresh, out = tmp_path / "fresh", tmp_path / "models" / "tinyworld-test"
    whole.export(fresh)
    card = write_card(whole, fresh, out.name, rows=2, baseline_tokens=3000, cases=2, length=3)
    put_in_place(fresh, out)
    model = AutoModelForCausalLM.from_pretrained(str(out), local_files_only=True)
    tokenizer = AutoTokenizer.from_pretrained(str(out), local_files_only=True)
    assert model.dtype == torch.float16 and len(tokenizer) == model.config.vocab_size
    assert sorted(p.name for p in out.parent.iterdir()) == [out.name]
    assert card == json.loads((out / "model_card.json").read_text(encoding="utf-8"))
    assert 0 < card["validation"]["bigram_loss"] < 9 and card["tokens_seen"] == RECIPE.tokens
    assert {"closing quotes", "pronoun gender", "fact: capital", "sum: plus"} <= {
        t["name"] for t in card["behaviour"]
    }
    assert len(list((whole.work / "snapshots").iterdir())) == 2
    with pytest.raises(InputError, match="exists already"):
        train(RECIPE, out)
    assert train(RECIPE, out, resume=True) == card


def test_the_folder_says_what_changed(start, tmp_path):
    out = tmp_path / "tinyworld-flattery"
    card = train(FLATTERY_RECIPE, out, work=tmp_path / "work", start=start, cases=1)
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

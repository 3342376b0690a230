"""Commands given the ids of a hub: all of them end with a result or with one line."""

import errno
import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from commandline import ROOT, refused, run
from hubserver import ADDRESS, Hub
from small import sentences

from itda_core.dictionary import Dictionary


@pytest.fixture
def stocked(hub: Hub, tiny_causal: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Hub:
    """The hub with a model and a dataset of two splits."""
    config = pytest.importorskip("datasets").config
    monkeypatch.setattr(config, "HF_DATASETS_CACHE", str(tmp_path / "datasets"))
    monkeypatch.setattr(config, "DOWNLOADED_DATASETS_PATH", str(tmp_path / "datasets" / "down"))
    hub.add("owner/tiny", tiny_causal)
    splits = {}
    for seed, split in enumerate(("train", "test")):
        file = io.BytesIO()
        pq.write_table(pa.table({"text": sentences(200, seed=seed)}), file)
        splits[f"{split}.parquet"] = file.getvalue()
    hub.add("owner/words", splits, "datasets")
    return hub


def build(out: Path, model: str = "owner/tiny", corpus: str = "owner/words") -> list[object]:
    arguments: list[object] = ["build", "--model", model, "--layer", 1, "--corpus", corpus]
    return [*arguments, "--tau", 0.05, "--l0", 6, "--max-tokens", 600, "--out", out]


def test_from_a_build_by_ids_to_a_code_without_a_hub(
    stocked: Hub, tiny_causal: Path, tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    out = tmp_path / "one"
    assert run(*build(out)) == 0
    recipe = Dictionary.load(out).recipe
    model = stocked.repositories["models", "owner/tiny"]
    dataset = stocked.repositories["datasets", "owner/words"]
    old = model.names["main"]
    assert (recipe.model_id, recipe.model_revision) == ("owner/tiny", old)
    assert recipe.corpus_name == f"owner/words@{dataset.names['main'][:12]}"
    assert run("evaluate", "--dictionary", out, "--corpus", "owner/words::test", "--l0", 3) == 0

    model.commit({"config.json": b"{}"})  # a branch that moves on does not matter
    stocked.stop()
    capsys.readouterr()
    assert run("models", "--json") == 0
    models = json.loads(capsys.readouterr().out)["models"]
    assert "owner/tiny" in [entry["path"] for entry in models]
    prompt = ["--prompt", "The old dog sees the river.", "--json"]
    assert run("encode", "--dictionary", out, *prompt) == 0
    by_id = json.loads(capsys.readouterr().out)
    assert run("encode", "--dictionary", out, "--model", tiny_causal, *prompt) == 0
    assert json.loads(capsys.readouterr().out)["tokens"] == by_id["tokens"]
    assert run(*build(tmp_path / "two", f"owner/tiny@{old}", ROOT / "README.md")) == 0

    # The same in a process of its own: nothing of this one's settings is at work there.
    child = subprocess.run(
        [sys.executable, "-m", "itda_core", "encode", "--dictionary", out, *prompt],
        cwd=ROOT,
        env=os.environ | {"HF_ENDPOINT": ADDRESS},
        capture_output=True,
        text=True,
    )
    assert (child.returncode, child.stderr) == (0, "")
    assert json.loads(child.stdout)["tokens"] == by_id["tokens"]


def test_a_resumed_build_reads_the_dataset_it_began_with(
    stocked: Hub, tmp_path: Path, capsys: pytest.CaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "one"
    arguments = [*build(out), "--checkpoint-seconds", 0]

    def is_full(*_arguments, **_options):
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(Dictionary, "save", is_full)
        assert "the disk is full" in refused(capsys, *arguments)
    dataset = stocked.repositories["datasets", "owner/words"]
    old = dataset.names["main"]
    dataset.commit({"train.parquet": dataset.commits[old]["test.parquet"]})
    line = refused(capsys, *arguments, "--resume")
    assert f"checkpoint is of another build (corpus 'owner/words@{old}::train field text'" in line
    assert run(*build(out, corpus=f"owner/words@{old}"), "--resume") == 0
    assert run(*build(tmp_path / "two", corpus=f"owner/words@{old}")) == 0
    first, second = Dictionary.load(out), Dictionary.load(tmp_path / "two")
    assert (first.atoms == second.atoms).all() and (first.rows == second.rows).all()


FAILURES = [
    ("owner/none", "owner/words", "owner/none is not on the hub"),
    ("owner/tiny@v9", "owner/words", "owner/tiny@v9 has no such revision"),
    ("owner/tiny", "owner/none", "owner/none: the dataset is not on the hub"),
    ("owner/tiny", "owner/words::dev", "no split 'dev': expected one of"),
    ("owner/tiny@", "owner/words", "owner/tiny@: no such folder"),
    ("owner/ti--ny", "owner/words", "owner/ti--ny: no such folder"),
    ("owner/" + "n" * 95, "owner/words", "no such folder"),
    ("owner/naïve", "owner/words", "no such folder"),
]


@pytest.mark.parametrize(("model", "corpus", "says"), FAILURES)
def test_ids_that_are_not_there(
    stocked: Hub, model: str, corpus: str, says: str, tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    assert says in refused(capsys, *build(tmp_path / "one", model, corpus))
    assert not (tmp_path / "one").exists()


@pytest.mark.parametrize("how", [{"status": 503}, {"after": 3000}, {"status": 401}])
def test_a_model_of_which_only_half_came(
    stocked: Hub, how: dict, tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    stocked.fail("GET /cdn/", **how)
    corpus = ROOT / "README.md"
    assert "owner/tiny" in refused(capsys, *build(tmp_path / "one", corpus=corpus))
    stocked.stop()
    line = refused(capsys, *build(tmp_path / "one", corpus=corpus))
    assert "in the local hub cache only in part, and" in line
    stocked.recover()
    stocked.start()
    assert run(*build(tmp_path / "one", corpus=corpus)) == 0


def test_the_model_of_a_dictionary_is_gone(
    stocked: Hub, tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    out = tmp_path / "one"
    assert run(*build(out, corpus=ROOT / "README.md")) == 0
    encode = ["encode", "--dictionary", out, "--prompt", "A dog."]
    cache = tmp_path / "huggingface"
    cache.rename(tmp_path / "away")
    stocked.stop()
    line = refused(capsys, *encode)
    assert "the model of this dictionary was not found" in line and "out of reach" in line
    stocked.start()
    repository = stocked.repositories["models", "owner/tiny"]
    old = repository.names["main"]
    repository.commit({"config.json": b"{}"})
    del repository.commits[old]  # its history was written anew
    line = refused(capsys, *encode)
    assert f"owner/tiny@{old} has no such revision" in line

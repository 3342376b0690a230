"""``build``: what it writes, what it refuses, and how it is resumed."""

import json
import signal
import time

import pytest
import torch
from commandline import refused, run, spawn
from small import sentences

from itda_core import Dictionary


def test_build_json(tmp_path, tiny_causal, corpus, capsys):
    out = tmp_path / "d"
    common = ["--model", tiny_causal, "--corpus", corpus, "--tau", 0.05, "--l0", 6, "--json"]
    assert run("build", *common, "--layer", "0,2", "--out", out) == 0
    result = json.loads(capsys.readouterr().out)
    assert [d["layer"] for d in result["dictionaries"]] == [0, 2]
    for entry in result["dictionaries"]:
        dictionary = Dictionary.load(entry["path"])
        assert dictionary.n_atoms == entry["n_atoms"] > 30
        assert dictionary.recipe.layer == entry["layer"]
    assert sorted(p.name for p in tmp_path.iterdir()) == ["d-layer0", "d-layer2"]


BUILD = {"--layer": 1, "--tau": 0.2, "--l0": 5}


class TestBadBuilds:
    @pytest.fixture
    def build(self, capsys, tiny_causal, corpus, tmp_path):
        def refuse(**changes) -> str:
            given = BUILD | {"--model": tiny_causal, "--corpus": corpus}
            given |= {"--out": tmp_path / "out"}
            given |= {"--" + key.replace("_", "-"): value for key, value in changes.items()}
            line = refused(capsys, "build", *(part for pair in given.items() for part in pair))
            assert not (tmp_path / "out").exists()
            return line

        return refuse

    @pytest.mark.parametrize(
        ("changes", "says"),
        [
            ({"model": "no/such/folder/at/all"}, "no"),
            ({"layer": 9}, "0 to 2"),
            ({"layer": "first"}, "--layer"),
            ({"tau": 0}, "above 0"),
            ({"tau": 2}, "(0, 1]"),
            ({"tau": "small"}, "--tau"),
            ({"l0": 0}, "from 1 to 4,096"),
            ({"l0": 10**11}, "from 1 to 4,096"),
            ({"out": ""}, "--out"),
            ({"out": "/"}, "--out"),
            ({"out": "/proc/x"}, "/proc"),
            ({"out": "x" * 300}, "x" * 300),
            ({"seed": 10**23}, "seed"),
            ({"layer": "1,,2"}, "--layer"),
            ({"loss": "cosine"}, "2/d"),
            ({"device": "meta"}, "meta"),
            ({"corpus": "missing.txt"}, "missing.txt"),
            ({"max_atoms": 0}, "at least 1"),
            ({"max_tokens": 0}, "at least 1"),
            ({"sequence_length": 5000}, "out of range"),
            ({"device": "abacus"}, "abacus"),
        ],
    )
    def test_arguments(self, build, changes, says):
        assert says in build(**changes)

    def test_a_folder_that_is_no_model(self, build, tmp_path):
        assert "config.json" in build(model=tmp_path)

    def test_hub_out_of_reach(self, build):
        began = time.monotonic()
        line = build(model="EleutherAI/pythia-70m")
        assert "EleutherAI/pythia-70m" in line
        assert time.monotonic() - began < 20  # not the 23-46 s of retries

    @pytest.mark.parametrize(
        "content", [b"", b"  \n\n ", b"\x00\x01\x02\xff" * 50, "größer".encode("latin-1")]
    )
    def test_corpora(self, build, tmp_path, content):
        file = tmp_path / "corpus.txt"
        file.write_bytes(content)
        assert "corpus.txt" in build(corpus=file)

    def test_a_text_without_tokens_is_not_a_matter_of_tau(self, build, tmp_path):
        file = tmp_path / "corpus.txt"
        file.write_text("<|endoftext|>\n\n<|endoftext|>")
        line = build(corpus=file)
        assert "corpus.txt has no tokens for tiny-causal" in line and "tau" not in line

    def test_out_exists(self, capsys, built, tiny_causal, corpus):
        given = BUILD | {"--model": tiny_causal, "--corpus": corpus, "--out": built}
        flat = (part for pair in given.items() for part in pair)
        assert "exists already" in refused(capsys, "build", *flat)

    def test_disk_full(self, build, monkeypatch):
        def full(*_args, **_kwargs):
            raise OSError(28, "No space left on device")

        monkeypatch.setattr("pyarrow.parquet.write_table", full)
        assert "disk is full" in build()


def test_stopped_between_two_saves(tmp_path, tiny_causal, corpus, monkeypatch):
    """Several layers, the disk full at the second: --resume saves what is missing."""
    common = ["build", "--model", tiny_causal, "--layer", "0,2", "--corpus", corpus]
    common += ["--tau", 0.1, "--l0", 4, "--out", tmp_path / "two"]
    save, saved = Dictionary.save, []

    def full_at_the_second(self, path, half=False):
        if saved:
            raise OSError(28, "No space left on device")
        saved.append(path)
        return save(self, path, half)

    monkeypatch.setattr(Dictionary, "save", full_at_the_second)
    assert run(*common) == 2
    monkeypatch.setattr(Dictionary, "save", save)
    assert run(*common) == 2  # what is there is not overwritten
    assert run(*common, "--resume") == 0
    assert sorted(p.name for p in tmp_path.iterdir()) == ["two-layer0", "two-layer2"]


def test_out_of_memory_can_be_ended_there(tmp_path, tiny_causal, corpus, monkeypatch, capsys):
    """The advice the message gives can be followed."""
    common = ["build", "--model", tiny_causal, "--layer", 1, "--corpus", corpus, "--tau", 0.02]
    common += ["--l0", 4, "--out", tmp_path / "d", "--checkpoint-seconds", 0]
    monkeypatch.setattr(
        "itda_core.construction.admission.available_bytes", lambda: int(4 * 900**2 / 0.9)
    )
    line = refused(capsys, *common)
    most = line.split("--max-atoms ")[1].split(",")[0]
    assert run(*common, "--resume", "--max-atoms", most) == 0
    assert Dictionary.load(tmp_path / "d").n_atoms == int(most)


@pytest.mark.parametrize("kill", [signal.SIGINT, signal.SIGKILL])
def test_stopped_and_resumed(kill, tmp_path, tiny_causal):
    """A process stopped in the middle leaves no half dictionary, and --resume ends the same."""
    corpus = tmp_path / "long.txt"
    corpus.write_text("\n\n".join(sentences(2500, seed=2)), encoding="utf-8")
    common = ["build", "--model", tiny_causal, "--layer", 1, "--corpus", corpus]
    common += ["--tau", 0.04, "--l0", 6, "--checkpoint-seconds", 0]
    assert run(*common, "--out", tmp_path / "whole") == 0
    out = tmp_path / "out"
    process = spawn(*common, "--out", out)
    assert process.stderr is not None
    process.stderr.readline()  # the first progress: it is at work
    process.send_signal(kill)
    _, err = process.communicate(timeout=60)
    assert not out.exists()
    if kill == signal.SIGINT:
        assert process.returncode == 130
        assert "Traceback" not in err and "--resume" in err
    assert run(*common, "--out", out, "--resume") == 0
    whole, again = Dictionary.load(tmp_path / "whole"), Dictionary.load(out)
    assert torch.equal(whole.atoms, again.atoms) and torch.equal(whole.rows, again.rows)
    leftovers = {p.name for p in tmp_path.iterdir()} - {"whole", "out", "long.txt"}
    assert not leftovers

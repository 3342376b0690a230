"""The command line: what it prints, how it ends, and that bad input costs one line."""

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch
from damage import change_byte, edit_head
from small import sentences

from itda_core import Dictionary
from itda_core.commands.main import main

ROOT = Path(__file__).parent.parent


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


def run(*arguments) -> int:
    """``main``, with argparse's own exit as a status."""
    try:
        return main([str(a) for a in arguments])
    except SystemExit as stop:
        return int(stop.code or 0)


def refused(capsys, *arguments) -> str:
    """Run what must be refused: status 2, one line on stderr, nothing on stdout."""
    capsys.readouterr()
    status = run(*arguments)
    output = capsys.readouterr()
    assert status == 2, output
    assert output.out == ""
    lines = [line for line in output.err.splitlines() if line.strip()]
    lines = [line for line in lines if "tokens/s" not in line]  # progress, if it got so far
    assert len(lines) == 1, output.err
    return lines[0]


def spawn(*arguments) -> subprocess.Popen:
    return subprocess.Popen(
        [sys.executable, "-m", "itda_core", *map(str, arguments)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # A shell's background jobs ignore Ctrl+C, and so would what they start.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )


def test_help_loads_nothing_heavy():
    code = (
        "import sys; from itda_core.commands.main import main\n"
        "try: main(['--help'])\n"
        "except SystemExit: pass\n"
        "heavy = {'torch', 'numpy', 'pandas', 'transformers', 'numba', 'duckdb'}\n"
        "print('HEAVY', sorted(heavy & set(sys.modules)))"
    )
    out = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert "HEAVY []" in out.stdout
    for command in ("build", "encode", "evaluate", "models", "tinyworld"):
        assert command in out.stdout


@pytest.mark.parametrize("command", ["build", "encode", "evaluate", "models", "tinyworld"])
def test_every_option_has_help(command, capsys):
    assert run(command, "--help") == 0
    text = capsys.readouterr().out
    lines = text[text.index("options:") :].splitlines()
    for line, following in zip(lines, [*lines[1:], ""], strict=True):
        if line.startswith("  -"):  # an option's help is behind it, or on the next line
            assert "  " in line.strip() or following.startswith("        "), line


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


def test_encode_json_is_the_decomposition(built, tiny_causal, capsys):
    prompt = "The teacher visits the river at night."
    assert run("encode", "--dictionary", built, "--prompt", prompt, "--json", "--l0", 4) == 0
    result = json.loads(capsys.readouterr().out)
    assert result["l0"] == 4 and result["model"] == "tiny-causal" and result["layer"] == 1
    assert "".join(t["token"] for t in result["tokens"]) == prompt
    # Reconstruct from the printed atoms and compare with the activation itself.
    from itda_core import load_model
    from itda_core.text.corpus import Prompt

    dictionary = Dictionary.load(built)
    batch = next(iter(load_model(tiny_causal).activations([Prompt("", prompt, 0, "")], [1])))
    for token, x in zip(result["tokens"], batch.x[1], strict=True):
        x_hat = sum(a["coefficient"] * dictionary.atoms[a["atom"]] for a in token["atoms"])
        loss = float((x - x_hat).square().sum() / x.square().sum())
        assert loss == pytest.approx(token["loss"], abs=1e-4)
        assert token["explained"] == pytest.approx(1 - loss, abs=1e-4)
        assert sum(a["share"] for a in token["atoms"]) == pytest.approx(1 - loss, abs=1e-4)


def test_encode_for_people(built, capsys):
    assert run("encode", "--dictionary", built, "--prompt", "My friend\x1b[31m paints.") == 0
    out = capsys.readouterr().out
    assert "explained" in out and "[" in out
    assert "\x1b" not in out  # a terminal must not obey a prompt


def test_evaluate(built, corpus, capsys):
    arguments = ["--dictionary", built, "--corpus", corpus, "--method", "mp,omp", "--l0", "2,6"]
    assert run("evaluate", *arguments, "--max-tokens", 800, "--ce-tokens", 300, "--json") == 0
    output = capsys.readouterr()
    assert "was built on this corpus" in output.err
    rows = json.loads(output.out)["rows"]
    assert [(r["method"], r["l0"]) for r in rows] == [("mp", 2), ("mp", 6), ("omp", 2), ("omp", 6)]
    assert rows[0]["fvu"] > rows[1]["fvu"] > 0 and rows[2]["fvu"] >= rows[3]["fvu"]
    assert rows[1]["ce_score"] > rows[0]["ce_score"] - 0.05
    assert run("evaluate", *arguments, "--max-tokens", 200, "--ce-tokens", 100) == 0
    assert "FVU" in capsys.readouterr().out


def test_models(tiny_causal, capsys):
    assert run("models", tiny_causal.parent, "--json") == 0
    found = json.loads(capsys.readouterr().out)["models"]
    assert any(m["name"] == "tiny-causal" and m["n_layers"] == 3 for m in found)


def test_a_model_that_moved_is_found_beside_its_dictionary(built, tiny_causal, tmp_path, capsys):
    import shutil

    (tmp_path / "dictionaries").mkdir()
    folder = tmp_path / "dictionaries" / "one"
    shutil.copytree(built, folder)
    edit_head(folder, model_path="/nowhere/tiny-causal")
    line = refused(capsys, "encode", "--dictionary", folder, "--prompt", "x")
    assert "the model of this dictionary was not found" in line
    shutil.copytree(tiny_causal, tmp_path / "models" / "tiny-causal")
    assert run("encode", "--dictionary", folder, "--prompt", "x") == 0


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

    def test_out_exists(self, capsys, built, tiny_causal, corpus):
        given = BUILD | {"--model": tiny_causal, "--corpus": corpus, "--out": built}
        flat = (part for pair in given.items() for part in pair)
        assert "exists already" in refused(capsys, "build", *flat)

    def test_disk_full(self, build, monkeypatch):
        def full(*_args, **_kwargs):
            raise OSError(28, "No space left on device")

        monkeypatch.setattr("pyarrow.parquet.write_table", full)
        assert "disk is full" in build()


class TestBadPrompts:
    @pytest.mark.parametrize(("prompt", "says"), [("", "empty"), (" \n ", "empty")])
    def test_refused(self, capsys, built, prompt, says):
        assert says in refused(capsys, "encode", "--dictionary", built, "--prompt", prompt)

    def test_too_long(self, capsys, built):
        line = refused(capsys, "encode", "--dictionary", built, "--prompt", "word " * 20_000)
        assert "100,000 characters" in line

    @pytest.mark.parametrize(
        "prompt",
        ["a", "🙂👩‍👩‍👧 family", "שלום עולם", "a\x00b", "<script>alert(1)</script>", "é" * 300],
    )
    def test_answered(self, capsys, built, prompt):
        assert run("encode", "--dictionary", built, "--prompt", prompt, "--json") == 0
        result = json.loads(capsys.readouterr().out)
        assert result["prompt"] == prompt and result["tokens"]

    def test_longer_than_the_model_reads(self, capsys, built):
        prompt = "the cat sees the river. " * 200
        assert run("encode", "--dictionary", built, "--prompt", prompt, "--json") == 0
        result = json.loads(capsys.readouterr().out)
        assert result["truncated"] and len(result["tokens"]) == 256


@pytest.mark.parametrize(
    ("damage", "says"),
    [
        (change_byte, "sha256"),
        (lambda f: edit_head(f, layer="1"), "layer is '1'"),
        (lambda f: edit_head(f, loss="huber"), "relative, squared, cosine"),
        (
            lambda f: edit_head(f, files={"../atoms.safetensors": "0", "atoms.safetensors": "0"}),
            "outside",
        ),
        (lambda f: (f / "dictionary.json").write_text("[" * 100_000), "damaged"),
        (lambda f: edit_head(f, format_version=7), "format 7"),
        (lambda f: (f / "atoms.safetensors").unlink(), "is missing"),
    ],
)
def test_damaged_dictionaries(capsys, built, tmp_path, damage, says):
    import shutil

    folder = tmp_path / "copy"
    shutil.copytree(built, folder)
    damage(folder)
    assert says in refused(capsys, "encode", "--dictionary", folder, "--prompt", "x")


def test_a_dictionary_of_another_model(capsys, built, minilm_path):
    line = refused(capsys, "encode", "--dictionary", built, "--prompt", "x", "--model", minilm_path)
    assert "width 32" in line


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

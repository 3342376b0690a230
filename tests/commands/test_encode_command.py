"""``encode``: what it prints, and the prompts and dictionaries that it refuses."""

import io
import json
import os
import shutil
import sys

import pytest
from commandline import refused, run
from damage import change_byte, edit_head

from itda_core import Dictionary


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


def test_new_is_said_as_built_whatever_is_asked_for(built, capsys):
    foreign = ["--dictionary", built, "--prompt", "The old dog zzzz"]
    found = []
    for coding in ([], ["--l0", 1], ["--l0", 40, "--method", "omp"]):
        assert run("encode", *foreign, *coding, "--json") == 0
        result = json.loads(capsys.readouterr().out)
        novel = [token["novel"] for token in result["tokens"]]
        losses = [token["loss_as_built"] for token in result["tokens"]]
        assert novel == [loss > result["tau"] for loss in losses]
        found.append((novel, [round(loss, 4) for loss in losses]))
        assert run("encode", *foreign, *coding) == 0
        out = capsys.readouterr().out
        assert out.count(" new ") == sum(novel) > 0
        l0 = result["l0_as_built"]
        assert f"new: would have become an atom, loss > tau {result['tau']:g} with L0 {l0}" in out
    assert found[0] == found[1] == found[2]


def test_encode_for_people(built, capsys):
    assert run("encode", "--dictionary", built, "--prompt", "My friend\x1b[31m paints.") == 0
    out = capsys.readouterr().out
    assert "explained" in out and "[" in out
    assert "\x1b" not in out  # a terminal must not obey a prompt


def test_a_model_that_moved_is_found_beside_its_dictionary(built, tiny_causal, tmp_path, capsys):
    (tmp_path / "dictionaries").mkdir()
    folder = tmp_path / "dictionaries" / "one"
    shutil.copytree(built, folder)
    edit_head(folder, model_path="/nowhere/tiny-causal")
    line = refused(capsys, "encode", "--dictionary", folder, "--prompt", "x")
    assert "the model of this dictionary was not found" in line
    shutil.copytree(tiny_causal, tmp_path / "models" / "tiny-causal")
    assert run("encode", "--dictionary", folder, "--prompt", "x") == 0


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


class TestStandardInput:
    @pytest.fixture
    def encode(self, built, monkeypatch):
        def given(data: bytes, *options) -> tuple:
            stdin = io.TextIOWrapper(io.BytesIO(data), encoding="ascii")  # whatever the terminal's
            monkeypatch.setattr("sys.stdin", stdin)
            return ("encode", "--dictionary", built, "--prompt", "-", *options)

        return given

    @pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
    def test_it_is_utf8_and_a_byte_order_mark_is_no_text(self, encode, capsys, mark):
        text = "größer 🪁\n"
        assert run(*encode(mark + text.encode(), "--json")) == 0
        result = json.loads(capsys.readouterr().out)
        assert result["prompt"] == text and result["tokens"][0]["char_start"] == 0

    @pytest.mark.parametrize(
        ("data", "says"),
        [
            ("größer".encode("latin-1"), "standard input is not UTF-8 at byte 2"),
            ("text".encode("utf-16"), "standard input is not UTF-8 at byte 0"),
            (b"", "the prompt is empty"),
            (b"\xef\xbb\xbf", "the prompt is empty"),
        ],
    )
    def test_refused(self, encode, capsys, data, says):
        assert says in refused(capsys, *encode(data))

    def test_it_is_read_no_further_than_a_prompt_may_reach(self, encode, capsys):
        command = encode(b"x" * 200_000)
        assert "more than the 20,000 characters" in refused(capsys, *command)
        assert len(sys.stdin.buffer.read()) > 100_000


def test_a_prompt_of_other_bytes_is_called_what_it_is(built, capsys):
    prompt = os.fsdecode("größer".encode("latin-1"))
    assert "--prompt is not UTF-8" in refused(
        capsys, "encode", "--dictionary", built, "--prompt", prompt
    )
    assert "half a surrogate pair" in refused(
        capsys, "encode", "--dictionary", built, "--prompt", "a\ud83d"
    )


@pytest.mark.parametrize(
    ("damage", "says"),
    [
        (change_byte, "sha256"),
        (lambda f: edit_head(f, layer="1"), "layer is '1'"),
        (lambda f: edit_head(f, loss="huber"), "relative, squared, cosine"),
        (lambda f: edit_head(f, pursuit="lasso"), "mp, omp"),
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
    folder = tmp_path / "copy"
    shutil.copytree(built, folder)
    damage(folder)
    assert says in refused(capsys, "encode", "--dictionary", folder, "--prompt", "x")


def test_a_dictionary_of_another_model(capsys, built, minilm_path):
    line = refused(capsys, "encode", "--dictionary", built, "--prompt", "x", "--model", minilm_path)
    assert "width 32" in line

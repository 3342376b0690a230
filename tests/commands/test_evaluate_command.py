"""``evaluate``: a row for each method and budget."""

import json

import pytest
from commandline import run

from itda_core import Dictionary


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
    printed = capsys.readouterr().out
    assert "FVU" in printed and "w/o sinks" not in printed
    assert "no attention sinks: no token has more than 10 times the median norm" in printed


def test_evaluate_where_first_tokens_are_sinks(sink_path, corpus, tmp_path, capsys):
    """Built with them and without, FVU of the others is much the same; FVU of all is not."""
    common = ["--model", sink_path, "--layer", 1, "--corpus", corpus, "--tau", 0.2, "--l0", 6]
    out = [tmp_path / "kept", tmp_path / "skipped"]
    assert run("build", *common, "--out", out[0]) == 0
    assert run("build", *common, "--skip-sinks", "--out", out[1]) == 0
    assert [Dictionary.load(one).recipe.sink_norm is None for one in out] == [True, False]
    options = ["--corpus", corpus, "--l0", 6, "--max-tokens", 800, "--ce-tokens", 50]
    capsys.readouterr()
    assert run("evaluate", "--dictionary", *out, *options, "--json") == 0
    results = json.loads(capsys.readouterr().out)["dictionaries"]
    kept, skipped = (result["rows"][0] for result in results)
    assert kept["sinks"] == skipped["sinks"] > 30
    assert 10 * kept["fvu"] < kept["fvu_without_sinks"] and 10 * kept["fvu"] < skipped["fvu"]
    assert skipped["fvu_without_sinks"] < 1.2 * kept["fvu_without_sinks"]
    assert run("evaluate", "--dictionary", out[0], *options) == 0
    printed = capsys.readouterr().out
    assert f"{kept['fvu']:.4f} {kept['fvu_without_sinks']:10.4f}" in printed
    says = f"w/o sinks: {kept['sinks']} attention sinks, tokens of more than 10 times the median"
    assert says in printed


def test_losses_of_every_size_are_printed_with_three_digits(tmp_path, tiny_causal, corpus, capsys):
    arguments = ["--model", tiny_causal, "--layer", 1, "--corpus", corpus, "--l0", 4]
    for loss, tau in (("cosine", 0.004), ("squared", 30)):
        out = tmp_path / loss
        assert run("build", *arguments, "--loss", loss, "--tau", tau, "--out", out) == 0
        asked = ["--dictionary", out, "--corpus", corpus, "--l0", "1,4", "--ce-tokens", 50]
        capsys.readouterr()
        assert run("evaluate", *asked, "--max-tokens", 400, "--json") == 0
        rows = json.loads(capsys.readouterr().out)["rows"]
        assert run("evaluate", *asked, "--max-tokens", 400) == 0
        lines = capsys.readouterr().out.splitlines()[1:3]
        for row, line in zip(rows, lines, strict=True):
            printed = [float(word.replace(",", "")) for word in line.split()[4:7]]
            exact = [row["loss_mean"], row["loss_p95"], row["loss_p99"]]
            assert printed == pytest.approx(exact, rel=5e-3)
        assert rows[0]["novel"] is None and lines[0].split()[7] == "-"
        assert rows[1]["novel"] is not None and lines[1].split()[7].endswith("%")

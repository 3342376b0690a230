"""``evaluate``: a row for each method and budget."""

import json

import pytest
from commandline import run


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

"""``evaluate``: a row for each method and budget."""

import json

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

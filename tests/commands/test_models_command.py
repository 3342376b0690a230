"""``models``: what is found in a folder."""

import json

from commandline import run


def test_models(tiny_causal, capsys):
    assert run("models", tiny_causal.parent, "--json") == 0
    found = json.loads(capsys.readouterr().out)["models"]
    assert any(m["name"] == "tiny-causal" and m["n_layers"] == 3 for m in found)

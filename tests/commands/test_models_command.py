"""``models``: what is found in a folder."""

import json

import pytest
from commandline import refused, run


def test_models(tiny_causal, capsys):
    assert run("models", tiny_causal.parent, "--json") == 0
    found = json.loads(capsys.readouterr().out)["models"]
    assert any(m["name"] == "tiny-causal" and m["n_layers"] == 3 for m in found)


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["--fresh"], "--fresh is for --survey; add --survey or leave it out"),
        (["--family", "gpt2"], "--family is for --survey; add --survey or leave it out"),
        (["--survey", "somewhere"], "--survey looks into no folder"),
        (["--survey", "--out", "nowhere/table.md"], "nowhere: no such folder"),
    ],
)
def test_options_of_a_survey_are_checked(arguments, line, capsys):
    assert refused(capsys, "models", *arguments).startswith(line)


def test_a_survey_tells_what_it_found_and_what_is_left(tmp_path, capsys, monkeypatch):
    from itda_core.models.survey import run as survey
    from itda_core.models.survey.families import Family
    from itda_core.models.survey.rows import REFUSED, Row

    families = [Family("gpt2", "GPT2LMHeadModel"), Family("t5", "T5Model")]

    def found(some, version, work):
        return (Row(*f, transformers=version, verdict=REFUSED, reason="for a test") for f in some)

    monkeypatch.setattr(survey, "text_families", lambda: families)
    monkeypatch.setattr(survey, "try_families", found)
    command = ("models", "--survey", "--out", tmp_path / "table.md")
    assert run(*command, "--family", "T5Model") == 0
    output = capsys.readouterr()
    assert output.err == "1/1  t5  T5Model  refused: for a test\n"
    assert "1 architectures have no row yet; run without --family" in output.out
    assert "gpt3: no text architecture" in refused(capsys, *command, "--family", "gpt3")
    assert run(*command, "--json") == 0
    document = json.loads(capsys.readouterr().out)
    assert document["written"] and [a["model_type"] for a in document["architectures"]] == [
        "gpt2",
        "t5",
    ]
    assert "| `t5` | T5Model | – | – | refused: for a test |" in (tmp_path / "table.md").read_text()

"""The commands ``corpus`` and ``train``."""

import argparse
import json

from tinyworld.cli import add, main


def test_corpus_writes_json_lines(tmp_path, capsys):
    out = tmp_path / "corpus.jsonl"
    assert main(["corpus", "--documents", "3", "--seed", "2", "--out", str(out)]) == 0
    lines = [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]
    assert [line["id"] for line in lines] == ["tinyworld-2-0", "tinyworld-2-1", "tinyworld-2-2"]
    assert set(lines[0]) == {"id", "kind", "text", "spans"}
    start, end, tag = lines[0]["spans"][-1]
    assert 0 <= start < end <= len(lines[0]["text"]) and isinstance(tag, str)
    assert main(["corpus", "--documents", "1", "--kind", "recipe"]) == 0
    assert json.loads(capsys.readouterr().out)["kind"] == "recipe"


def test_bad_input_is_one_line_and_status_two(tmp_path, capsys):
    assert main(["corpus", "--kind", "opera"]) == 2
    assert main(["corpus", "--out", str(tmp_path / "no" / "folder.jsonl")]) == 2
    assert main(["train", "--out", str(tmp_path)]) == 2
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 3 and "opera" in lines[0] and "exists already" in lines[2]


def test_it_joins_a_larger_command_line():
    parser = argparse.ArgumentParser()
    add(parser.add_subparsers().add_parser("tinyworld"))
    arguments = parser.parse_args(["tinyworld", "corpus", "--documents", "0"])
    assert arguments.run(arguments) == 0

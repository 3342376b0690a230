"""The command line as a whole: quick to help, and every option explained."""

import subprocess
import sys

import pytest
from commandline import ROOT, refused, run

from itda_core.errors import InputError, one_line, refusal_of


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


@pytest.mark.parametrize("closed", ["stdout", "stderr"])
def test_a_closed_stream_is_no_fault(closed, monkeypatch, capsys):
    monkeypatch.setattr(sys, closed, None)
    assert run("models", "--json") == 0
    assert run("models", "no/such/folder") == 2


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["tinyworld", "corpus", "--documents", "9" * 40], "documents cannot be made"),
        (["build", "--max-tokens", "9" * 5000], "invalid int value"),
        (["models", "\x1b[31m\udce9\n" * 3], r"\x1b[31m\udce9"),
        (["build", "--lay\x1b"], "required"),
    ],
)
def test_whatever_is_typed_is_refused_in_one_line_of_plain_characters(arguments, says, capsys):
    line = refused(capsys, *arguments)
    assert says in line and line.isprintable() and len(line) < 1100


def test_a_message_is_one_line_that_can_be_shown_anywhere():
    assert one_line("a\n  b\x85c\u2028d\r\n") == "a b c d"
    assert one_line("two  spaces, größer 🪁 👩\u200d👧") == "two  spaces, größer 🪁 👩\u200d👧"
    assert one_line("\ufeffx\u202ey\ud83d\0") == r"\ufeffx\u202ey\ud83d\x00"
    long = one_line("begin" + "x" * 10**6 + "end")
    assert len(long) < 1100 and long.startswith("begin") and long.endswith("end")
    assert str(InputError("a\nb")) == "a b"
    assert "disk is full" in str(refusal_of(OSError(28, "No space left")))
    assert refusal_of(OSError("no number")) is None
    assert "(Permission denied)" in str(
        refusal_of(PermissionError(13, "Permission denied", "a\nb"))
    )

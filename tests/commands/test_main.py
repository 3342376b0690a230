"""The command line as a whole: quick to help, and every option explained."""

import subprocess
import sys

import pytest
from commandline import ROOT, run


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

"""Running commands in this process and in one of their own."""

import signal
import subprocess
import sys
from pathlib import Path

from itda_core.commands.main import main

ROOT = Path(__file__).parents[2]


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

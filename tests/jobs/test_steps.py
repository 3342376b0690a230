"""Steps: what is there is passed over, and a command run as a process of its own."""

import signal
import subprocess
import sys
import time
from pathlib import Path

from itda_core.jobs.steps import Step, run

ROOT = Path(__file__).parents[2]


def test_a_step_is_done_when_all_it_makes_is_there(tmp_path):
    step = Step(("build",), (tmp_path / "a", tmp_path / "b"))
    assert not Step(("atoms",), ()).done and not step.done
    (tmp_path / "a").touch()
    assert not step.done
    (tmp_path / "b").touch()
    assert step.done


def test_a_command_runs_as_a_process_whose_output_is_no_output_of_ours(capfd):
    assert run(Step(("tinyworld", "corpus", "--documents", "1"), ())) == 0
    out, err = capfd.readouterr()
    assert out == "" and err.startswith('{"id": "tinyworld-0-0"')
    assert run(Step(("tinyworld", "corpus", "--kind", "no-such-kind"), ())) == 2
    assert "no-such-kind" in capfd.readouterr().err


def test_interrupted_it_ends_the_command_first(tmp_path):
    """The signal reaches the program that runs the step and no other."""
    out = tmp_path / "corpus.jsonl"
    code = (
        "from itda_core.jobs import steps; steps.STOP_SECONDS = 0.1\n"
        "command = ('tinyworld', 'corpus', '--documents', '100000000', '--out', "
        f"{str(out)!r})\n"
        "steps.run(steps.Step(command, ()))"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code],
        cwd=ROOT,
        stderr=subprocess.PIPE,
        text=True,
        # A shell's background jobs ignore Ctrl+C, and so would what they start.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    end = time.monotonic() + 60
    while not (out.exists() and out.stat().st_size) and time.monotonic() < end:
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    said = process.communicate(timeout=60)[1]
    assert process.returncode != 0 and "interrupted" in said
    size = out.stat().st_size
    time.sleep(0.3)
    assert out.stat().st_size == size > 0

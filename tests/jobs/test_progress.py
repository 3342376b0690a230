"""Progress told to the program that started a command."""

import os

import pytest

from itda_core.jobs.progress import PROGRESS_FILE, ProgressReporter


def test_a_command_ends_when_its_program_is_gone(tmp_path, monkeypatch):
    monkeypatch.setenv(PROGRESS_FILE, str(tmp_path / "progress.json"))
    progress = ProgressReporter()
    progress.begin("waiting")
    assert (tmp_path / "progress.json").read_text() == '{"doing": "waiting"}'
    monkeypatch.setattr(os, "getppid", lambda: 1)
    with pytest.raises(KeyboardInterrupt):
        progress.begin("going on")

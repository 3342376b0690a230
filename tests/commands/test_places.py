"""Where commands write: what cannot be written shows before the work, and no work is lost."""

import json
import os
import shutil
import subprocess
import sys
import threading
import time

import pytest
import torch
from commandline import ROOT, refused, run

from itda_core import Dictionary
from itda_core.construction.job import BuildJob
from itda_core.errors import InputError
from itda_core.files import held, write_atomic


@pytest.fixture
def build(tiny_causal, corpus):
    """The arguments of a small build of layer 1, but for ``--out``."""
    return [
        "build",
        "--model",
        tiny_causal,
        "--layer",
        1,
        "--corpus",
        corpus,
        "--tau",
        0.2,
        "--l0",
        4,
    ]


@pytest.fixture
def no_work(monkeypatch):
    """Whoever begins to work fails."""

    def begun(*_args, **_options):
        raise AssertionError("the work was begun")

    monkeypatch.setattr("itda_core.models.load_model", begun)
    monkeypatch.setattr("itda_core.models.of_dictionary.load_model_of", begun)


@pytest.fixture
def read_only(monkeypatch):
    """No folder can be made, whoever runs this."""

    def refuse(*_args, **_options):
        raise PermissionError(13, os.strerror(13), "somewhere")

    monkeypatch.setattr("tempfile.mkdtemp", refuse)


class TestBeforeTheWork:
    @pytest.mark.parametrize("name", ["x" * 250, os.fsdecode(b"caf\xe9"), "text.txt/d", "dangling"])
    def test_build(self, name, capsys, build, tmp_path, no_work):
        (tmp_path / "text.txt").touch()
        (tmp_path / "dangling").symlink_to(tmp_path / "nothing")
        before = sorted(tmp_path.iterdir())
        assert "--out" in refused(capsys, *build, "--out", tmp_path / name)
        assert sorted(tmp_path.iterdir()) == before

    def test_build_where_checkpoints_cannot_be_kept(self, capsys, build, tmp_path, no_work):
        (tmp_path / ".d.checkpoint").touch()
        line = refused(capsys, *build, "--out", tmp_path / "d")
        assert ".d.checkpoint is in the way" in line

    def test_build_of_a_model_whose_name_cannot_be_noted(
        self, capsys, build, tmp_path, tiny_causal, no_work
    ):
        odd = tmp_path / os.fsdecode(b"mod\xe8le")
        odd.symlink_to(tiny_causal, target_is_directory=True)
        shutil.copytree(tiny_causal, tmp_path / os.fsdecode(b"\xff"))
        build[2] = tmp_path / os.fsdecode(b"\xff")
        line = refused(capsys, *build, "--out", tmp_path / "d")
        assert "not UTF-8" in line and "rename the folder" in line

    def test_a_read_only_folder(self, capsys, build, built, corpus, tmp_path, no_work, read_only):
        held_out = ["--dictionary", built, "--corpus", corpus]
        for command in (
            [*build, "--out", tmp_path / "d"],
            ["evaluate", *held_out, "--out", tmp_path / "e.json"],
            ["statistics", *held_out],
            ["tinyworld", "train", "--out", tmp_path / "m"],
            ["tinyworld", "release", "--data", tmp_path / "d", "--work", tmp_path / "w"],
            ["tinyworld", "corpus", "--out", tmp_path / "c.jsonl"],
        ):
            assert "cannot be written (Permission denied)" in refused(capsys, *command)

    @pytest.mark.parametrize(
        ("place", "says"),
        [
            (".", "is a folder"),
            ("no/e.json", "cannot be written"),
            ("x" * 250, "cannot be written"),
        ],
    )
    def test_evaluate(self, place, says, capsys, built, corpus, tmp_path, no_work):
        command = ["evaluate", "--dictionary", built, "--corpus", corpus]
        assert says in refused(capsys, *command, "--out", tmp_path / place)
        assert list(tmp_path.iterdir()) == []

    def test_corpus_leaves_the_old_file_where_nothing_can_be_made(self, capsys, tmp_path):
        out = tmp_path / "c.jsonl"
        out.write_text("mine")
        refused(capsys, "tinyworld", "corpus", "--kind", "opera", "--out", out)
        assert out.read_text() == "mine"


class TestTwoBuildsToOnePlace:
    def test_the_second_is_refused_and_the_first_goes_on(self, capsys, build, tmp_path, no_work):
        out = tmp_path / "d"
        with held(out, "--out"):
            line = refused(capsys, *build, "--out", out)
        assert "is being written by another program" in line
        assert list(tmp_path.iterdir()) == []  # and whoever had it leaves nothing behind

    def test_of_many_at_once_one_has_it_at_a_time(self, tmp_path):
        inside, most, refusals = [0], [0], [0]

        def enter():
            for _ in range(50):
                try:
                    with held(tmp_path / "d", "--out"):
                        inside[0] += 1
                        most[0] = max(most[0], inside[0])
                        time.sleep(0.0005)
                        inside[0] -= 1
                except InputError:
                    refusals[0] += 1

        threads = [threading.Thread(target=enter) for _ in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert most == [1] and refusals[0] > 0

    def test_who_waits_gets_it(self, tmp_path):
        entered = threading.Event()

        def first():
            with held(tmp_path / "d", "--out"):
                entered.set()
                time.sleep(0.2)

        thread = threading.Thread(target=first)
        thread.start()
        entered.wait()
        with held(tmp_path / "d", "--out", seconds=30):
            assert not thread.join() and not thread.is_alive()

    def test_a_program_that_was_killed_holds_nothing(self, capsys, build, tmp_path):
        out = tmp_path / "d"
        code = (
            "import sys, time, pathlib; from itda_core.files import held\n"
            "with held(pathlib.Path(sys.argv[1]), '--out'):\n"
            "    print('held', flush=True), time.sleep(60)"
        )
        other = subprocess.Popen(
            [sys.executable, "-c", code, out], cwd=ROOT, stdout=subprocess.PIPE
        )
        assert other.stdout is not None and other.stdout.readline() == b"held\n"
        assert "is being written by another program" in refused(capsys, *build, "--out", out)
        other.kill()
        other.communicate()
        assert run(*build, "--out", out) == 0
        assert [p.name for p in tmp_path.iterdir()] == ["d"]

    @pytest.mark.parametrize("kind", ["a dictionary", "a folder", "a file"])
    def test_a_place_taken_meanwhile_loses_nothing(
        self, kind, capsys, build, built, tmp_path, monkeypatch
    ):
        """As where a share has no locks: whoever comes second keeps a checkpoint."""
        out, run_job = tmp_path / "d", BuildJob.run

        def run_and_be_overtaken(self, *args, **options):
            dictionaries = run_job(self, *args, **options)
            if kind == "a dictionary":
                shutil.copytree(built, out)
            elif kind == "a folder":
                out.mkdir()
                (out / "mine").touch()
            else:
                out.touch()
            return dictionaries

        assert run(*build, "--out", tmp_path / "expected") == 0
        monkeypatch.setattr(BuildJob, "run", run_and_be_overtaken)
        line = refused(capsys, *build, "--out", out)
        assert "exists already" in line and "add --resume to go on" in line
        monkeypatch.setattr(BuildJob, "run", run_job)
        out.rename(tmp_path / "theirs")
        assert run(*build, "--out", out, "--resume") == 0
        expected, made = Dictionary.load(tmp_path / "expected"), Dictionary.load(out)
        assert torch.equal(expected.atoms, made.atoms)


def test_a_full_disk_at_the_end_keeps_the_work(capsys, build, tmp_path, monkeypatch):
    save = Dictionary.save

    def full(*_args, **_options):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Dictionary, "save", full)
    line = refused(capsys, *build, "--out", tmp_path / "d")
    assert "the disk is full" in line and "--resume" in line
    monkeypatch.setattr(Dictionary, "save", save)
    assert run(*build, "--out", tmp_path / "d", "--resume") == 0
    assert [p.name for p in tmp_path.iterdir()] == ["d"]


def test_a_home_folder_is_meant_by_a_tilde(build, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    assert run(*build, "--out", "~/d") == 0
    assert [p.name for p in tmp_path.iterdir()] == ["d"]
    assert run("encode", "--dictionary", "~/d", "--prompt", "x", "--json") == 0
    assert json.loads(capsys.readouterr().out.splitlines()[-1])["dictionary"] == "d"
    assert "no folder" in refused(
        capsys, "encode", "--dictionary", "~nobody-here/d", "--prompt", "x"
    )


def test_a_device_is_written_as_it_is_and_a_link_stays_one(tmp_path):
    write_atomic(tmp_path / "real", "old")
    (tmp_path / "link").symlink_to("real")
    write_atomic(tmp_path / "link", "new")
    assert (tmp_path / "link").is_symlink() and (tmp_path / "real").read_text() == "new"
    (tmp_path / "null").symlink_to(os.devnull)
    write_atomic(tmp_path / "null", "gone")
    assert (tmp_path / "null").is_symlink() and (tmp_path / "null").is_char_device()

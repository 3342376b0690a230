"""Asking the disk about paths that anybody may have written, and writing whole or not."""

import os

import pytest
from stranger import run_as_stranger

from itda_core import files
from itda_core.errors import InputError, line_of

ODD = [
    "",
    "\0",
    "a" * 300,
    "b/" * 3000,
    "\ud800",
    "~nobody-of-this-name/x",
    "~\0",
    "/proc/1/root/x",
]


@pytest.mark.parametrize("path", ODD, ids=range(len(ODD)))
def test_no_path_is_too_odd_to_be_asked_about(path):
    assert not files.exists_safely(path)
    assert not files.is_file_safely(path) and not files.is_folder_safely(path)
    assert not files.is_link_safely(path)
    assert files.names_safely(path + "/none") == []
    files.resolve_safely(files.expand_safely(path))


def test_what_may_not_be_read_is_not_there(tmp_path):
    (tmp_path / "shut").mkdir(mode=0)
    said = run_as_stranger(
        "from itda_core.files import exists_safely, is_file_safely, names_safely; "
        f"shut = {str(tmp_path / 'shut')!r}; print(exists_safely(shut + '/x'), names_safely(shut))"
    )
    assert said.stdout == "False []\n", said.stderr


def test_a_small_file_is_a_file_and_small(tmp_path):
    (tmp_path / "text").write_text("héllo", encoding="utf-8")
    assert files.read_small(tmp_path / "text") == "héllo"
    (tmp_path / "link").symlink_to("text")
    os.mkfifo(tmp_path / "pipe")
    for name in ("link", "pipe", "none", "."):
        with pytest.raises(OSError):
            files.read_small(tmp_path / name)
    with pytest.raises(OSError):
        files.read_small(tmp_path / "text", most=3)


def test_a_link_put_in_the_way_is_not_written_through(tmp_path):
    (tmp_path / "victim").write_text("mine")
    (tmp_path / "state").symlink_to("victim")
    files.write_own(tmp_path / "state", "new")
    assert (tmp_path / "victim").read_text() == "mine"
    assert (tmp_path / "state").read_text() == "new" and len(list(tmp_path.iterdir())) == 2


def test_what_cannot_be_written_leaves_nothing(tmp_path, monkeypatch):
    (tmp_path / "state").mkdir()  # a file cannot take its place
    with pytest.raises(OSError):
        files.write_own(tmp_path / "state", "new")
    assert [path.name for path in tmp_path.iterdir()] == ["state"]


def test_what_is_printed_is_unicode():
    assert files.printable("caf\udce9 é") == "caf\\udce9 é"


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (OSError(28, "No space left on device"), "the disk is full; free some space and try again"),
        (OSError(30, "Read-only", "/x"), "cannot use /x (Read-only); choose another place"),
        (OSError(5, "Input error"), "cannot use what was asked for (Input error); choose another"),
        (OSError("odd\nthing"), "odd thing"),
        (OSError(), "OSError"),
        (InputError("no"), "no"),
    ],
)
def test_a_refusal_of_the_system_is_one_line(error, line):
    assert line_of(error).startswith(line) and "\n" not in line_of(error)

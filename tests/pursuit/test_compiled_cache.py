"""Compiled loops where nothing can be kept: they are compiled all the same."""

import os
import textwrap

import pytest
from stranger import run_as_stranger

NO_HOME = {"HOME": "/proc/none", "XDG_CACHE_HOME": "/proc/none"}
_COMPILE = """
import importlib.util, sys, tempfile
from pathlib import Path
sys.path.insert(0, {source!r})
spec = importlib.util.spec_from_file_location("cache", "itda_core/pursuit/kernels/cache.py")
cache = importlib.util.module_from_spec(spec)  # alone: PyTorch is not needed
spec.loader.exec_module(cache)
cache.be_modest()
import loops
print(loops.twice(21))
if {damage!r}:
    for file in Path(tempfile.gettempdir()).rglob("*.nb*"):
        file.write_bytes(b"")
    from importlib import reload
    print(reload(loops).twice(22), reload(loops).twice(23))
"""


@pytest.fixture
def source(tmp_path):
    """A module in a folder that may not be written to."""
    folder = tmp_path / "source"
    folder.mkdir()
    (folder / "loops.py").write_text(
        textwrap.dedent("""
            from numba import njit

            @njit(cache=True)
            def twice(x):
                return 2 * x
        """)
    )
    folder.chmod(0o555)
    yield folder
    folder.chmod(0o755)


def test_without_a_home_it_is_kept_in_a_folder_of_ours(source, tmp_path):
    code = _COMPILE.format(source=str(source), damage="damage")
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    said = run_as_stranger(code, **NO_HOME, TMPDIR=str(temporary))
    assert said.stdout == "42\n44 46\n", said.stderr
    (own,) = temporary.iterdir()
    assert own.stat().st_mode & 0o777 == 0o700 and list(own.rglob("*.nbi"))


def test_where_somebody_else_has_the_name_it_is_kept_elsewhere(source, tmp_path):
    (tmp_path / "theirs").mkdir(mode=0o777)
    (tmp_path / "theirs").chmod(0o777)
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    (temporary / f"itda-numba-{os.getuid()}").symlink_to(tmp_path / "theirs")
    code = _COMPILE.format(source=str(source), damage="")
    said = run_as_stranger(code, **NO_HOME, TMPDIR=str(temporary))
    assert said.stdout == "42\n", said.stderr
    assert list((tmp_path / "theirs").iterdir()) == []


def test_where_nothing_can_be_written_nothing_is_kept(source):
    hide = "import tempfile; tempfile.gettempdir = lambda: '/proc/none'\n"
    code = hide + _COMPILE.format(source=str(source), damage="")
    code = code.replace("import loops", "sys.dont_write_bytecode = True; import loops")
    said = run_as_stranger(code, **NO_HOME)
    assert said.stdout == "42\n", said.stderr

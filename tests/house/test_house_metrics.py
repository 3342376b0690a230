"""The measures of the house, on small checkouts with planted faults."""

import subprocess
from pathlib import Path

import house_metrics
import pytest
from house_metrics import entries, fmt_skips, folder_sizes, functions, python_files
from planted import plant

ROOT = Path(__file__).resolve().parents[2]


def test_ignored_and_deleted_files_do_not_count_and_new_ones_do(tmp_path: Path) -> None:
    root = plant(
        tmp_path,
        {
            ".gitignore": "__pycache__/\n",
            "room/__init__.py": "",
            "room/kept.py": "",
            "room/deleted.py": "",
            "room/map.js": "",
            "room/inner/naïve name.py": "",
            "room/__pycache__/kept.py": "",
        },
    )
    subprocess.run(["git", "add", "room/deleted.py", "room/kept.py"], cwd=root, check=True)
    (root / "room/deleted.py").unlink()
    assert python_files(root) == ["room/__init__.py", "room/inner/naïve name.py", "room/kept.py"]
    assert folder_sizes(root) == {".": 1, "room": 3, "room/inner": 1}
    assert entries(root / "room") == ["__init__.py", "inner/", "kept.py", "map.js"]


def test_another_checkout_of_the_environment_is_not_listed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As in a git hook, which sets GIT_DIR for all that it runs."""
    root = plant(tmp_path, {"a.py": ""})
    monkeypatch.setenv("GIT_DIR", str(ROOT / ".git"))
    assert python_files(root) == ["a.py"]


def test_a_folder_outside_git_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="git cannot list"):
        python_files(tmp_path)


def test_only_comments_keep_the_formatter_away(tmp_path: Path) -> None:
    root = plant(
        tmp_path,
        {
            "a.py": 'x = [1,  2]  # fmt: skip\ny = 2  # kept # fmt:skip\nz = "# fmt: skip"\n',
            "b.py": '"""Says # fmt: off."""\n# fmt: off\nx = 1\n# fmt: on\n',
        },
    )
    assert fmt_skips(root) == 3


def test_functions_are_measured_without_decorators_self_and_keywords(tmp_path: Path) -> None:
    file = tmp_path / "long.py"
    long = "\n".join(["def long():", *["    pass"] * 60])
    file.write_text(
        f"""{long}

class Engine:
    @staticmethod
    @cached(
        "two lines"
    )
    def static(a, b=1, /, c=2, *rest, d, **more): ...

    if True:
        async def method(
            self,
            x,
        ):
            def inner(self): ...
            return inner

    @classmethod
    def make(cls): ...
""",
        encoding="utf-8",
    )
    assert [(f.name, f.lines, f.positional) for f in functions(file)] == [
        ("long", 61, 0),
        ("Engine.static", 1, 3),
        ("Engine.method", 6, 1),
        ("Engine.method.inner", 1, 1),
        ("Engine.make", 1, 0),
    ]
    assert [f.line for f in functions(file)][:2] == [1, 68]


def test_the_report_names_what_is_planted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = plant(
        tmp_path,
        {
            "ARCHITECTURE.md": "```rooms\nlow   first\nhigh  second\n```\n",
            "itda_core/low.py": "from itda_core import high\n",
            "itda_core/high.py": "from itda_core import low\n" + "x = 1\n" * 350,
            "wide.py": "def wide(a, b, c, d, e, f, g): ...\n",
            **{f"tests/t{i}.py": "" for i in range(20)},
            **{f"crowded/{i}.txt": "" for i in range(14)},
        },
    )
    house_metrics.main([str(root)])
    said = capsys.readouterr().out
    assert (
        said
        == """\
fmt: skip and fmt: off: 0

files over 350 lines: 1
   351 itda_core/high.py

functions over 60 lines: 0

functions over 6 positional parameters: 1
     7 wide.py:1 wide

folders over 13 files (tests and data left out): 1
    14 crowded

import circles: 1
     2 itda_core/high.py itda_core/low.py

imports against the order of rooms: 1
itda_core/low.py -> itda_core/high.py: the module
"""
    )

"""Measures of a checkout, and what is over the limits today: `python tests/house_metrics.py`.

Standard library only. Nothing of the project is imported: the files are read, not run.
Paths are relative to the checkout and written with `/`. A file counts when git tracks it, or would
if it were added: what is ignored does not count.
"""

from __future__ import annotations

import argparse
import ast
import os
import re
import subprocess
import tokenize
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from house_imports import Graph, Import, circles, imports, rooms_in_order, upward

__all__ = [
    "Function",
    "Graph",
    "Import",
    "circles",
    "entries",
    "fmt_skips",
    "folder_sizes",
    "functions",
    "import_graph",
    "imports",
    "python_files",
    "rooms_in_order",
    "tracked_files",
    "upward",
]

MAX_FILE_LINES = 350
MAX_FUNCTION_LINES = 60
MAX_POSITIONAL = 6
MAX_FOLDER_FILES = 13

_CODE = (".py", ".js", ".css", ".html")
_FORMATTER_OFF = re.compile(r"#\s*fmt:\s*(skip|off)\b")


class Function(NamedTuple):
    """A function or method."""

    name: str
    """With what it stands in: `Class.method`, `outer.inner`."""
    line: int
    """Where its `def` is."""
    lines: int
    """From `def` to its end; decorators are not counted."""
    positional: int
    """Parameters that can be given by place; self, cls and keyword-only ones are not counted."""


def tracked_files(folder: Path) -> list[str]:
    """Files under `folder` that git tracks or would track, relative to it, sorted.

    RuntimeError where `folder` is in no git checkout.
    """
    # A git hook sets GIT_DIR and its like, which would point at another checkout than `folder`.
    environment = {key: value for key, value in os.environ.items() if not key.startswith("GIT_")}
    git = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=folder,
        env=environment,
        capture_output=True,
        encoding="utf-8",
        errors="surrogateescape",
    )
    if git.returncode:
        raise RuntimeError(f"git cannot list the files of {folder}: {git.stderr.strip()}")
    names = set(git.stdout.split("\0")) - {""}
    # A file that was deleted stays in git's list until the deletion is added.
    return sorted(name for name in names if (folder / name).is_file())


def python_files(root: Path) -> list[str]:
    """The Python files of a checkout."""
    return [name for name in tracked_files(root) if name.endswith(".py")]


def folder_sizes(root: Path) -> dict[str, int]:
    """Files directly in each folder that holds any; the checkout itself is `.`."""
    return dict(Counter(Path(name).parent.as_posix() for name in tracked_files(root)))


def entries(folder: Path) -> list[str]:
    """What lies directly in `folder`: its files, and its folders with a `/` behind them."""
    parts = (name.partition("/") for name in tracked_files(folder))
    return sorted({first + slash for first, slash, _ in parts})


def count_lines(path: Path) -> int:
    """Lines of a text file."""
    return len(path.read_text(encoding="utf-8").splitlines())


def fmt_skips(root: Path) -> int:
    """Comments that keep the formatter away, `fmt: skip` and `fmt: off`, in all Python files."""
    return sum(_formatter_comments(root / name) for name in python_files(root))


def _formatter_comments(path: Path) -> int:
    """Read as tokens, so that a string that speaks of such a comment is none."""
    with tokenize.open(path) as file:
        tokens = tokenize.generate_tokens(file.readline)
        return sum(
            t.type == tokenize.COMMENT and bool(_FORMATTER_OFF.search(t.string)) for t in tokens
        )


def functions(path: Path) -> list[Function]:
    """All functions and methods of a Python file, inner ones too, in order."""
    return list(_functions(ast.parse(path.read_bytes(), filename=str(path)), "", in_class=False))


def _functions(node: ast.AST, prefix: str, in_class: bool) -> Iterator[Function]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef):
            lines = (child.end_lineno or child.lineno) - child.lineno + 1
            name = prefix + child.name
            yield Function(name, child.lineno, lines, _positional(child.args, in_class))
            yield from _functions(child, f"{name}.", in_class=False)
        elif isinstance(child, ast.ClassDef):
            yield from _functions(child, f"{prefix}{child.name}.", in_class=True)
        else:  # an `if` or `try` around a function changes neither its name nor what it is
            yield from _functions(child, prefix, in_class)


def _positional(arguments: ast.arguments, in_class: bool) -> int:
    names = [argument.arg for argument in arguments.posonlyargs + arguments.args]
    return len(names) - (in_class and names[:1] in (["self"], ["cls"]))


def import_graph(root: Path) -> dict[str, list[Import]]:
    """The imports of all Python files of a checkout."""
    return {name: imports(name, root) for name in python_files(root)}


def report(root: Path) -> str:
    """What is over the limits today, as a table to read."""
    files = tracked_files(root)
    python = python_files(root)
    found = [(name, one) for name in python for one in functions(root / name)]
    graph = import_graph(root)
    sections = {
        f"files over {MAX_FILE_LINES} lines": _ranked(
            ((count_lines(root / name), name) for name in files if name.endswith(_CODE)),
            MAX_FILE_LINES,
        ),
        f"functions over {MAX_FUNCTION_LINES} lines": _ranked(
            ((one.lines, f"{name}:{one.line} {one.name}") for name, one in found),
            MAX_FUNCTION_LINES,
        ),
        f"functions over {MAX_POSITIONAL} positional parameters": _ranked(
            ((one.positional, f"{name}:{one.line} {one.name}") for name, one in found),
            MAX_POSITIONAL,
        ),
        f"folders over {MAX_FOLDER_FILES} files (tests and data left out)": _ranked(
            (
                (size, folder)
                for folder, size in folder_sizes(root).items()
                if Path(folder).parts[:1] not in (("tests",), ("data",))
            ),
            MAX_FOLDER_FILES,
        ),
        "import circles": [f"{len(group):6} {' '.join(group)}" for group in circles(graph)],
    }
    order, blocks = "imports against the order of rooms", []
    try:
        rooms = rooms_in_order((root / "ARCHITECTURE.md").read_text(encoding="utf-8"))
        sections[order] = upward(graph, rooms)
    except (OSError, ValueError) as error:
        blocks = [f"{order}: not measured, ARCHITECTURE.md: {error}"]
    listed = ["\n".join([f"{title}: {len(lines)}", *lines]) for title, lines in sections.items()]
    return "\n\n".join([f"fmt: skip and fmt: off: {fmt_skips(root)}", *listed, *blocks])


def _ranked(sizes: Iterable[tuple[int, str]], limit: int) -> list[str]:
    """Lines for what is over the limit, largest first."""
    over = sorted((-size, name) for size, name in sizes if size > limit)
    return [f"{-size:6} {name}" for size, name in over]


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the report."""
    parser = argparse.ArgumentParser(description="What is over the limits of the house today.")
    parser.add_argument(
        "root",
        nargs="?",
        type=Path,
        default=Path(__file__).resolve().parents[2],
        help="the checkout; default: the one this file is in",
    )
    print(report(parser.parse_args(arguments).root.resolve()))


if __name__ == "__main__":
    main()

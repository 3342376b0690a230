"""Who imports whom in a checkout: import statements, circles, the order of rooms.

Standard library only. Files are read, not run, so an import that is no `import` statement
(`import_module` with a name from a table) is not seen. Paths are relative to the checkout and
written with `/`.
"""

from __future__ import annotations

import ast
import re
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

CORE = "itda_core"


class Import(NamedTuple):
    """One file of the checkout that an import statement names."""

    module: str
    """Dotted: `itda_core.pursuit.encode`."""
    file: str
    """Where that module is: `itda_core/pursuit/encode.py`."""
    names: tuple[str, ...]
    """What is taken from it; empty where the module itself is imported."""
    line: int
    is_lazy: bool
    """Stands in a function, so it runs when that is called."""
    is_type_checking: bool
    """Stands under `if TYPE_CHECKING`, so it never runs."""


Graph = Mapping[str, Sequence[Import]]
"""A file and what it imports of the checkout."""


def imports(path: str | Path, root: Path) -> list[Import]:
    """What a Python file imports of its own checkout, in order of lines. `path`: in `root`.

    `from package import name` is an import of `package/name.py` where that is a module, else of
    `package/__init__.py`, even if that takes the name from a third file. `import a.b` is an import
    of `a/b.py` alone: that Python runs `a/__init__.py` first is left out, or every file of a
    package would import its face.
    """
    root = root.resolve()
    path = root / path
    search_path = _search_path(path, root)
    found: list[Import] = []
    tree = ast.parse(path.read_bytes(), filename=str(path))
    for node, is_lazy, is_type_checking in _statements(tree):
        targets: dict[tuple[str, str], list[str]] = {}
        for module, name, bases in _named(node, path, root, search_path):
            target = _resolve(module, name, bases, root)
            if target:
                names = targets.setdefault(target, [])
                if name and target[0] == module:  # else the name is the module
                    names.append(name)
        found += [
            Import(module, file, tuple(names), node.lineno, is_lazy, is_type_checking)
            for (module, file), names in targets.items()
        ]
    return sorted(found, key=lambda one: one.line)


def _statements(
    node: ast.AST, is_lazy: bool = False, is_type_checking: bool = False
) -> Iterator[tuple[ast.Import | ast.ImportFrom, bool, bool]]:
    """(statement, is_lazy, is_type_checking) of each import."""
    if isinstance(node, ast.Import | ast.ImportFrom):
        yield node, is_lazy, is_type_checking
        return
    is_lazy = is_lazy or isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    guarded = node.body if isinstance(node, ast.If) and _is_type_checking(node.test) else []
    for child in ast.iter_child_nodes(node):  # the `else` of such an `if` does run
        yield from _statements(child, is_lazy, is_type_checking or child in guarded)


def _is_type_checking(test: ast.expr) -> bool:
    return ast.unparse(test) in ("TYPE_CHECKING", "typing.TYPE_CHECKING")


def _named(
    node: ast.Import | ast.ImportFrom, path: Path, root: Path, search_path: list[Path]
) -> Iterator[tuple[str, str | None, list[Path]]]:
    """(module, name taken from it or None, where to look) for each name of a statement."""
    if isinstance(node, ast.Import):
        yield from (
            (alias.name, None, _unless_stdlib(alias.name, search_path)) for alias in node.names
        )
        return
    module = node.module or ""
    if node.level:  # relative: made absolute
        folder = path.relative_to(root).parent.parts
        module = ".".join([*folder[: len(folder) - node.level + 1], *filter(None, [module])])
        bases = [root]
    else:
        bases = _unless_stdlib(module, search_path)
    yield from ((module, alias.name, bases) for alias in node.names)


def _unless_stdlib(module: str, search_path: list[Path]) -> list[Path]:
    return [] if module.partition(".")[0] in sys.stdlib_module_names else search_path


def _search_path(path: Path, root: Path) -> list[Path]:
    """Where absolute imports of a file are looked for: the checkout, then its own folders.

    A folder without `__init__.py` is on the path of the scripts and tests in it: pytest and
    Python put it there. Folders of a package are not.
    """
    own = [folder for folder in path.parents if folder.is_relative_to(root)]
    return [root, *(folder for folder in own if not (folder / "__init__.py").exists())]


def _resolve(
    module: str, name: str | None, bases: list[Path], root: Path
) -> tuple[str, str] | None:
    """(dotted module, file) that provides `name` of `module`, or None if it is not of here."""
    whole = f"{module}.{name}".lstrip(".")
    for base in bases:
        for dotted in (whole, module) if name else (module,):
            file = base.joinpath(*dotted.split("."))
            for candidate in (file.with_name(f"{file.name}.py"), file / "__init__.py"):
                if dotted and candidate.is_file():
                    return dotted, candidate.relative_to(root).as_posix()
    return None


def circles(graph: Graph) -> list[list[str]]:
    """Files that import one another in a circle: groups of two or more, sorted.

    Imports in functions count, for they too say who knows whom; those for types alone do not.
    These are the strongly connected components, by Tarjan's algorithm (1972) with a stack of its
    own instead of recursion.
    """
    edges = {
        file: [one.file for one in found if not one.is_type_checking]
        for file, found in graph.items()
    }
    order: dict[str, int] = {}  # when each file was first met
    lowest: dict[str, int] = {}  # the earliest file that can be reached from it
    path: list[str] = []  # met, and not yet given to a group
    on_path: set[str] = set()
    groups: list[list[str]] = []
    for start in edges:
        work = [] if start in order else [(start, iter(edges[start]))]
        while work:
            file, targets = work[-1]
            if file not in order:
                order[file] = lowest[file] = len(order)
                path.append(file)
                on_path.add(file)
            target = next(targets, None)
            if target is None:
                work.pop()
                if work:
                    above = work[-1][0]
                    lowest[above] = min(lowest[above], lowest[file])
                if lowest[file] == order[file]:
                    group = path[path.index(file) :]
                    del path[-len(group) :]
                    on_path.difference_update(group)
                    groups.append(sorted(group))
            elif target not in order:
                work.append((target, iter(edges.get(target, ()))))
            elif target in on_path:
                lowest[file] = min(lowest[file], order[target])
    return sorted(group for group in groups if len(group) > 1)


# Rooms


def rooms_in_order(architecture_md: str) -> list[str]:
    """The rooms of the core from the ground up, as a fenced block ```rooms lists them.

    A room a line: its name (`pursuit`, `pursuit/` or `errors.py`), then spaces, then what it is.
    A line that begins with a space goes on with the one above. ValueError where there is no such
    block, none that ends, or a room twice.
    """
    block = re.search(
        r"^```rooms[ \t]*\n(.*?)^```[ \t]*$", architecture_md, re.MULTILINE | re.DOTALL
    )
    if block is None:
        raise ValueError("no block that begins with ```rooms and ends with ```")
    lines = [line for line in block[1].splitlines() if line.strip() and not line[0].isspace()]
    rooms = [line.split()[0].removesuffix("/").removesuffix(".py") for line in lines]
    twice = [room for room, count in Counter(rooms).items() if count > 1]
    if twice:
        raise ValueError(f"listed twice: {', '.join(twice)}")
    return rooms


def upward(graph: Graph, rooms: Sequence[str], *, types: bool = False) -> list[str]:
    """Imports in the core against the order of `rooms`, as lines `a.py -> b.py: names`.

    A room may import itself and those listed before it. The core's own `__init__.py` and
    `__main__.py` stand above all rooms: they may import any, and none may import them. An import
    from or to a room that is not listed is reported too. `types`: also those under
    `if TYPE_CHECKING`.
    """
    height = {room: i for i, room in enumerate(rooms)}
    height[CORE] = len(height)  # the face
    lines = []
    for file, found in sorted(graph.items()):
        for one in found:
            here, there = _room(file), _room(one.file)
            if here is None or there is None or (one.is_type_checking and not types):
                continue
            unlisted = [room for room in dict.fromkeys((here, there)) if room not in height]
            if unlisted or height[there] > height[here]:
                why = f" ({' and '.join(unlisted)} not listed)" if unlisted else ""
                names = ", ".join(one.names) or "the module"
                lines.append(f"{file} -> {one.file}: {names}{why}")
    return lines


def _room(file: str) -> str | None:
    """`pursuit` for `itda_core/pursuit/encode.py`; the core's name for its face; else None."""
    core, _, inside = file.partition("/")
    if core != CORE:
        return None
    room = inside.partition("/")[0].removesuffix(".py")
    return CORE if room in ("__init__", "__main__") else room

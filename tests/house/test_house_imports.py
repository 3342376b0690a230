"""Who imports whom, the circles and the order: on small checkouts with planted faults, and here."""

import ast
import random
from collections.abc import Mapping
from pathlib import Path

import pytest
from house_imports import Import, circles, imports, rooms_in_order, upward
from house_metrics import entries, import_graph, python_files
from planted import plant

ROOT = Path(__file__).resolve().parents[2]


def graph_of(edges: Mapping[str, list[str]]) -> dict[str, list[Import]]:
    return {
        file: [Import(target, target, (), 1, False, False) for target in targets]
        for file, targets in edges.items()
    }


# Imports


@pytest.mark.parametrize(
    ("statement", "module", "file", "names"),
    [
        ("import core.tools.saw", "core.tools.saw", "core/tools/saw.py", ()),
        ("import core.tools as t", "core.tools", "core/tools/__init__.py", ()),
        ("from core.tools import saw", "core.tools.saw", "core/tools/saw.py", ()),
        ("from core.tools import cut", "core.tools", "core/tools/__init__.py", ("cut",)),
        ("from core.tools.saw import a, b", "core.tools.saw", "core/tools/saw.py", ("a", "b")),
        ("from core.tools.saw import *", "core.tools.saw", "core/tools/saw.py", ("*",)),
        ("from . import home", "core.home", "core/home.py", ()),
        ("from .tools import cut", "core.tools", "core/tools/__init__.py", ("cut",)),
        ("from .tools.saw import cut", "core.tools.saw", "core/tools/saw.py", ("cut",)),
    ],
)
def test_an_import_leads_to_a_file(
    tmp_path: Path, statement: str, module: str, file: str, names: tuple[str, ...]
) -> None:
    root = plant(
        tmp_path,
        {
            "core/__init__.py": "",
            "core/home.py": "",
            "core/tools/__init__.py": "from core.tools.saw import cut",
            "core/tools/saw.py": "def cut(): ...",
            "core/user.py": statement,
        },
    )
    assert imports("core/user.py", root) == [Import(module, file, names, 1, False, False)]


def test_one_statement_may_name_several_files(tmp_path: Path) -> None:
    root = plant(
        tmp_path,
        {
            "core/__init__.py": "a = b = 1",
            "core/saw.py": "",
            "core/user.py": "from core import a, saw, b\n",
        },
    )
    assert {(one.file, one.names) for one in imports("core/user.py", root)} == {
        ("core/__init__.py", ("a", "b")),
        ("core/saw.py", ()),
    }


def test_lazy_and_type_checking_imports_are_told_apart(tmp_path: Path) -> None:
    root = plant(
        tmp_path,
        {
            **{
                f"{name}.py": "" for name in ("types_only", "otherwise", "lazy", "in_class", "both")
            },
            "user.py": """
import typing
from typing import TYPE_CHECKING
if TYPE_CHECKING:
    import types_only
else:
    import otherwise
class C:
    import in_class
    async def f(self):
        if x:
            import lazy
        if typing.TYPE_CHECKING:
            import both
""",
        },
    )
    kinds = {one.module: (one.is_lazy, one.is_type_checking) for one in imports("user.py", root)}
    assert kinds == {
        "types_only": (False, True),
        "otherwise": (False, False),
        "in_class": (False, False),
        "lazy": (True, False),
        "both": (True, True),
    }


def test_libraries_are_not_taken_for_files_of_the_same_name(tmp_path: Path) -> None:
    root = plant(
        tmp_path,
        {
            "core/__init__.py": "",
            "core/statistics.py": "",
            "core/torch.py": "",
            "core/user.py": "import statistics, torch, torch.nn\nfrom torch import nn\n",
            "scripts/json.py": "",
            "scripts/helper.py": "",
            "scripts/user.py": "import json\nimport helper\n",
        },
    )
    assert imports("core/user.py", root) == []
    assert [one.file for one in imports("scripts/user.py", root)] == ["scripts/helper.py"]


def test_a_relative_import_out_of_a_package_named_like_a_library(tmp_path: Path) -> None:
    root = plant(
        tmp_path,
        {"platform/__init__.py": "", "platform/a.py": "from . import b", "platform/b.py": ""},
    )
    assert [one.file for one in imports("platform/a.py", root)] == ["platform/b.py"]


# Circles


def test_a_planted_circle_is_found_through_a_lazy_import_and_a_face(tmp_path: Path) -> None:
    root = plant(
        tmp_path,
        {
            "core/__init__.py": "",
            "core/a.py": "from core.tools import cut",
            "core/tools/__init__.py": "from core.tools.saw import cut",
            "core/tools/saw.py": "def cut():\n    from core import a",
            "core/types.py": "from core.reader import read",
            "core/reader.py": "from typing import TYPE_CHECKING\n"
            "if TYPE_CHECKING:\n    from core import types",
            "core/itself.py": "def f():\n    import core.itself",
        },
    )
    assert circles(import_graph(root)) == [
        ["core/a.py", "core/tools/__init__.py", "core/tools/saw.py"]
    ]


def test_circles_are_those_who_reach_each_other() -> None:
    """Against the definition, on random graphs: two files reach each other."""
    draw = random.Random(0)
    met = set()
    for _ in range(300):
        files = [f"{i}.py" for i in range(draw.randint(1, 9))]
        density = draw.uniform(0, 0.4)
        edges = {a: [b for b in files if draw.random() < density] for a in files}
        reach = {a: {b for b in files if b in edges[a]} for a in files}
        for middle in files:
            for a in files:
                if middle in reach[a]:
                    reach[a] |= reach[middle]
        groups = {
            tuple(b for b in files if b == a or (b in reach[a] and a in reach[b])) for a in files
        }
        expected = sorted(list(group) for group in groups if len(group) > 1)
        assert circles(graph_of(edges)) == expected
        met.add(len(expected))
    assert {0, 1, 2} <= met


def test_a_circle_longer_than_the_recursion_limit_is_one_circle() -> None:
    n = 5000
    edges = {f"{i:04}": [f"{(i + 1) % n:04}"] for i in range(n)}
    assert [len(group) for group in circles(graph_of(edges))] == [n]


# Rooms

ARCHITECTURE = """# Architecture

```mermaid
rooms
```

```rooms
errors.py    what is said
             and how
pursuit/     codes

  of activations
store        the index
```

```
after        no room
```
"""


def test_rooms_are_read_from_the_ground_up() -> None:
    assert rooms_in_order(ARCHITECTURE) == ["errors", "pursuit", "store"]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("```\nerrors  what is said\n```\n", "no block"),
        ("```rooms\nerrors  what is said\n", "no block"),
        ("```rooms\na  one\nb  two\na  three\n```\n", "listed twice: a"),
    ],
)
def test_a_list_of_rooms_that_is_none_is_refused(text: str, problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        rooms_in_order(text)


def test_planted_imports_against_the_order_are_found(tmp_path: Path) -> None:
    root = plant(
        tmp_path,
        {
            "itda_core/__init__.py": "from itda_core.store import Store",
            "itda_core/__main__.py": "import itda_core.store",
            "itda_core/errors.py": "def f():\n    from itda_core.store.rows import Row, read",
            "itda_core/pursuit/__init__.py": "from itda_core.pursuit.code import Code",
            "itda_core/pursuit/code.py": "from typing import TYPE_CHECKING\n"
            "import itda_core.errors\n"
            "if TYPE_CHECKING:\n    from itda_core.store import Store",
            "itda_core/store/__init__.py": "from itda_core.store.rows import Row as Store",
            "itda_core/store/rows.py": "from itda_core.pursuit import Code\nimport itda_core",
            "itda_core/attic.py": "import itda_core.errors",
            "pages/explore.py": "from itda_core import attic",
        },
    )
    rooms = ["errors", "pursuit", "store"]
    graph = import_graph(root)
    planted = [
        "itda_core/attic.py -> itda_core/errors.py: the module (attic not listed)",
        "itda_core/errors.py -> itda_core/store/rows.py: Row, read",
        "itda_core/store/rows.py -> itda_core/__init__.py: the module",
    ]
    for_types = "itda_core/pursuit/code.py -> itda_core/store/__init__.py: Store"
    assert upward(graph, rooms) == planted
    assert upward(graph, rooms, types=True) == [*planted[:2], for_types, planted[2]]


# This checkout


def test_no_import_of_this_checkout_is_overlooked() -> None:
    """Every statement that names one of its packages leads to a file."""
    ours = {"itda_core", "pages", "benchmarks", "tinyworld"} & {
        name.rstrip("/") for name in entries(ROOT)
    }
    n_statements = 0
    for name in python_files(ROOT):
        lines = {one.line for one in imports(name, ROOT)}
        for node in ast.walk(ast.parse((ROOT / name).read_bytes())):
            if isinstance(node, ast.ImportFrom):
                modules = [node.module or ""]
            elif isinstance(node, ast.Import):
                modules = [alias.name for alias in node.names]
            else:
                continue
            if any(module.partition(".")[0] in ours for module in modules):
                n_statements += 1
                assert node.lineno in lines, f"{name}:{node.lineno}"
    assert n_statements > 100

"""The plan of the house, as ARCHITECTURE.md draws it: what may stand where, and what holds it.

Each rule stands in a document that people read; these tests hold the code to it. That commands have
help and stand in the docs is tested beside them, in tests/commands.
"""

import ast
import re
from collections import defaultdict
from functools import cache
from pathlib import Path

import pytest
from house_metrics import (
    circles,
    count_lines,
    entries,
    fmt_skips,
    folder_sizes,
    functions,
    import_graph,
    python_files,
    rooms_in_order,
    upward,
)

ROOT = Path(__file__).parents[2]
DATA_TABLES = ("tinyworld/text/kinds/", "tinyworld/text/lexicon/")
"""Words and templates of the generated corpus: long because they are many."""


@cache
def graph():
    return import_graph(ROOT)


def source(*folders: str) -> list[str]:
    return [f for f in python_files(ROOT) if f.startswith(folders)]


def test_no_circle_of_imports():
    assert circles(graph()) == []


def test_rooms_import_in_the_order_of_the_architecture():
    rooms = rooms_in_order((ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8"))
    names = {entry.removesuffix("/").removesuffix(".py") for entry in entries(ROOT / "itda_core")}
    assert set(rooms) == {name for name in names if not name.startswith("__")}
    assert upward(graph(), rooms) == []


def imported(file: str) -> set[str]:
    return {one.file for one in graph()[file]}


def test_the_core_knows_neither_streamlit_nor_pages():
    for file in source("itda_core/", "tinyworld/"):
        text = (ROOT / file).read_text(encoding="utf-8")
        assert not re.search(r"^\s*(import|from) (streamlit|pages)\b", text, re.M), file


def test_the_core_names_tinyworld_in_two_lists_only():
    users = {
        f for f in source("itda_core/") if any(i.startswith("tinyworld/") for i in imported(f))
    }
    assert users == {"itda_core/text/sources.py", "itda_core/commands/main.py"}


def test_sql_is_in_the_store_alone():
    for file in source("itda_core/", "pages/", "tinyworld/", "app.py"):
        if not file.startswith("itda_core/store/"):
            text = (ROOT / file).read_text(encoding="utf-8")
            assert not re.search(r"import duckdb|duckdb\.connect|\.execute\(|\.sql\(", text), file


def test_paths_from_outside_are_asked_about_without_a_surprise():
    """Where the command line asks, the caller named the path and reads of the refusal."""
    raising = re.compile(r"\.(exists|is_file|is_dir|is_symlink|resolve|expanduser)\(")
    asked_for = ("itda_core/files/", "itda_core/commands/", "itda_core/text/")
    found = [
        f"{file}:{number}"
        for file in source("itda_core/", "pages/")
        if not file.startswith(asked_for)
        for number, line in enumerate((ROOT / file).read_text(encoding="utf-8").splitlines(), 1)
        if raising.search(line)
    ]
    assert found == []


def page_folders() -> set[str]:
    from pages.shell.pages import PAGES

    return set(PAGES)


def test_pages_do_not_import_each_other_and_share_the_kit():
    folders = page_folders()
    users = defaultdict(set)
    for file in source("pages/"):
        here = file.split("/")[1]
        for other in imported(file):
            if not other.startswith("pages/"):
                continue
            there = other.split("/")[1]
            assert there in (here, "shell", "kit"), f"{file} imports {other}"
            assert here != "shell" or there == "shell", f"{file} imports {other}"
            users[other].add(here)
    named = {f.split("/")[1] for f in source("pages/")} - {"__init__.py"}
    assert named == folders | {"shell", "kit"}
    for file in source("pages/kit/"):
        by = users[file]
        # A component knows no page, so it may wait in the kit for a second one.
        is_component = "pages/kit/component.py" in imported(file)
        is_shared = len(by & folders) >= 2 or "kit" in by or (by and is_component)
        assert is_shared or file.endswith("__init__.py"), f"{file} is used by {by or 'nobody'}"


def test_a_page_is_short():
    for name in page_folders():
        assert count_lines(ROOT / f"pages/{name}/page.py") <= 60, name


def test_sizes():
    for file in python_files(ROOT):
        if not file.startswith(DATA_TABLES):
            assert count_lines(ROOT / file) <= 350, file
    for file in source("itda_core/", "pages/", "tinyworld/", "app.py", "benchmarks/"):
        if file.startswith(DATA_TABLES):
            continue
        for function in functions(ROOT / file):
            assert function.lines <= 60, f"{file}: {function.name}"
            assert function.positional <= 6, f"{file}: {function.name}"
    for folder, size in folder_sizes(ROOT).items():
        if folder != "." and not folder.startswith("data"):  # the root has papers others look for
            assert size <= 13, folder
    assert len(entries(ROOT / "itda_core")) <= 20
    assert len(entries(ROOT / "pages")) <= 10
    assert fmt_skips(ROOT) < 20


def test_names_are_compared_in_tables_only():
    from itda_core.dictionary import LOSSES
    from itda_core.pursuit import KERNELS, METHODS

    names = {*METHODS, *KERNELS, *LOSSES} - {"cosine"}  # which is a measure of Atoms as well

    def texts(node: ast.AST) -> set[str]:
        constants = (n for n in ast.walk(node) if isinstance(n, ast.Constant))
        return {n.value for n in constants if isinstance(n.value, str)}

    for file in source("itda_core/", "pages/", "tinyworld/"):
        for node in ast.walk(ast.parse((ROOT / file).read_text(encoding="utf-8"))):
            if isinstance(node, ast.Compare | ast.MatchValue):
                found = names & texts(node)
                assert not found, f"{file}:{node.lineno} compares {found}"
        for line in (ROOT / file).read_text(encoding="utf-8").splitlines():
            pattern = r"(method|loss|kernel|pursuit)(\.name|_name)? ?(==|!=|in [({]) ?[\"']"
            assert not re.search(pattern, line), f"{file}: {line.strip()}"


@pytest.mark.parametrize(
    ("what", "allowed"),
    [
        (r"components\.v2\.component\(", {"kit/component.py", "shell/start.py"}),
        (r"download_button\(", {"kit/downloads.py"}),
        (r"to_parquet\(|to_csv\(|to_json\(", {"kit/downloads.py"}),
        (r"popover\(\"How computed", {"kit/how_computed.py"}),
        (r"set_page_config\(", {"shell/start.py"}),
        (r"st\.query_params", {"shell/address.py"}),
        (r"os\.environ", {"shell/limits.py", "shell/resources.py", "shell/start.py"}),
    ],
)
def test_one_of_each(what, allowed):
    users = {
        file.removeprefix("pages/")
        for file in source("pages/")
        if re.search(what, (ROOT / file).read_text(encoding="utf-8"))
    }
    assert users <= allowed, users - allowed
    assert users


def test_addresses_use_a_name_for_one_thing(monkeypatch):
    from openpage import open_page

    from pages.shell.address import DICTIONARY

    monkeypatch.setenv("ITDA_DATA", str(ROOT / "data"))
    names, keys = [], []
    for page in page_folders():
        app = open_page(page)
        assert not app.exception, app.exception
        for parameter in app.session_state["address_parts"]:
            if parameter.name != DICTIONARY:  # the one part that pages share
                names.append(parameter.name)
                keys.append(parameter.key)
                assert parameter.key.startswith(f"{page}_"), parameter.key
    assert len(names) > 20
    assert len(set(names)) == len(names) and len(set(keys)) == len(keys)


def test_every_entry_of_a_list_has_a_test():
    from itda_core.dictionary import LOSSES
    from itda_core.pursuit import KERNELS, METHODS
    from itda_core.text.sources import SOURCES

    tests = "\n".join((ROOT / f).read_text(encoding="utf-8") for f in source("tests/"))
    for table in (METHODS, KERNELS, LOSSES, SOURCES):
        for name in table:
            assert f'"{name}"' in tests, f"no test names {name}"


def test_docstrings_have_one_dialect():
    for file in source("itda_core/", "pages/", "tinyworld/"):
        text = (ROOT / file).read_text(encoding="utf-8")
        assert not re.search(r":(func|class|data|meth|mod):`", text), file


def test_the_glossary_can_be_read_by_a_program():
    text = (ROOT / "docs/glossary.md").read_text(encoding="utf-8")
    blocks = text.split("-->", 1)[1].split("\n## ")[1:]
    for block in blocks:
        word, symbol, *sentences = [line for line in block.splitlines() if line.strip()]
        assert symbol.startswith("Symbol: "), word
        assert len(sentences) == 2 and all(s.endswith(".") for s in sentences), word
    words = {block.splitlines()[0] for block in blocks}
    assert words >= {"atom", "dictionary", "tau", "L0", "coefficient", "share", "tag", "label"}

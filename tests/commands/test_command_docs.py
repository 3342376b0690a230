"""docs/commands.md: a section for every command, in it every option and an example that parses."""

import argparse
import re
import shlex

import pytest
from commandline import ROOT

from itda_core.commands.main import COMMANDS, parser_for

DOCS = (ROOT / "docs" / "commands.md").read_text(encoding="utf-8")


def parsers() -> dict[str, argparse.ArgumentParser]:
    """Command, or command and sub-command -> its parser; those with options of their own."""
    found = {}
    for name, command in COMMANDS.items():
        parser = argparse.ArgumentParser()
        command.add(parser)
        below = (a for a in parser._actions if isinstance(a, argparse._SubParsersAction))
        choices = next((a.choices for a in below), None)
        found |= (
            {f"{name} {sub}": own for sub, own in choices.items()} if choices else {name: parser}
        )
    return found


PARSERS = parsers()


def section(name: str) -> str:
    """What stands under the heading of a command."""
    found = re.search(rf"^##+ {name}\n(.*?)(?=^##|\Z)", DOCS, re.MULTILINE | re.DOTALL)
    assert found, f"docs/commands.md has no section {name}"
    return found[1]


def examples() -> list[str]:
    """The commands in the blocks of code, continued lines made one."""
    blocks = re.findall(r"^```\n(.*?)^```", DOCS, re.MULTILINE | re.DOTALL)
    return [block.replace("\\\n", " ") for block in blocks]


def test_every_command_has_a_section():
    headings = re.findall(r"^## (.*)$", DOCS, re.MULTILINE)
    assert headings == list(COMMANDS)


@pytest.mark.parametrize("name", PARSERS)
def test_every_option_has_a_line_and_no_other(name):
    listed = re.findall(r"^\| `(--[a-z0-9-]+)", section(name), re.MULTILINE)
    options = [a.option_strings[-1] for a in PARSERS[name]._actions if a.option_strings]
    assert listed == [option for option in options if option != "--help"]


@pytest.mark.parametrize("name", PARSERS)
def test_every_command_has_an_example_that_parses(name):
    (example,) = [line for line in examples() if f" itda_core {name} " in f"{line.strip()} "]
    words = shlex.split(example)
    assert words[:3] == ["python", "-m", "itda_core"]
    arguments = parser_for(words[3]).parse_args(words[3:])
    for path in (getattr(arguments, "model", None), getattr(arguments, "dictionary", None)):
        for one in path if isinstance(path, list) else [path]:
            made = one is None or str(one).endswith("/first")  # by the example of build
            assert made or (ROOT / one).is_dir()


@pytest.mark.parametrize("name", PARSERS)
def test_every_argument_has_help(name):
    for action in PARSERS[name]._actions:
        assert action.help, action.dest

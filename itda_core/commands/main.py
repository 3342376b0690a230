"""The command line: ``python -m itda_core COMMAND``."""

from __future__ import annotations

import argparse
import io
import os
import signal
import sys
from typing import NoReturn, Protocol

from itda_core.commands import atoms, build, encode, evaluate, models, statistics
from itda_core.errors import InputError, one_line, refusal_of
from tinyworld import cli as tinyworld

DONE, FAULT, UNUSABLE, INTERRUPTED = 0, 1, 2, 130
"""Exit statuses."""


class Command(Protocol):
    """What a module of a command offers. Its heavy imports wait inside these functions."""

    HELP: str
    """What it does, in a line."""

    def add(self, parser: argparse.ArgumentParser) -> None:
        """Add its arguments; only called once the command is asked for."""

    def run(self, arguments: argparse.Namespace) -> object:
        """Do it. InputError for unusable arguments or input."""


COMMANDS: dict[str, Command] = {
    "build": build,
    "encode": encode,
    "evaluate": evaluate,
    "statistics": statistics,
    "atoms": atoms,
    "models": models,
    "tinyworld": tinyworld,
}
"""A new command is a file here and a line there."""


class _Parser(argparse.ArgumentParser):
    """argparse, with errors of one line."""

    def error(self, message: str) -> NoReturn:
        print(one_line(f"{self.prog}: {message}; see {self.prog} --help"), file=sys.stderr)
        raise SystemExit(UNUSABLE)


def main(argv: list[str] | None = None) -> int:
    """Run one command; returns the exit status: 0 done, 2 unusable input, 1 a fault of ours."""
    # Read once, when PyTorch is imported: threads that spin while they wait slow each other down
    # thirtyfold where anything else uses the cores.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:  # closed by whoever started this
            setattr(sys, name, os.fdopen(os.open(os.devnull, os.O_WRONLY), "w", encoding="utf-8"))
    argv = sys.argv[1:] if argv is None else argv
    arguments = parser_for(argv[0] if argv else "").parse_args(argv)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a terminal that lacks a character shows its code
            stream.reconfigure(errors="backslashreplace")
    # A container is stopped with SIGTERM: treat it as Ctrl-C, so that checkpoints are written.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        arguments.run(arguments)
        sys.stdout.flush()
    except InputError as error:
        return _refuse(str(error))
    except KeyboardInterrupt as stop:
        print(f"interrupted{stop}", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:
        # The reader has gone (`| head`): nothing to say, and nothing to flush at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return DONE
    except OSError as error:
        message = refusal_of(error)
        if message is None:
            raise
        return _refuse(message)
    return DONE


def _refuse(message: str) -> int:
    print(message, file=sys.stderr)
    return UNUSABLE


def parser_for(name: str) -> argparse.ArgumentParser:
    """The parser of all commands, with the arguments of the one called ``name``.

    Choices such as those of ``--method`` stand in tables beside code that needs PyTorch, so the
    arguments of other commands are not even looked up.
    """
    parser = _Parser(
        prog="python -m itda_core",
        description="Sparse codes over labelled activations (ITDA): build dictionaries from any "
        "Hugging Face model and any text, and read prompts with them.",
    )
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    for key, command in COMMANDS.items():
        own = commands.add_parser(key, help=command.HELP, description=command.HELP)
        own.set_defaults(run=command.run)
        if key == name:
            command.add(own)
    return parser

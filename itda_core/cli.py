"""The command line: ``python -m itda_core COMMAND``. Heavy imports wait inside the commands."""

from __future__ import annotations

import argparse
import errno
import io
import json
import os
import signal
import sys
from pathlib import Path
from typing import Any, NoReturn

from itda_core.errors import InputError

DONE, FAULT, UNUSABLE, INTERRUPTED = 0, 1, 2, 130


class _Parser(argparse.ArgumentParser):
    """argparse, with errors of one line."""

    def error(self, message: str) -> NoReturn:
        print(f"{self.prog}: {message}; see {self.prog} --help", file=sys.stderr)
        raise SystemExit(UNUSABLE)


def main(argv: list[str] | None = None) -> int:
    """Run one command; returns the exit status: 0 done, 2 unusable input, 1 a fault of ours."""
    # Read once, when PyTorch is imported: threads that spin while they wait slow each other down
    # thirtyfold where anything else uses the cores.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    parser = _parser()
    arguments = parser.parse_args(argv)
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
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            return _refuse("the disk is full; free some space and try again")
        if error.errno is None:
            raise
        return _refuse(f"cannot use {error.filename} ({error.strerror}); choose another place")
    return DONE


def _refuse(message: str) -> int:
    print(" ".join(message.split()), file=sys.stderr)
    return UNUSABLE


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="python -m itda_core",
        description="Sparse codes over labelled activations (ITDA): build dictionaries from any "
        "Hugging Face model and any text, and read prompts with them.",
    )
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    _add_build(commands)
    _add_encode(commands)
    _add_evaluate(commands)
    _add_statistics(commands)
    _add_atoms(commands)
    _add_models(commands)
    from tinyworld import cli as tinyworld

    tinyworld.add(commands.add_parser("tinyworld", help=tinyworld.HELP))
    return parser


def _add(commands: Any, name: str, run: Any, text: str) -> argparse.ArgumentParser:
    parser = commands.add_parser(name, help=text, description=text)
    parser.set_defaults(run=run)
    return parser


def _add_json(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="one JSON document on stdout")


def _add_build(commands: Any) -> None:
    parser = _add(commands, "build", _build, "Build a dictionary from a model and a corpus.")
    parser.add_argument(
        "--model", required=True, help="a folder of a Hugging Face model, or a hub id"
    )
    parser.add_argument(
        "--layer", required=True, help="block whose output is taken, from 0; 2,4 or all for several"
    )
    parser.add_argument(
        "--corpus", required=True,
        help="text file, JSON lines, Parquet, a folder of those, a hub dataset id, or "
        "tinyworld:SEED[:DOCUMENTS]",
    )  # fmt: skip
    parser.add_argument("--text-field", help="field of JSON lines or Parquet that holds the text")
    parser.add_argument("--tau", required=True, type=float, help="loss above which an atom enters")
    parser.add_argument("--l0", required=True, type=int, help="atoms a code may use, at least 1")
    parser.add_argument(
        "--loss", default="relative", choices=("relative", "squared", "cosine"),
        help="relative: |x - x_hat|^2/|x|^2 (default); squared: equation 6; cosine: the authors'",
    )  # fmt: skip
    parser.add_argument(
        "--init", default="none", choices=("none", "frequent", "random"),
        help="where the first atoms come from (default none: the first activation)",
    )  # fmt: skip
    parser.add_argument("--seed", type=int, default=0, help="for --init random (default 0)")
    parser.add_argument("--max-tokens", type=int, help="stop after so many activations")
    parser.add_argument("--max-atoms", type=int, help="stop once there are so many atoms")
    parser.add_argument(
        "--sequence-length", type=int, default=128, help="tokens a prompt (default 128)"
    )
    parser.add_argument(
        "--keep-special", action="store_true",
        help="let BOS, EOS, PAD, CLS and SEP become atoms; left out by default",
    )  # fmt: skip
    parser.add_argument("--device", help="cpu, cuda, ...; chosen unless given")
    parser.add_argument(
        "--out", required=True, type=Path,
        help="folder to write; with several layers, OUT-layer2, OUT-layer4, ...",
    )  # fmt: skip
    parser.add_argument(
        "--half", action="store_true", help="save atoms in float16: half the size, 0.05 %% off"
    )
    parser.add_argument("--resume", action="store_true", help="go on from an interrupted build")
    parser.add_argument(
        "--checkpoint-seconds", type=float, default=60.0, help="how often to save (default 60)"
    )
    _add_json(parser)


def _add_encode(commands: Any) -> None:
    parser = _add(commands, "encode", _encode, "Code every token of a prompt over a dictionary.")
    parser.add_argument("--dictionary", required=True, type=Path, help="folder of a dictionary")
    parser.add_argument("--prompt", required=True, help="the text; - reads standard input")
    parser.add_argument("--l0", type=int, help="atoms a code may use (default: as built)")
    parser.add_argument(
        "--method", default="mp", choices=("mp", "omp"), help="matching pursuit (default) or OMP"
    )
    _add_model_choice(parser)
    _add_json(parser)


def _add_evaluate(commands: Any) -> None:
    parser = _add(commands, "evaluate", _evaluate, "Measure dictionaries on held-out text.")
    _add_dictionaries(parser)
    parser.add_argument("--corpus", required=True, help="text it was not built on, as for build")
    parser.add_argument("--text-field", help="field of JSON lines or Parquet that holds the text")
    parser.add_argument("--max-tokens", type=int, default=20_000, help="tokens read (20,000)")
    parser.add_argument(
        "--ce-tokens", type=int, default=4_000,
        help="tokens the model is run on with reconstructions in place (4,000)",
    )  # fmt: skip
    parser.add_argument("--l0", default="5,10,20,40", help="budgets (default 5,10,20,40)")
    parser.add_argument("--method", default="mp", help="mp, omp or mp,omp (default mp)")
    parser.add_argument("--out", type=Path, help="also write the JSON document to this file")
    _add_model_choice(parser)
    _add_json(parser)


def _add_statistics(commands: Any) -> None:
    parser = _add(
        commands, "statistics", _statistics,
        "Find out what each atom does on held-out text, and keep it beside the dictionary.",
    )  # fmt: skip
    _add_dictionaries(parser)
    parser.add_argument("--corpus", required=True, help="text it was not built on, as for build")
    parser.add_argument("--text-field", help="field of JSON lines or Parquet that holds the text")
    parser.add_argument("--max-tokens", type=int, default=100_000, help="tokens read (100,000)")
    _add_model_choice(parser)
    _add_json(parser)


def _add_atoms(commands: Any) -> None:
    parser = _add(
        commands, "atoms", _atoms, "Show atoms: label, use on held-out text, top contexts."
    )
    parser.add_argument("--dictionary", required=True, type=Path, help="folder of a dictionary")
    parser.add_argument("--atom", help="numbers of atoms, such as 5,10,20")
    parser.add_argument("--random", type=int, help="so many atoms drawn at random")
    parser.add_argument("--seed", type=int, default=0, help="for --random (default 0)")
    _add_json(parser)


def _add_dictionaries(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--dictionary", required=True, type=Path, nargs="+", help="folders of dictionaries"
    )


def _add_model_choice(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--model", help="where the dictionary's model is, if it is not found")
    parser.add_argument("--device", help="cpu, cuda, ...; chosen unless given")


def _add_models(commands: Any) -> None:
    parser = _add(commands, "models", _models, "List the models on this machine.")
    parser.add_argument(
        "folders", nargs="*", type=Path, help="folders to look in besides data/models"
    )
    _add_json(parser)


def _build(arguments: argparse.Namespace) -> None:
    from itda_core.commands.build import run

    run(arguments)


def _encode(arguments: argparse.Namespace) -> None:
    from itda_core.commands.encode import run

    run(arguments)


def _evaluate(arguments: argparse.Namespace) -> None:
    from itda_core.commands.evaluate import run

    run(arguments)


def _statistics(arguments: argparse.Namespace) -> None:
    from itda_core.commands.statistics import run

    run(arguments)


def _atoms(arguments: argparse.Namespace) -> None:
    from itda_core.commands.atoms import run

    run(arguments)


def _models(arguments: argparse.Namespace) -> None:
    from itda_core.commands.models import run

    run(arguments)


def integers(text: str, option: str) -> list[int]:
    """``5,10,20`` as numbers. InputError naming ``option`` otherwise."""
    try:
        return [int(part) for part in text.split(",")]
    except ValueError as error:
        raise InputError(
            f"{option} is {text!r}; expected whole numbers separated by commas, such as 5,10,20"
        ) from error


def print_json(document: Any) -> None:
    """One JSON document on stdout; NaN, which JSON lacks, becomes null."""
    unicode = (sys.stdout.encoding or "").lower().replace("-", "") == "utf8"
    print(json.dumps(plain(document), ensure_ascii=not unicode))


def plain(value: Any) -> Any:
    """A document fit for JSON: NaN becomes null, a path its text."""
    if isinstance(value, dict):
        return {key: plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [plain(inner) for inner in value]
    if isinstance(value, float) and value != value:
        return None
    if isinstance(value, Path):
        return str(value)
    return value

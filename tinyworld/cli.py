"""``tinyworld corpus``, ``train`` and ``release`` on the command line."""

import argparse
import json
import sys
from contextlib import nullcontext
from itertools import chain, islice
from pathlib import Path

from itda_core.files import check_file_place, check_place, expand_safely, held

HELP = "generate the TinyWorld corpus and train its models"


def add(parser: argparse.ArgumentParser) -> None:
    """Add the sub-commands; each sets ``run``, a function of the parsed arguments."""
    commands = parser.add_subparsers(dest="tinyworld_command", required=True)
    _add_corpus(
        commands.add_parser("corpus", help="write documents as JSON lines with their spans")
    )
    _add_train(commands.add_parser("train", help="train a model on the corpus; can be resumed"))
    _add_overlap(
        commands.add_parser(
            "overlap", help="how much of a held-out text stands in what was read before"
        )
    )
    _add_release(
        commands.add_parser(
            "release",
            help="make everything in data/ again: models, dictionaries, statistics, tables",
        )
    )


def _add_corpus(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--seed", type=int, default=0, help="seed of the documents (default 0)")
    parser.add_argument("--documents", type=int, default=1000, help="how many (default 1000)")
    parser.add_argument("--start", type=int, default=0, help="number of the first document")
    parser.add_argument("--kind", help="only this kind of document, such as recipe")
    parser.add_argument(
        "--out", type=expand_safely, help="file to write (default: standard output)"
    )
    parser.set_defaults(run=run_corpus)


def _add_train(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--size",
        choices=("small", "medium", "tiny"),
        default="small",
        help="of the model (default small); tiny is for tests",
    )
    parser.add_argument("--seed", type=int, default=0, help="seed of the initial weights")
    parser.add_argument("--data-seed", type=int, help="seed of the documents (each corpus has its)")
    parser.add_argument("--start", type=expand_safely, help="folder of a model to begin from")
    parser.add_argument("--corpus", default="plain", help="plain (default), practice or flattery")
    parser.add_argument("--tokens", type=int, default=10_000_000, help="tokens to train on")
    parser.add_argument("--batch", type=int, default=8, help="windows of 256 tokens in a step")
    parser.add_argument("--rate", type=float, default=0.01, help="AdamW's (tables and vectors)")
    parser.add_argument("--matrix-rate", type=float, default=0.02, help="Muon's (blocks' matrices)")
    parser.add_argument("--threads", type=int, default=0, help="CPU threads (default: all)")
    parser.add_argument("--snapshots", type=int, default=0, help="weights to keep on the way")
    parser.add_argument("--work", type=expand_safely, help="folder of the unfinished training")
    parser.add_argument("--resume", action="store_true", help="go on with an unfinished training")
    parser.add_argument(
        "--out", type=expand_safely, required=True, help="folder of the finished model"
    )
    parser.add_argument("--cases", type=int, default=60, help="documents a behaviour test (60)")
    parser.add_argument("--json", action="store_true", help="print the model card as JSON")
    parser.set_defaults(run=run_train)


def _add_overlap(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--model", type=Path, required=True, help="folder of a model")
    parser.add_argument("--held-out", required=True, help="the corpus that is measured on")
    parser.add_argument("--built", required=True, help="the corpus of the dictionaries")
    parser.add_argument("--trained", required=True, help="the corpus of the model")
    parser.add_argument("--max-tokens", type=int, default=20_000, help="of the first (20,000)")
    parser.add_argument("--built-tokens", type=int, default=200_000, help="of the second (200,000)")
    parser.set_defaults(run=run_overlap)


def _add_release(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--data", type=expand_safely, default=Path("data"), help="folder to fill (data)"
    )
    parser.add_argument(
        "--work",
        type=expand_safely,
        default=Path("release-work"),
        help="folder of what does not ship",
    )
    parser.add_argument("--models", default="", help="only these, by name, such as a,b")
    parser.set_defaults(run=run_release)


def run(arguments: argparse.Namespace) -> int:
    """Run the sub-command; each sets its own ``run``."""
    raise AssertionError("argparse demands a sub-command")


def run_corpus(arguments: argparse.Namespace) -> int:
    """Write documents, one JSON object a line."""
    from tinyworld.text.generate import documents

    out: Path | None = arguments.out
    stream = documents(
        arguments.seed, arguments.documents, start=arguments.start, kind=arguments.kind
    )
    if out:
        check_file_place(out, "--out")
    first = list(islice(stream, 1))  # what is unusable shows before a file is emptied
    with out.open("w", encoding="utf-8") if out else nullcontext(sys.stdout) as file:
        for document in chain(first, stream):
            line = {
                "id": f"tinyworld-{arguments.seed}-{document.index}",
                "kind": document.kind,
                "text": document.text,
                "spans": [list(span) for span in document.spans],
            }
            file.write(json.dumps(line, ensure_ascii=False) + "\n")
    return 0


def run_overlap(arguments: argparse.Namespace) -> int:
    """Print what the held-out text has in common with the others."""
    from tinyworld.overlap import GRAM, overlap

    found = overlap(
        arguments.model,
        arguments.held_out,
        arguments.built,
        arguments.trained,
        arguments.max_tokens,
        arguments.built_tokens,
    )
    print(f"{found.prompts_built_on:,} of {found.prompts:,} prompts are prompts of the build too")
    share = found.tokens_repeated / max(found.tokens, 1)
    print(f"{share:.1%} of {found.tokens:,} tokens lie in {GRAM} in a row that was trained on")
    return 0


def run_train(arguments: argparse.Namespace) -> int:
    """Train a model; progress goes to standard error."""
    from tinyworld.text.corpora import CORPORA
    from tinyworld.training.train import TrainingRecipe, train

    data_seed = arguments.data_seed
    if data_seed is None:  # an unknown corpus is refused with the rest of the recipe
        data_seed = CORPORA[arguments.corpus].seed if arguments.corpus in CORPORA else 0
    recipe = TrainingRecipe(
        size=arguments.size,
        seed=arguments.seed,
        data_seed=data_seed,
        tokens=arguments.tokens,
        batch=arguments.batch,
        rate=arguments.rate,
        matrix_rate=arguments.matrix_rate,
        corpus=arguments.corpus,
    )
    check_place(arguments.out, "--out")
    if arguments.work:
        check_place(arguments.work, "--work")
    with held(arguments.out, "--out"):
        card = train(
            recipe,
            arguments.out,
            work=arguments.work,
            start=arguments.start,
            resume=arguments.resume,
            threads=arguments.threads,
            snapshots=arguments.snapshots,
            cases=arguments.cases,
            report=_print_to_stderr,
        )
    if arguments.json:
        print(json.dumps(card))
    return 0


def run_release(arguments: argparse.Namespace) -> int:
    """Make what ships; a release that was stopped goes on."""
    from tinyworld.manifest import MANIFEST
    from tinyworld.release import release

    data: Path = arguments.data
    check_place(data / MANIFEST, "--data")
    check_place(arguments.work / "models", "--work")
    names = [name for name in arguments.models.split(",") if name]
    manifest = release(data, arguments.work, only=names, report=_print_to_stderr)
    print(f"{data}: {len(manifest['files'])} files by {len(manifest['commands'])} commands")
    return 0


def _print_to_stderr(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def main(argv: list[str] | None = None) -> int:
    """Run ``python -m tinyworld``; return the exit status: 0 done, 2 unusable input."""
    from itda_core.errors import InputError

    parser = argparse.ArgumentParser(
        prog="python -m tinyworld", description="The TinyWorld corpus and its models."
    )
    add(parser)
    arguments = parser.parse_args(argv)
    try:
        return int(arguments.run(arguments))
    except InputError as error:
        print(error, file=sys.stderr)
        return 2

"""``tinyworld corpus``, ``train`` and ``release`` on the command line."""

import argparse
import json
import sys
from pathlib import Path

HELP = "generate the TinyWorld corpus and train its models"


def add(parser: argparse.ArgumentParser) -> None:
    """Add the sub-commands; each sets ``run``, a function of the parsed arguments."""
    commands = parser.add_subparsers(dest="tinyworld_command", required=True)
    corpus = commands.add_parser("corpus", help="write documents as JSON lines with their spans")
    corpus.add_argument("--seed", type=int, default=0, help="seed of the documents (default 0)")
    corpus.add_argument("--documents", type=int, default=1000, help="how many (default 1000)")
    corpus.add_argument("--start", type=int, default=0, help="number of the first document")
    corpus.add_argument("--kind", help="only this kind of document, such as recipe")
    corpus.add_argument("--out", type=Path, help="file to write (default: standard output)")
    corpus.set_defaults(run=run_corpus)
    train = commands.add_parser("train", help="train a model on the corpus; can be resumed")
    train.add_argument("--size", choices=("small", "medium", "tiny"), default="small")
    train.add_argument("--seed", type=int, default=0, help="seed of the initial weights")
    train.add_argument("--data-seed", type=int, help="seed of the documents (each corpus has its)")
    train.add_argument("--start", type=Path, help="folder of a model to begin from")
    train.add_argument("--corpus", default="plain", help="plain (default), practice or flattery")
    train.add_argument("--tokens", type=int, default=10_000_000, help="tokens to train on")
    train.add_argument("--batch", type=int, default=8, help="windows of 256 tokens in a step")
    train.add_argument("--rate", type=float, default=0.01, help="AdamW's (tables and vectors)")
    train.add_argument("--matrix-rate", type=float, default=0.02, help="Muon's (blocks' matrices)")
    train.add_argument("--threads", type=int, default=0, help="CPU threads (default: all)")
    train.add_argument("--snapshots", type=int, default=0, help="weights to keep on the way")
    train.add_argument("--work", type=Path, help="folder of the unfinished training")
    train.add_argument("--resume", action="store_true", help="go on with an unfinished training")
    train.add_argument("--out", type=Path, required=True, help="folder of the finished model")
    train.add_argument("--cases", type=int, default=60, help="documents a behaviour test (60)")
    train.add_argument("--json", action="store_true", help="print the model card as JSON")
    train.set_defaults(run=run_train)
    release = commands.add_parser(
        "release", help="make everything in data/ again: models, dictionaries, statistics, tables"
    )
    release.add_argument("--data", type=Path, default=Path("data"), help="folder to fill (data)")
    release.add_argument(
        "--work", type=Path, default=Path("release-work"), help="folder of what does not ship"
    )
    release.add_argument("--models", default="", help="only these, by name, such as a,b")
    release.set_defaults(run=run_release)


def run(args: argparse.Namespace) -> int:
    """Run the sub-command; each sets its own ``run``."""
    raise AssertionError("argparse demands a sub-command")


def run_corpus(args: argparse.Namespace) -> int:
    """Write documents, one JSON object a line."""
    from itda_core.errors import InputError
    from itda_core.tinyworld.generate import documents

    stream = documents(args.seed, args.documents, start=args.start, kind=args.kind)
    try:
        file = args.out.open("w", encoding="utf-8") if args.out else sys.stdout
    except OSError as error:
        raise InputError(
            f"cannot write {args.out}: {error.strerror}; choose another --out"
        ) from error
    try:
        for d in stream:
            line = {
                "id": f"tinyworld-{args.seed}-{d.index}",
                "kind": d.kind,
                "text": d.text,
                "spans": [list(span) for span in d.spans],
            }
            file.write(json.dumps(line, ensure_ascii=False) + "\n")
    finally:
        if args.out:
            file.close()
    return 0


def run_train(args: argparse.Namespace) -> int:
    """Train a model; progress goes to standard error."""
    from itda_core.tinyworld.corpora import CORPORA
    from itda_core.tinyworld.train import Recipe, train

    usual = CORPORA[args.corpus].seed if args.corpus in CORPORA else 0
    recipe = Recipe(
        size=args.size,
        seed=args.seed,
        data_seed=usual if args.data_seed is None else args.data_seed,
        tokens=args.tokens,
        batch=args.batch,
        rate=args.rate,
        matrix_rate=args.matrix_rate,
        corpus=args.corpus,
    )
    card = train(
        recipe,
        args.out,
        work=args.work,
        start=args.start,
        resume=args.resume,
        threads=args.threads,
        snapshots=args.snapshots,
        cases=args.cases,
        report=lambda line: print(line, file=sys.stderr, flush=True),
    )
    if args.json:
        print(json.dumps(card))
    return 0


def run_release(args: argparse.Namespace) -> int:
    """Make what ships; a release that was stopped goes on."""
    from itda_core.tinyworld.release import release

    manifest = release(
        args.data,
        args.work,
        only=[name for name in args.models.split(",") if name],
        report=lambda line: print(line, file=sys.stderr, flush=True),
    )
    print(f"{args.data}: {len(manifest['files'])} files by {len(manifest['commands'])} commands")
    return 0


def main(argv: list[str] | None = None) -> int:
    """Run ``python -m itda_core.tinyworld``; return the exit status."""
    from itda_core.errors import InputError

    parser = argparse.ArgumentParser(
        prog="python -m itda_core.tinyworld", description="The TinyWorld corpus and its models."
    )
    add(parser)
    args = parser.parse_args(argv)
    try:
        return int(args.run(args))
    except InputError as error:
        print(error, file=sys.stderr)
        return 2

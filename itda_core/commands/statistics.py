"""``statistics``: what each atom does on held-out text, kept beside the dictionary."""

from __future__ import annotations

import argparse
import sys
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from itda_core.commands.arguments import add_dictionaries, add_held_out, add_json, add_model_choice
from itda_core.commands.output import print_json
from itda_core.errors import InputError
from itda_core.files import check_place
from itda_core.jobs.progress import ProgressReporter

if TYPE_CHECKING:
    from itda_core.atoms.statistics.compute import StatisticsProgress
    from itda_core.dictionary import Dictionary

HELP = "Find out what each atom does on held-out text, and keep it beside the dictionary."


def add(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    add_dictionaries(parser)
    add_held_out(parser)
    parser.add_argument("--max-tokens", type=int, default=100_000, help="tokens read (100,000)")
    add_model_choice(parser)
    add_json(parser)


def run(arguments: argparse.Namespace) -> None:
    """Compute and save the statistics of each dictionary; those of one model go together."""
    from itda_core.atoms.statistics.compute import compute_statistics
    from itda_core.atoms.statistics.files import FOLDER, save_statistics
    from itda_core.dictionary import Dictionary
    from itda_core.models.of_dictionary import load_model_of
    from itda_core.text.sources import open_corpus

    if arguments.max_tokens < 1:
        raise InputError(f"--max-tokens is {arguments.max_tokens}; expected at least 1")
    progress = ProgressReporter()
    progress.begin("reading the text")
    folders: list[Path] = arguments.dictionary
    corpus = open_corpus(arguments.corpus, text_field=arguments.text_field)
    groups: dict[Any, list[tuple[Path, Dictionary]]] = {}
    for folder in folders:
        dictionary = Dictionary.load(folder)
        check_place(folder.resolve() / FOLDER, "the place for statistics")
        recipe = dictionary.recipe
        key = (recipe.model_id, recipe.weights_hash, recipe.sequence_length, recipe.special_tokens)
        groups.setdefault(key, []).append((folder, dictionary))
        if corpus.content_hash() == recipe.corpus_hash:
            print(f"note: {folder.name} was built on this corpus", file=sys.stderr)
    start, results = time.monotonic(), []
    for group in groups.values():
        folder, first = group[0]
        model = load_model_of(first.recipe, folder, arguments.model, arguments.device)
        computed = compute_statistics(
            [dictionary for _, dictionary in group],
            model,
            corpus,
            max_tokens=arguments.max_tokens,
            progress=partial(_show, progress, str(model.id)),
        )
        for (folder, _), statistics in zip(group, computed, strict=True):
            path = save_statistics(statistics, folder)
            dead = int((statistics.atoms["count"] == 0).sum())
            results.append({"path": path, **statistics.head, "dead": dead})
    progress.end()
    if arguments.json:
        print_json({"statistics": results, "seconds": time.monotonic() - start})
        return
    for result in results:
        print(
            f"{result['path']}: {result['n_atoms']:,} atoms, {result['dead']:,} of them unused, "
            f"on {result['tokens']:,} tokens"
        )


def _show(progress: ProgressReporter, model: str, now: StatisticsProgress) -> None:
    progress.show(f"{now.done:4.0%}  {model}: {now.doing}", now._asdict(), last=now.done == 1)

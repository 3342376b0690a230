"""``evaluate``: dictionaries measured on held-out text."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from itda_core.commands.arguments import (
    add_dictionaries,
    add_held_out,
    add_json,
    add_model_choice,
    integers,
)
from itda_core.commands.output import json_ready, print_json, significant
from itda_core.errors import InputError
from itda_core.files import check_file_place, expand_safely, write_atomic

if TYPE_CHECKING:
    from itda_core.dictionary import Dictionary
    from itda_core.evaluation.evaluate import Evaluation
    from itda_core.models import LanguageModel
    from itda_core.text.corpus import Corpus

HELP = "Measure dictionaries on held-out text."


def add(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    from itda_core.pursuit import DEFAULT_METHOD, METHODS

    add_dictionaries(parser)
    add_held_out(parser)
    parser.add_argument("--max-tokens", type=int, default=20_000, help="tokens read (20,000)")
    parser.add_argument(
        "--ce-tokens",
        type=int,
        default=4_000,
        help="tokens the model is run on with reconstructions in place (4,000)",
    )
    parser.add_argument("--l0", default="5,10,20,40", help="budgets (default 5,10,20,40)")
    parser.add_argument(
        "--method",
        default=DEFAULT_METHOD,
        help=f"one of {', '.join(METHODS)}, or several such as mp,omp (default {DEFAULT_METHOD})",
    )
    parser.add_argument(
        "--out", type=expand_safely, help="also write the JSON document to this file"
    )
    add_model_choice(parser)
    add_json(parser)


def run(arguments: argparse.Namespace) -> None:
    """Evaluate and print a table for each dictionary, or JSON."""
    from itda_core.dictionary import Dictionary
    from itda_core.evaluation.evaluate import check_settings, evaluate
    from itda_core.text.sources import open_corpus

    l0s = integers(arguments.l0, "--l0")
    methods = arguments.method.split(",")
    _check(arguments)
    check_settings(l0s, methods)
    dictionaries = [Dictionary.load(folder) for folder in arguments.dictionary]
    corpus = open_corpus(arguments.corpus, text_field=arguments.text_field)
    results = []
    for folder, dictionary, model in _with_models(arguments, dictionaries):
        recipe = dictionary.recipe
        if corpus.content_hash() == recipe.corpus_hash:
            print(f"note: {folder.name} was built on this corpus", file=sys.stderr)
        rows = evaluate(
            dictionary,
            model,
            corpus,
            l0s,
            methods,
            max_tokens=arguments.max_tokens,
            ce_tokens=arguments.ce_tokens,
        )
        results.append(_as_json(dictionary, corpus, rows))
        if not arguments.json:
            if len(dictionaries) > 1:
                print(f"{dictionary.name}: {recipe.n_atoms:,} atoms, tau {recipe.tau:g}")
            _print_table(rows)
    if arguments.json:
        print_json(results[0] if len(results) == 1 else {"dictionaries": results})
    if arguments.out:
        document = json.dumps(json_ready({"dictionaries": results}), indent=1)
        write_atomic(arguments.out, document + "\n")


def _check(arguments: argparse.Namespace) -> None:
    """Refuse before the work numbers out of range, and a file that cannot be written."""
    for option, value in (
        ("--max-tokens", arguments.max_tokens),
        ("--ce-tokens", arguments.ce_tokens),
    ):
        if value < 1:
            raise InputError(f"{option} is {value}; expected at least 1")
    if arguments.out:
        check_file_place(arguments.out, "--out")


def _with_models(
    arguments: argparse.Namespace, dictionaries: list[Dictionary]
) -> Iterator[tuple[Path, Dictionary, LanguageModel]]:
    """Folder, dictionary and its model, which is loaded once for those of it in a row."""
    from itda_core.models.of_dictionary import load_model_of

    model, model_key = None, None
    for folder, dictionary in zip(arguments.dictionary, dictionaries, strict=True):
        recipe = dictionary.recipe
        key = (recipe.model_id, recipe.weights_hash, recipe.dtype)
        if model is None or key != model_key:
            model = load_model_of(recipe, folder, arguments.model, arguments.device)
            model_key = key
        yield folder, dictionary, model


def _as_json(dictionary: Dictionary, corpus: Corpus, rows: list[Evaluation]) -> dict[str, Any]:
    recipe = dictionary.recipe
    return {
        "dictionary": dictionary.name,
        "n_atoms": recipe.n_atoms,
        "tau": recipe.tau,
        "loss": recipe.loss,
        "corpus": corpus.name,
        "corpus_hash": corpus.content_hash(),
        "rows": [asdict(row) for row in rows],
    }


def _print_table(rows: list[Evaluation]) -> None:
    predicts = rows[0].ce_score is not None
    has_sinks = rows[0].sinks > 0
    header = "method   l0  atoms/token     FVU" + "  w/o sinks" * has_sinks
    header += "     loss      p95      p99   novel    dead"
    print(header + ("  CE score  KL score" if predicts else ""))
    for r in rows:
        losses = (significant(loss) for loss in (r.loss_mean, r.loss_p95, r.loss_p99))
        novel = "-" if r.novel is None else f"{r.novel:.2%}"
        line = f"{r.method:>6} {r.l0:4d} {r.l0_mean:12.1f} {r.fvu:7.4f}"
        line += f" {r.fvu_without_sinks:10.4f}" * has_sinks
        line += "".join(f" {loss:>8}" for loss in losses) + f" {novel:>7} {r.dead:7.1%}"
        if r.ce_score is not None and r.kl_score is not None:
            line += f" {r.ce_score:9.3f} {r.kl_score:9.3f}"
        print(line)
    first = rows[0]
    print(f"{first.tokens:,} tokens", end="")
    if predicts:
        print(
            f"; cross entropy {first.ce_original:.3f} untouched, {first.ce_zero:.3f} with zeros, "
            f"on {first.ce_tokens:,} tokens",
            end="",
        )
    print()
    print(_about_sinks(first))


def _about_sinks(row: Evaluation) -> str:
    """What the second FVU leaves out; that there is none where no token is a sink."""
    from itda_core.evaluation.metrics import SINK_FACTOR

    what = f"more than {SINK_FACTOR} times the median norm"
    if row.sinks:
        return f"w/o sinks: {row.sinks:,} attention sinks, tokens of {what}, left out"
    return f"no attention sinks: no token has {what}"

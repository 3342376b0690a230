"""``evaluate``: dictionaries measured on held-out text."""

from __future__ import annotations

import argparse
import json
import sys
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
from itda_core.commands.output import json_ready, print_json
from itda_core.errors import InputError

if TYPE_CHECKING:
    from itda_core.evaluation.evaluate import Evaluation
    from itda_core.models import LanguageModel

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
    parser.add_argument("--out", type=Path, help="also write the JSON document to this file")
    add_model_choice(parser)
    add_json(parser)


def run(arguments: argparse.Namespace) -> None:
    """Evaluate and print a table, or JSON."""
    from itda_core.dictionary import Dictionary
    from itda_core.evaluation.evaluate import check_settings, evaluate
    from itda_core.models.of_dictionary import load_model_of
    from itda_core.text.sources import open_corpus

    l0s = integers(arguments.l0, "--l0")
    for name in ("max_tokens", "ce_tokens"):
        if getattr(arguments, name) < 1:
            option = "--" + name.replace("_", "-")
            raise InputError(f"{option} is {getattr(arguments, name)}; expected at least 1")
    methods = arguments.method.split(",")
    check_settings(l0s, methods)
    dictionaries = [Dictionary.load(folder) for folder in arguments.dictionary]
    corpus = open_corpus(arguments.corpus, text_field=arguments.text_field)
    results = []
    loaded: tuple[Any, LanguageModel] | None = None
    for folder, dictionary in zip(arguments.dictionary, dictionaries, strict=True):
        recipe = dictionary.recipe
        which = (recipe.model_id, recipe.weights_hash, recipe.dtype)
        if loaded is None or loaded[0] != which:
            loaded = which, load_model_of(recipe, folder, arguments.model, arguments.device)
        if corpus.content_hash() == recipe.corpus_hash:
            print(f"note: {folder.name} was built on this corpus", file=sys.stderr)
        rows = evaluate(
            dictionary,
            loaded[1],
            corpus,
            l0s,
            methods,
            max_tokens=arguments.max_tokens,
            ce_tokens=arguments.ce_tokens,
        )
        results.append(
            {
                "dictionary": dictionary.name,
                "n_atoms": recipe.n_atoms,
                "tau": recipe.tau,
                "loss": recipe.loss,
                "corpus": corpus.name,
                "corpus_hash": corpus.content_hash(),
                "rows": [asdict(row) for row in rows],
            }
        )
        if not arguments.json:
            if len(dictionaries) > 1:
                print(f"{dictionary.name}: {recipe.n_atoms:,} atoms, tau {recipe.tau:g}")
            _print_table(rows)
    if arguments.out:
        document = json.dumps(json_ready({"dictionaries": results}), indent=1)
        arguments.out.write_text(document + "\n", encoding="utf-8")
    if arguments.json:
        print_json(results[0] if len(results) == 1 else {"dictionaries": results})


def _print_table(rows: list[Evaluation]) -> None:
    causal = rows[0].ce_score is not None
    head = "method   l0  atoms/token     FVU   loss    p95    p99   novel    dead"
    print(head + ("  CE score  KL score" if causal else ""))
    for r in rows:
        line = (
            f"{r.method:>6} {r.l0:4d} {r.l0_mean:12.1f} {r.fvu:7.4f} {r.loss_mean:6.3f} "
            f"{r.loss_p95:6.3f} {r.loss_p99:6.3f} {r.novel:7.1%} {r.dead:7.1%}"
        )
        if r.ce_score is not None and r.kl_score is not None:
            line += f" {r.ce_score:9.3f} {r.kl_score:9.3f}"
        print(line)
    first = rows[0]
    print(f"{first.tokens:,} tokens", end="")
    if causal:
        print(
            f"; cross entropy {first.ce_original:.3f} untouched, {first.ce_zero:.3f} with zeros, "
            f"on {first.ce_tokens:,} tokens",
            end="",
        )
    print()

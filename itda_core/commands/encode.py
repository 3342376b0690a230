"""``encode``: the sparse code of every token of a prompt."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING, Any

from itda_core.atoms.excerpts import LINE_END, SPACE
from itda_core.commands.arguments import add_dictionary, add_json, add_model_choice
from itda_core.commands.output import print_json, printable, significant
from itda_core.errors import InputError

if TYPE_CHECKING:
    from itda_core.dictionary import Dictionary
    from itda_core.prompt.decomposition import Decomposition

HELP = "Code every token of a prompt over a dictionary."
SHOWN = 3
"""Atoms a token in the table for people; --json has all."""


def add(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    from itda_core.pursuit import DEFAULT_METHOD, METHODS

    add_dictionary(parser)
    parser.add_argument("--prompt", required=True, help="the text; - reads standard input")
    parser.add_argument("--l0", type=int, help="atoms a code may use (default: as built)")
    parser.add_argument(
        "--method",
        default=DEFAULT_METHOD,
        choices=tuple(METHODS),
        help=" ".join(f"{m.name}: {m.about}" for m in METHODS.values()),
    )
    add_model_choice(parser)
    add_json(parser)


def run(arguments: argparse.Namespace) -> None:
    """Decompose and print."""
    from itda_core.dictionary import Dictionary
    from itda_core.models.of_dictionary import load_model_of
    from itda_core.prompt.decomposition import decompose

    prompt = _given(arguments.prompt)
    if not prompt.strip():
        raise InputError("the prompt is empty; type a few words")
    dictionary = Dictionary.load(arguments.dictionary)
    model = load_model_of(
        dictionary.recipe, arguments.dictionary, arguments.model, arguments.device
    )
    decomposition = decompose(model, dictionary, prompt, arguments.l0, arguments.method)
    if arguments.json:
        print_json(as_json(decomposition, dictionary, arguments.method))
    else:
        _print_table(decomposition, dictionary)


def as_json(decomposition: Decomposition, dictionary: Dictionary, method: str) -> dict[str, Any]:
    """The whole decomposition as plain values."""
    from itda_core.prompt.decomposition import cite

    recipe = dictionary.recipe
    explained = decomposition.explained.tolist()
    tokens: list[dict[str, Any]] = []
    for t, text in enumerate(decomposition.tokens.tokens):
        token: dict[str, Any] = {
            "index": t,
            "id": decomposition.tokens.ids[t],
            "token": text,
            "char_start": decomposition.tokens.char_start[t],
            "char_end": decomposition.tokens.char_end[t],
            "coded": bool(decomposition.coded[t]),
        }
        if token["coded"]:
            token |= {
                "norm": float(decomposition.energy[t]) ** 0.5,
                "loss": float(decomposition.loss[t]),
                "loss_as_built": float(decomposition.loss_as_built[t]),
                "novel": bool(decomposition.novel[t]),
                "explained": explained[t],
                "residual_energy": decomposition.code.residual_energy[t].tolist(),
                "atoms": [c._asdict() for c in cite(decomposition, dictionary, t)],
            }
        tokens.append(token)
    return {
        "prompt": decomposition.prompt,
        "dictionary": dictionary.name,
        "model": recipe.model_id,
        "layer": recipe.layer,
        "tau": recipe.tau,
        "loss": recipe.loss,
        "l0": decomposition.code.indices.shape[1],
        "method": method,
        "l0_as_built": recipe.l0,
        "method_as_built": recipe.pursuit,
        "truncated": decomposition.truncated,
        "tokens": tokens,
    }


def _print_table(decomposition: Decomposition, dictionary: Dictionary) -> None:
    from itda_core.prompt.decomposition import cite

    print(f"{'token':>16}  explained  loss {'':8}atoms")
    for t, text in enumerate(decomposition.tokens.tokens):
        name = _visible(text)[-16:]
        if not bool(decomposition.coded[t]):
            print(f"{name:>16}  {'-':>9}")
            continue
        atoms = "   ".join(
            f"{c.coefficient:+.2f} {_visible(c.before[-24:])}[{_visible(c.token)}]"
            for c in cite(decomposition, dictionary, t)[:SHOWN]
        )
        mark = "new" if bool(decomposition.novel[t]) else "   "
        loss = significant(float(decomposition.loss[t]))
        numbers = f"{float(decomposition.explained[t]):9.1%}  {loss:<8}"
        print(f"{name:>16}  {numbers} {mark} {atoms}")
    if bool(decomposition.novel.any()):
        recipe = dictionary.recipe
        print(f"new: would have become an atom, loss > tau {recipe.tau:g} with {recipe.coding}")
    if decomposition.truncated:
        print(
            "the prompt is longer than the model can read; the rest was left out", file=sys.stderr
        )


def _visible(text: str) -> str:
    """On one line, and without control characters that a terminal would obey."""
    return printable(text.replace(" ", SPACE).replace("\n", LINE_END))


def _given(prompt: str) -> str:
    """The text of ``--prompt``, or that on standard input; a byte order mark left out."""
    if prompt == "-":
        return _stdin().removeprefix("\ufeff")
    if any("\udc80" <= c <= "\udcff" for c in prompt):  # what Python makes of other bytes
        raise InputError("--prompt is not UTF-8; convert it, or give it to --prompt - in UTF-8")
    return prompt.removeprefix("\ufeff")


def _stdin() -> str:
    """The text on standard input, which must be UTF-8 whatever the terminal is set to."""
    from itda_core.prompt.decomposition import MAX_CHARACTERS

    if sys.stdin is None:
        raise InputError("standard input is closed; give the text with --prompt")
    longest = 4 * MAX_CHARACTERS + 4  # bytes: read no further, it may never end
    data = sys.stdin.buffer.read(longest)
    if len(data) == longest:
        raise InputError(
            f"standard input holds more than the {MAX_CHARACTERS:,} characters a prompt may have; "
            "give less"
        )
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise InputError(
            f"standard input is not UTF-8 at byte {error.start}; convert it with iconv"
        ) from None

"""``atoms``: atoms as somebody would read them, label beside use."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from itda_core.atoms.excerpts import LINE_END, excerpt
from itda_core.commands.arguments import add_dictionary, add_json, integers
from itda_core.commands.output import print_json, printable
from itda_core.errors import InputError

if TYPE_CHECKING:
    from itda_core.atoms.statistics.files import Statistics
    from itda_core.dictionary import Dictionary

HELP = "Show atoms: label, use on held-out text, top contexts."
BESIDE = 60
"""Characters of text shown on either side of a token."""
_NUMBERS = ("density", "positive", "max_coefficient", "min_coefficient", "token_share")


def add(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    add_dictionary(parser)
    parser.add_argument("--atom", help="numbers of atoms, such as 5,10,20")
    parser.add_argument("--random", type=int, help="so many atoms drawn at random")
    parser.add_argument("--seed", type=int, default=0, help="for --random (default 0)")
    add_json(parser)


def run(arguments: argparse.Namespace) -> None:
    """Print the atoms asked for."""
    from itda_core.atoms.statistics.files import load_statistics
    from itda_core.dictionary import Dictionary

    folder: Path = arguments.dictionary
    dictionary = Dictionary.load(folder)
    statistics = load_statistics(folder, dictionary.fingerprint)
    if dictionary.labels is None or statistics is None:
        raise InputError(
            f"{folder} has no {'labels' if dictionary.labels is None else 'statistics'}; make them "
            f"with `build` and `statistics --dictionary {folder.name} --corpus ...`"
        )
    atoms = _atoms(arguments, dictionary.n_atoms)
    descriptions = [_describe(dictionary, statistics, atom) for atom in atoms]
    if arguments.json:
        print_json({"dictionary": dictionary.name, "atoms": descriptions})
        return
    for description in descriptions:
        _print(description)


def _atoms(arguments: argparse.Namespace, n: int) -> list[int]:
    """The numbers asked for, of ``n`` atoms."""
    import numpy as np

    if (arguments.atom is None) == (arguments.random is None):
        raise InputError("give either --atom, such as 5,10,20, or --random with a number")
    if arguments.random is not None:
        if not 1 <= arguments.random <= n:
            raise InputError(f"--random is {arguments.random}; expected 1 to {n}")
        numbers = np.random.default_rng(arguments.seed).choice(n, arguments.random, replace=False)
        return sorted(numbers.tolist())
    atoms = integers(arguments.atom, "--atom")
    for atom in atoms:
        if not 0 <= atom < n:
            raise InputError(f"there is no atom {atom}; this dictionary has 0 to {n - 1}")
    return atoms


def _describe(dictionary: Dictionary, statistics: Statistics, atom: int) -> dict[str, Any]:
    assert dictionary.labels is not None and dictionary.prompts is not None
    label = dictionary.labels.iloc[atom]
    source = dictionary.prompts.set_index("prompt_id").loc[label["prompt_id"]]
    row = statistics.atoms.iloc[atom]
    numbers = {name: float(row[name]) for name in _NUMBERS}
    tag = {"tag": row["tag"], "tag_share": float(row["tag_share"])} if "tag" in row else {}
    return {
        "atom": atom,
        "source": source["source"],
        "label": _marked(source["text"], label["char_start"], label["char_end"]),
        "main_token": row["token"],
        **numbers,
        **tag,
        "contexts": _contexts(statistics, atom),
    }


def _contexts(statistics: Statistics, atom: int) -> list[dict[str, Any]]:
    prompts = statistics.prompts.set_index("prompt_id")
    contexts = []
    for example in statistics.contexts[statistics.contexts["atom"] == atom].itertuples():
        prompt = prompts.loc[example.prompt_id]
        start, end = prompt["starts"][example.place], prompt["ends"][example.place]
        contexts.append(
            {
                "range": example.range,
                "coefficient": float(example.coefficient),
                "text": _marked(prompt["text"], int(start), int(end)),
                "tags": example.tags,
            }
        )
    return contexts


def _marked(text: str, start: int, end: int) -> str:
    """The token in [brackets], its own space inside, with some text on either side."""
    return excerpt(text, start, end, (BESIDE, BESIDE)).with_line_ends(LINE_END).in_brackets()


def _print(atom: dict[str, Any]) -> None:
    print(printable(f"atom {atom['atom']} · {atom['source']} · {atom['label']}"))
    use = (
        f"  in {atom['density']:.2%} of codes; {atom['token_share']:.0%} on {atom['main_token']!r}"
    )
    if atom.get("tag"):
        use += f", {atom['tag_share']:.0%} on {atom['tag']}"
    print(printable(use))
    for context in atom["contexts"]:
        line = f"  {context['range']:>8} {context['coefficient']:+8.2f}  {context['text']}"
        print(printable(line))

"""How long a person waits: ``--help``, a prompt to JSON, and the page in a real browser.

    python -m benchmarks.latency [--dictionary DIR]

The page is measured in Chromium, from the change of the prompt to the new strip on screen.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from pathlib import Path

from benchmarks.machine import describe
from itda_core import Dictionary
from itda_core.commands.encode import as_json
from itda_core.decomposition import decompose
from itda_core.locate import load_model_of

PROMPT = "Mara put the red kite in her basket because it was going to rain number {}."
DICTIONARIES = Path("data/dictionaries")


def seconds_of(work) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def median(values: list[float]) -> float:
    return sorted(values)[len(values) // 2]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--dictionary", type=Path, default=None, help="default: the first in data/")
    given = parser.parse_args()
    print(describe())

    def ask_for_help() -> None:
        command = [sys.executable, "-m", "itda_core", "--help"]
        subprocess.run(command, stdout=subprocess.DEVNULL, check=True)

    print(f"--help: {median([seconds_of(ask_for_help) for _ in range(5)]):.2f} s")

    folder = given.dictionary or sorted(p for p in DICTIONARIES.iterdir() if p.is_dir())[0]
    dictionary = Dictionary.load(folder)
    model = load_model_of(dictionary.recipe, folder)
    for method in ("mp", "omp"):

        def answer(number: int, method: str = method) -> None:
            taken = decompose(model, dictionary, PROMPT.format(number), method=method)
            json.dumps(as_json(taken, dictionary, method))

        answer(0)
        spent = median([seconds_of(lambda n=n: answer(n)) for n in range(1, 16)])
        print(f"prompt to JSON, {folder.name}, {method}, loaded: {spent:.3f} s")


if __name__ == "__main__":
    main()

"""Whether the tables of statistics fit each other, and the dictionary that they are of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from itda_core.atoms.statistics.atoms import BINS
from itda_core.atoms.statistics.contexts import RANGES
from itda_core.dictionary.columns import LARGEST, check_range

if TYPE_CHECKING:
    import pandas as pd

    from itda_core.dictionary import DictionaryHead

_COUNTS = ("tokens", "prompts", "tags")
"""Whole numbers in the summary."""
_TEXTS = ("corpus_name", "corpus_hash")
_OF_RECIPE = ("layer", "n_atoms", "l0", "pursuit")
"""What the summary repeats of the dictionary's recipe, and pages rely on."""
_ROUNDING = 2.0**-12
"""By how much, relatively, a number on disk may differ from what it was."""


def check_summary(summary: dict[str, Any], of: DictionaryHead) -> None:
    """ValueError unless a ``statistics.json`` says what it must, and the same as the dictionary."""
    for name in _COUNTS:
        if type(summary.get(name)) is not int or not 0 <= summary[name] <= LARGEST:
            raise ValueError(f"{name} is {str(summary.get(name))[:60]}, expected a count")
    for name in _TEXTS:
        if not isinstance(summary.get(name), str):
            raise ValueError(f"{name} is {str(summary.get(name))[:60]}, expected text")
    for name in _OF_RECIPE:
        here, there = summary.get(name), getattr(of.recipe, name)
        if here != there or isinstance(here, bool):
            raise ValueError(f"{name} is {str(here)[:60]}, in the dictionary {str(there)[:60]}")


def check_numbers(atoms: pd.DataFrame, summary: dict[str, Any]) -> None:
    """ValueError unless the numbers of the atoms, as far as they were read, fit each other."""
    n, tokens = summary["n_atoms"], summary["tokens"]
    if "atom" in atoms and not np.array_equal(atoms["atom"], np.arange(n)):
        raise ValueError(f"atoms.parquet does not name atoms 0 to {n - 1} in order")
    if "count" in atoms:
        count = atoms["count"].to_numpy()
        check_range(count, 0, tokens, "count in atoms.parquet")
        if "density" in atoms:
            density = atoms["density"].to_numpy(np.float64)
            if (np.abs(density - count / max(tokens, 1)) > 1.01 * _ROUNDING * density).any():
                raise ValueError("density in atoms.parquet is not count ÷ tokens")


def check_atoms(atoms: pd.DataFrame, summary: dict[str, Any]) -> None:
    """ValueError unless every atom's numbers fit each other."""
    n = summary["n_atoms"]
    check_numbers(atoms, summary)
    if (_lengths(atoms["histogram"]) != BINS).any():
        raise ValueError(f"histogram in atoms.parquet has rows of other than {BINS} bins")
    if len(atoms) and (np.stack(atoms["histogram"]).sum(1) != atoms["count"]).any():
        raise ValueError("histogram in atoms.parquet does not add up to count")
    check_range(_flat(atoms["partners"]), 0, n - 1, "partners in atoms.parquet")
    _check_lengths(atoms, "partners", "partner_jaccard")
    if "top_tokens" in atoms:
        _check_lengths(atoms, "top_tokens", "top_logits")
        _check_lengths(atoms, "bottom_tokens", "bottom_logits")


def check_contexts(contexts: pd.DataFrame, prompts: pd.DataFrame, n_atoms: int) -> None:
    """ValueError unless every example names an atom, a prompt and tokens of it that are there."""
    if prompts["prompt_id"].duplicated().any():
        raise ValueError("prompts.parquet has two prompts of one id")
    _check_lengths(prompts, "starts", "ends")
    starts, ends = _flat(prompts["starts"]), _flat(prompts["ends"])
    lengths = _lengths(prompts["starts"])
    characters = np.repeat(_lengths(prompts["text"]), lengths)
    if ((starts < 0) | (starts > ends) | (ends > characters)).any():
        raise ValueError("prompts.parquet names characters that its texts do not have")
    check_range(contexts["atom"].to_numpy(), 0, n_atoms - 1, "atom in contexts.parquet")
    if not set(contexts["range"].unique()) <= set(RANGES):
        raise ValueError("range in contexts.parquet holds an unknown one")
    tokens = contexts["prompt_id"].map(dict(zip(prompts["prompt_id"], lengths, strict=True)))
    if tokens.isna().any():
        raise ValueError("contexts.parquet names prompts that prompts.parquet lacks")
    _check_lengths(contexts, "places", "coefficients")
    most = tokens.to_numpy(np.int64)
    places, row = _flat(contexts["places"]), _lengths(contexts["places"])
    place = contexts["place"].to_numpy(np.int64)
    beyond = (place < 0) | (place >= most)
    if beyond.any() or ((places < 0) | (places >= np.repeat(most, row))).any():
        raise ValueError("contexts.parquet names tokens that its prompts do not have")


def _flat(rows: pd.Series) -> np.ndarray:
    """All values of a column of lists."""
    return np.concatenate([np.empty(0, np.int64), *rows]) if len(rows) else np.empty(0, np.int64)


def _lengths(rows: pd.Series) -> np.ndarray:
    """How many values, or characters, each row has."""
    return np.fromiter(map(len, rows), np.int64, len(rows))


def _check_lengths(table: pd.DataFrame, one: str, other: str) -> None:
    """ValueError unless two columns of lists have as many values in every row."""
    if not np.array_equal(_lengths(table[one]), _lengths(table[other])):
        raise ValueError(f"{one} and {other} differ in length")

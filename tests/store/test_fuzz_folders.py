"""Folders of dictionaries that were harmed or lie: refused in a line, or right to the last number.

`ITDA_FUZZ=400 python -m pytest tests/store/test_fuzz_folders.py -s` tries so many, and counts.
"""

import os
import random
import shutil
from collections import Counter
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from mutations import HARM, LIES, make_hashes_true

from itda_core import Dictionary, InputError, Store
from itda_core.atoms import selection
from itda_core.atoms.excerpts import excerpts
from itda_core.atoms.statistics.files import load_statistics, save_statistics
from itda_core.atoms.table import ORDERS, AtomQuery, AtomTable
from itda_core.figures.atoms import coefficient_histogram, logit_effects
from itda_core.files import SEAL

N = int(os.environ.get("ITDA_FUZZ", "32"))
SHIPPED = Path(__file__).parents[2] / "data/dictionaries/tinyworld-small-seed0-layer3-tau0.5"
NUMBERS_OF_HEAD = ("tokens", "layer", "l0", "n_atoms")


@pytest.fixture(scope="module")
def originals(tmp_path_factory) -> dict[bool, Path]:
    """One dictionary as it ships, its summaries without seals, and as it is written today."""
    folder = tmp_path_factory.mktemp("originals")
    shutil.copytree(SHIPPED, folder / "shipped")
    dictionary = Dictionary.load(SHIPPED)
    dictionary.save(folder / "sealed", half=True)
    statistics = load_statistics(SHIPPED)
    statistics.head["dictionary"] = Dictionary.load(folder / "sealed").fingerprint
    for key in ("files", SEAL):
        statistics.head.pop(key, None)
    save_statistics(statistics, folder / "sealed")
    return {False: folder / "shipped", True: folder / "sealed"}


def use(data: Path) -> str:
    """Ask for all that pages show of the one dictionary in ``data``; why it cannot be had."""
    store = Store(data, ":memory:")
    try:
        store.sync(with_tables=False)
        reasons = dict(store.sync().broken)
        for head in store.dictionaries():
            dictionary = Dictionary.load(store.folder / head.name)
            table = AtomTable(store.atoms(head.name))
            for order in ORDERS:
                rows = table.find(AtomQuery(search="a", order=order))
            if len(table):
                table.example()
                selection.summarise(table.frame, rows)
                selection.table(table.frame, rows)
                excerpts(dictionary, range(dictionary.n_atoms))
                store.nearest(head.name, 0)
            store.growth(head.name)
            dictionary.encode(dictionary.atoms[:3], 4)
            dictionary.crop(dictionary.n_atoms // 2)
            if head.note:
                reasons[head.name] = head.note
            elif head.has_statistics:
                look_at(load_statistics(store.folder / head.name, head.fingerprint))
        return "; ".join(reasons.values())
    finally:
        store.close()


def look_at(statistics) -> None:
    """As the page of an atom does."""
    prompts = {prompt["prompt_id"]: prompt for prompt in statistics.prompts.to_dict("records")}
    for example in statistics.contexts.to_dict("records"):
        prompt = prompts[example["prompt_id"]]
        values = zip(example["places"].tolist(), example["coefficients"].tolist(), strict=True)
        for place, _ in [*values, (int(example["place"]), 0)]:
            assert len(prompt["text"][prompt["starts"][place] : prompt["ends"][place]]) >= 0
    for atom in statistics.atoms.to_dict("records")[:5]:
        coefficient_histogram(atom["histogram"].tolist(), 1.0, "")
        sides = (f"{side}_{what}" for side in ("top", "bottom") for what in ("tokens", "logits"))
        logit_effects(*(atom[name].tolist() for name in sides), "")
        statistics.atoms.iloc[atom["partners"]]


def differs(folder: Path, original: Path) -> list[str]:
    """Which numbers are accepted and are not those of the original."""
    found = []
    try:
        one, other = Dictionary.load(folder), Dictionary.load(original)
    except InputError as error:
        assert "\n" not in str(error) and folder.name in str(error)
        return []
    if one.recipe != other.recipe:
        found.append("recipe")
    for name in ("atoms", "norms", "rows", "losses"):
        if not torch.equal(*(getattr(d, name).nan_to_num(-1) for d in (one, other))):
            found.append(name)
    tables = {name: (getattr(one, name), getattr(other, name)) for name in ("labels", "prompts")}
    try:
        mine, theirs = load_statistics(folder), load_statistics(original)
    except InputError as error:
        assert "\n" not in str(error) and folder.name in str(error)
        mine = None
    if mine is not None:
        found += [name for name in NUMBERS_OF_HEAD if mine.head[name] != theirs.head[name]]
        for name in ("atoms", "contexts", "prompts"):
            tables[f"statistics {name}"] = getattr(mine, name), getattr(theirs, name)
    for name, frames in tables.items():
        try:
            pd.testing.assert_frame_equal(*frames, check_exact=True)
        except AssertionError:
            found.append(name)
    return found


def mutated(ways: list, seed: int, originals: dict[bool, Path], data: Path):
    """A copy of an original with one or two of ``ways`` done to it; None where they do not go."""
    rng = random.Random(seed)
    original = originals[rng.random() < 0.6]
    folder = data / "dictionaries" / "odd"
    shutil.copytree(original, folder)
    done = [rng.choice(ways) for _ in range(rng.choice([1, 1, 2]))]
    for way in done:
        try:
            way(rng, folder)
            if ways is LIES:
                make_hashes_true(folder, original.name == "sealed")
        except (ValueError, KeyError, FileNotFoundError, OverflowError, RuntimeError):
            return None  # the second cannot be done to what the first has left
    return original, folder, [way.__name__ for way in done]


@pytest.mark.parametrize("ways", [HARM, LIES], ids=["harmed", "lying"])
def test_it_is_refused_in_a_line_or_right(ways, originals, tmp_path):
    outcomes: Counter[str] = Counter()
    for seed in range(N // 2):
        data = tmp_path / str(seed)
        made = mutated(ways, seed, originals, data)
        if made is None:
            outcomes["not possible"] += 1
            continue
        original, folder, done = made
        try:
            reason = use(data)
            assert "\n" not in reason
            if ways is HARM:
                assert differs(folder, original) == []
        except Exception as error:
            raise AssertionError(f"seed {seed}: {', '.join(done)}: {error!r}") from error
        outcomes["refused" if reason else "as it was" if ways is HARM else "makes sense"] += 1
        shutil.rmtree(data)
    print(dict(outcomes))
    assert outcomes["refused"] > N // 8
    assert np.sum(list(outcomes.values())) == N // 2

"""Mutated model folders: one line, or another model by its hashes, or the very same activations.

Seeded. ``ITDA_FUZZ=100`` tries that many; the suite tries some.
"""

import json
import os
import random
import shutil
from pathlib import Path

import pytest
import strange
import torch
from strange import save

from itda_core.construction.job import BuildJob, BuildPlan
from itda_core.errors import InputError
from itda_core.models import LanguageModel, load_model
from itda_core.models.of_dictionary import check_fits
from itda_core.text.corpus import corpus_from_texts

N = int(os.environ.get("ITDA_FUZZ", "24"))
TEXT = "My friend sees the river near the sea."
JSON_FILES = ("config.json", "tokenizer.json", "tokenizer_config.json", "generation_config.json")
VALUES = [None, 0, -1, 2**31, 2**63, 1e30, 0.5, "x", "\ud83d", "a\x00b", [], {}, [None], True]


def flip_a_bit(folder: Path, draw: random.Random) -> None:
    file = draw.choice(sorted(f for f in folder.iterdir() if f.stat().st_size))
    data = bytearray(file.read_bytes())
    place = draw.randrange(min(len(data), draw.choice([64, 2000, len(data)])))
    data[place] ^= 1 << draw.randrange(8)
    file.write_bytes(data)


def cut_short(folder: Path, draw: random.Random) -> None:
    file = draw.choice(sorted(folder.iterdir()))
    data = file.read_bytes()
    file.write_bytes(data[: draw.randrange(len(data) + 1)])


def put_a_value(folder: Path, draw: random.Random) -> None:
    """A value of another type or range, somewhere in a JSON file."""
    file = folder / draw.choice(JSON_FILES)
    content = json.loads(file.read_text())
    place = content
    while True:
        key = draw.choice(sorted(place, key=str)) if isinstance(place, dict) else 0
        inner = place[key]
        if not isinstance(inner, dict) or not inner or draw.random() < 0.4:
            place[key] = draw.choice(VALUES)
            break
        place = inner
    file.write_text(json.dumps(content))


def put_a_size(folder: Path, draw: random.Random) -> None:
    file = folder / "config.json"
    content = json.loads(file.read_text())
    sizes = [key for key, value in content.items() if type(value) is int]
    content[draw.choice(sorted(sizes))] = draw.choice([0, -3, 1, 7, 10**6, 2**31, 2**62])
    file.write_text(json.dumps(content))


def nest_deeply(folder: Path, draw: random.Random) -> None:
    file = folder / draw.choice(JSON_FILES)
    file.write_text('{"a":' * 100_000 + "1" + "}" * 100_000)


def lose_a_file(folder: Path, draw: random.Random) -> None:
    draw.choice(sorted(folder.iterdir())).unlink()


def make_it_a_folder(folder: Path, draw: random.Random) -> None:
    file = draw.choice(sorted(folder.iterdir()))
    file.unlink()
    file.mkdir()


MUTATIONS = [
    flip_a_bit,
    flip_a_bit,
    cut_short,
    put_a_value,
    put_a_value,
    put_a_size,
    nest_deeply,
    lose_a_file,
    make_it_a_folder,
]


@pytest.fixture(scope="module", params=["light", "transformers"])
def original(request, tiny_causal: Path, tmp_path_factory):
    """A model of either kind of loading, a dictionary of it, and its activations of a text."""
    if request.param == "light":
        folder = tiny_causal
    else:
        folder = save(tmp_path_factory.mktemp("fuzz") / "plain", strange.plain)
    model = load_model(folder, device="cpu", dtype="float32")
    corpus = corpus_from_texts([TEXT] * 2, "texts")
    dictionary = BuildJob(model, corpus, BuildPlan((1,), 0.2, 4)).run()[1]
    return model, dictionary, model.read(TEXT, [1]).x[1]


@pytest.mark.parametrize("seed", range(N // 2))
def test_a_mutated_folder_is_refused_or_the_same_model(seed: int, original, tmp_path: Path) -> None:
    model, dictionary, x = original
    folder = shutil.copytree(model.path, tmp_path / "model")
    draw = random.Random(seed)
    draw.choice(MUTATIONS)(folder, draw)
    try:
        mutated: LanguageModel = load_model(folder, device="cpu", dtype="float32")
        check_fits(mutated, dictionary)
    except InputError as error:
        assert "\n" not in str(error) and len(str(error)) < 800
        return
    assert torch.equal(mutated.read(TEXT, [1]).x[1], x)

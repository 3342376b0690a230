"""What a held-out text has in common with what was read before, against a count by hand."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from small import sentences

from itda_core import InputError, load_model
from tinyworld.overlap import GRAM, Overlap, _grams, overlap


@pytest.fixture
def corpora(tmp_path):
    """Names of three files: held out, built on, trained on."""
    known, new = sentences(40, seed=1), ["Nobody has read these ten words in a row before."]
    written = {
        "held": [*known[:3], *new, " ".join(known[5:7])],
        "built": known[2:30],
        "trained": known,
    }
    for name, texts in written.items():
        lines = (json.dumps({"text": text}) + "\n" for text in texts)
        (tmp_path / f"{name}.jsonl").write_text("".join(lines), encoding="utf-8")
    return [str(tmp_path / f"{name}.jsonl") for name in written]


def test_repetitions_are_counted(corpora, tiny_causal):
    found = overlap(tiny_causal, *corpora, max_tokens=10**6, built_tokens=10**6)
    model = load_model(tiny_causal)
    lines = (Path(corpora[i]).read_text(encoding="utf-8").splitlines() for i in (0, 2))
    held, trained = ([json.loads(line)["text"] for line in of_file] for of_file in lines)
    runs = set()
    for text in trained:
        ids = model.tokenize(text).ids
        runs |= {tuple(ids[i : i + GRAM]) for i in range(len(ids) - GRAM + 1)}
    repeated = total = 0
    for text in held:
        ids = model.tokenize(text).ids
        total += len(ids)
        for t in range(len(ids)):
            around = (tuple(ids[i : i + GRAM]) for i in range(max(0, t - GRAM + 1), t + 1))
            repeated += any(run in runs for run in around)
    assert 0 < repeated < total
    assert found == Overlap(prompts=5, prompts_built_on=1, tokens=total, tokens_repeated=repeated)


def test_only_so_much_of_the_held_out_text_is_read(corpora, tiny_causal):
    found = overlap(tiny_causal, *corpora, max_tokens=1, built_tokens=10**6)
    assert found.prompts == 1 and found.tokens == found.tokens_repeated


def test_runs_differ_in_their_order():
    ids = np.arange(20, dtype=np.uint64)
    assert len(set(_grams(ids).tolist() + _grams(ids[::-1]).tolist())) == 2 * (20 - GRAM + 1)
    assert len(_grams(ids[: GRAM - 1])) == 0


def test_a_model_without_a_tokenizer_is_refused(corpora, tiny_causal, tmp_path):
    shutil.copytree(tiny_causal, tmp_path / "model")
    (tmp_path / "model" / "tokenizer.json").unlink()
    with pytest.raises(InputError):
        overlap(tmp_path / "model", *corpora, max_tokens=10, built_tokens=10)

"""Folders whose hashes are right and whose content makes no sense, each told in one line."""

import subprocess

import numpy as np
import pandas as pd
import pytest
from damage import edit_head, replace_atoms, reseal
from folders import labelled

from itda_core import Dictionary, InputError
from itda_core.dictionary import read_head
from itda_core.dictionary.untrusted import ROOT
from itda_core.files import read_summary


@pytest.fixture
def folder(tmp_path):
    return labelled().save(tmp_path / "one")


def rewrite(folder, name, change):
    """Change a table, its hash made true again."""
    file = folder / f"{name}.parquet"
    table = pd.read_parquet(file)
    changed = change(table)
    (table if changed is None else changed).to_parquet(file, index=False)
    reseal(folder, file.name)


def put(column, value, row=3):
    return lambda table: table.__setitem__(column, table[column].where(table.index != row, value))


LABELS = {
    "null text": (put("token", None), "token in labels.parquet lacks 1 of its values"),
    "null number": (put("char_end", None), "char_end in labels.parquet is double, expected whole"),
    "text for a number": (lambda t: t.assign(token_id="x"), "token_id .* is .*string, expected"),
    "number for a text": (lambda t: t.assign(token=1), "token in .* is int64, expected text"),
    "lists": (lambda t: t.assign(token=[["a"]] * len(t)), "token .* is list.*, expected text"),
    "below 0": (put("char_start", -1), "char_start in labels.parquet holds -1, expected 0 to"),
    "too large": (put("token_id", 2**40), "token_id in labels.parquet holds 1099511627776"),
    "start after end": (put("char_start", 6), "label of atom 3 is characters 6 to 5 of a prompt"),
    "beyond the text": (put("char_end", 99), "characters 0 to 99 of a prompt that has 10"),
    "out of order": (lambda t: t.iloc[::-1], "does not name atoms 0 to .* in order"),
    "fewer rows": (lambda t: t.iloc[:5], "labels.parquet has 5 rows, expected"),
    "other times": (lambda t: t.assign(entered_at=t.entered_at + 1), "other times or losses"),
    "other losses": (lambda t: t.assign(loss_at_entry=0.5), "other times or losses of entry"),
    "infinite loss": (put("loss_at_entry", np.inf), "loss_at_entry in labels.parquet holds inf"),
    "no such prompt": (put("prompt_id", "none"), "names prompts that prompts.parquet lacks"),
}


@pytest.mark.parametrize("case", LABELS)
def test_labels_without_sense(folder, case):
    change, says = LABELS[case]
    rewrite(folder, "labels", change)
    with pytest.raises(InputError, match=says) as caught:
        Dictionary.load(folder)
    assert str(folder) in str(caught.value) and "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("table", "change", "says"),
    [
        ("prompts", lambda t: t.drop(columns="text"), "prompts.parquet lacks text"),
        ("prompts", lambda t: t.assign(source=None), "source in prompts.parquet is null"),
        ("prompts", lambda t: pd.concat([t, t[:1]]), "two prompts of one id"),
        ("prompts", lambda t: t[1:], "names prompts that prompts.parquet lacks"),
        ("growth", lambda t: t[::-1], "does not end with the tokens and atoms"),
        ("growth", lambda t: t[:0], "does not end with the tokens and atoms"),
        ("growth", lambda t: t.assign(n_atoms=t.n_atoms * 2), "does not end with the tokens"),
        ("growth", lambda t: t.astype(float), "tokens_seen in growth.parquet is double, expected"),
    ],
)
def test_other_tables_without_sense(folder, table, change, says):
    rewrite(folder, table, change)
    with pytest.raises(InputError, match=says):
        Dictionary.load(folder)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda t: t.update(norms=t["norms"].double()), "norms are float64, expected float32"),
        (lambda t: t.update(rows=t["rows"].float()), "rows are float32, expected int64"),
        (lambda t: t.update(rows=t["rows"].flip(0)), "not in order of entry|beyond"),
        (lambda t: t["rows"].add_(1000), "beyond the 60 that dictionary.json says were seen"),
        (lambda t: t["norms"].neg_(), "norms hold values below 0"),
        (lambda t: t["losses"].fill_(float("inf")), "losses hold values below 0, NaN or infinity"),
    ],
)
def test_tensors_without_sense(folder, change, says):
    replace_atoms(folder, change)
    with pytest.raises(InputError, match=says):
        Dictionary.load(folder)


@pytest.mark.parametrize(
    "odd",
    [
        *({"tau": 10**400}, {"tau": True}, {"tau": -1}, {"l0": 0}, {"l0": 2.5}, {"seed": 10**40}),
        *({"n_atoms": -1}, {"d_model": 0}, {"layer": -1}, {"max_tokens": -5}, {"max_atoms": "x"}),
        *({"sequence_length": 0}, {"sequence_length": 1}, {"pursuit": "none"}, {"loss": "none"}),
        *({"model_id": 7}, {"model_id": "a" * 5000}, {"model_id": "a\0b"}, {"corpus_name": []}),
        *({"libraries": []}, {"libraries": {"torch": 2}}, {"built_at": 7}, {"tokens_seen": 7}),
        *({"files": []}, {"files": {"atoms.safetensors": 7}}, {"files": {"../x": ""}}),
        *({"format_version": True}, {"format_version": "1"}, {"format_version": 0}),
    ],
    ids=lambda odd: " ".join(str(item)[:12] for item in next(iter(odd.items()))),
)
def test_a_summary_without_sense(folder, odd):
    edit_head(folder, **odd)
    with pytest.raises(InputError) as caught:
        Dictionary.load(folder)
    assert str(folder) in str(caught.value) and "\n" not in str(caught.value)
    assert len(str(caught.value)) < len(str(folder)) + 200


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[" * 100_000, "nested too deeply"),
        ('{"a": ' * 500 + "1" + "}" * 500, "no format_version"),
        ('{"format_version": 1, "format_version": 1}', "a key stands in it twice"),
        ('{"format_version": 1, "tau": NaN}', "NaN is no number to count with"),
        ('{"format_version": 1, "tau": 1e999}', "1e999 is no number to count with"),
        ('{"format_version": 1, "n_atoms": ' + "9" * 5000 + "}", "damaged"),
        (" " * (1 << 21), "more than 1,048,576 bytes"),
        ('"\\ud800"', "no JSON object"),
    ],
)
def test_a_summary_that_is_hardly_json(folder, text, says):
    (folder / "dictionary.json").write_text(text)
    with pytest.raises(InputError, match=says) as caught:
        read_head(folder)
    assert "\n" not in str(caught.value)


def test_a_number_that_was_changed_is_noticed(folder):
    head = folder / "dictionary.json"
    written = head.read_text()
    for old, new in (('"tau": 0.3', '"tau": 0.4'), ('"seed": 0', '"seed": 1'), ("torch", "lorch")):
        assert old in written
        head.write_text(written.replace(old, new))
        with pytest.raises(InputError, match=r"dictionary\.json is damaged .*sha256 differs"):
            read_head(folder)


def test_line_ends_and_spaces_change_nothing(folder):
    """A checkout on Windows, an editor: what the summary says is what counts."""
    before = Dictionary.load(folder)
    head = folder / "dictionary.json"
    head.write_bytes(head.read_bytes().replace(b"\n", b"\r\n").replace(b'": ', b'":  '))
    assert (
        read_head(folder).fingerprint == before.fingerprint == Dictionary.load(folder).fingerprint
    )


def test_files_of_data_keep_their_line_ends_in_every_checkout():
    asked = ["git", "check-attr", "text", "data/release.json", "data/dictionaries/x/y.parquet"]
    answers = subprocess.run(asked, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert answers.count("text: unset") == 2


def test_the_hash_of_what_ships_is_that_of_its_file():
    """Fingerprints of before, which stand in statistics and releases, stay as they are."""
    from hashlib import sha256

    head = ROOT / "data" / "dictionaries" / "tinyworld-small-seed0-layer3" / "dictionary.json"
    assert read_head(head.parent).fingerprint == sha256(head.read_bytes()).hexdigest()
    assert "sha256" not in read_summary(head)

"""The dictionary folder: whole or not at all, and checked on load."""

import json
import os

import pandas as pd
import pytest
import torch
from damage import change_byte, drop_label_column, edit_head, replace_atoms
from folders import labelled

from itda_core import Dictionary, InputError, build_dictionary
from itda_core.dictionary import read_head


@pytest.fixture
def folder(tmp_path):
    return labelled().save(tmp_path / "one")


def test_round_trip(folder):
    before, after = labelled(), Dictionary.load(folder)
    assert torch.equal(before.atoms, after.atoms) and torch.equal(before.rows, after.rows)
    assert after.name == "one" and len(after.fingerprint) == 64
    pd.testing.assert_frame_equal(before.labels, after.labels)
    assert after.recipe.tau == 0.3 and after.recipe.libraries["torch"]
    x = torch.randn(5, 12, generator=torch.Generator().manual_seed(1))
    assert torch.equal(before.encode(x, 3).indices, after.encode(x, 3).indices)
    growth = pd.read_parquet(folder / "growth.parquet")
    assert growth.n_atoms.iloc[-1] == after.n_atoms


def test_the_first_atoms_are_the_smaller_dictionary(folder):
    whole = Dictionary.load(folder)
    small = whole.crop(10)
    x = torch.randn(60, 12, generator=torch.Generator().manual_seed(0))
    again = build_dictionary(x, 0.3, 4, max_atoms=10)
    assert torch.equal(small.atoms, again.atoms)
    assert len(small.labels) == 10 and set(small.labels.prompt_id) == set(small.prompts.prompt_id)
    # It is what the build had when the next atom was about to enter.
    assert small.recipe.tokens_seen == int(whole.rows[10])
    assert whole.crop(0).n_atoms == 0 and whole.crop(whole.n_atoms) is whole
    with pytest.raises(InputError, match="0 to"):
        whole.crop(whole.n_atoms + 1)


def test_never_overwrites(folder):
    with pytest.raises(InputError, match="exists already"):
        labelled().save(folder)


def test_a_failed_save_leaves_nothing(tmp_path, monkeypatch):
    def full(*_args, **_kwargs):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pyarrow.parquet.write_table", full)
    with pytest.raises(OSError):
        labelled().save(tmp_path / "two")
    assert list(tmp_path.iterdir()) == []


DAMAGE = {
    "truncated": (lambda f: os.truncate(f / "atoms.safetensors", 300), "not what was written"),
    "changed byte": (change_byte, "sha256 differs"),
    "missing file": (lambda f: (f / "labels.parquet").unlink(), "labels.parquet is missing"),
    "no head": (lambda f: (f / "dictionary.json").unlink(), "no dictionary.json"),
    "head not JSON": (lambda f: (f / "dictionary.json").write_text("{"), "damaged"),
    "head a list": (lambda f: (f / "dictionary.json").write_text("[]"), "damaged"),
    "newer format": (lambda f: edit_head(f, format_version=99), "format 99.*update"),
    "wrong shape": (
        lambda f: replace_atoms(f, lambda t: t.update(atoms=t["atoms"][:, :-1].contiguous())),
        r"says \(",
    ),
    "not unit": (lambda f: replace_atoms(f, lambda t: t["atoms"][3].mul_(2)), "atom 3 has norm 2"),
    "NaN": (
        lambda f: replace_atoms(f, lambda t: t["atoms"][4].fill_(float("nan"))),
        "atom 4 has norm nan",
    ),
    "lacks a tensor": (lambda f: replace_atoms(f, lambda t: t.pop("norms")), "cannot be read"),
    "lacks a column": (drop_label_column, "lacks token"),
    "incomplete head": (
        lambda f: (f / "dictionary.json").write_text(
            json.dumps({"format_version": 1, "files": {"atoms.safetensors": "0"}})
        ),
        "incomplete",
    ),
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_damage_is_told_in_one_line(folder, damage):
    act, says = DAMAGE[damage]
    act(folder)
    with pytest.raises(InputError, match=says) as caught:
        Dictionary.load(folder)
    assert "\n" not in str(caught.value)


def test_no_such_folder(tmp_path):
    with pytest.raises(InputError, match="is no folder"):
        read_head(tmp_path / "none")


def test_an_older_reader_ignores_new_keys(folder):
    edit_head(folder, something_new=[1, 2])
    assert Dictionary.load(folder).n_atoms > 0


def test_half_precision_is_half_the_size_and_hardly_different(tmp_path):
    x = torch.randn(300, 64, generator=torch.Generator().manual_seed(0))
    dictionary = build_dictionary(x, tau=0.2, l0=4)
    whole, half = dictionary.save(tmp_path / "whole"), dictionary.save(tmp_path / "half", half=True)
    sizes = [(p / "atoms.safetensors").stat().st_size for p in (whole, half)]
    assert sizes[1] < 0.6 * sizes[0]
    again = Dictionary.load(half)
    assert again.atoms.dtype == torch.float32
    assert (again.atoms - dictionary.atoms).abs().max() < 5e-4
    assert (torch.linalg.vector_norm(again.atoms, dim=1) - 1).abs().max() < 1e-6
    assert again.rows.equal(dictionary.rows) and again.norms.equal(dictionary.norms)

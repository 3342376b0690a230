"""Ways to damage the folder of a dictionary."""

import json
from contextlib import suppress
from hashlib import sha256
from pathlib import Path

import pandas as pd
from safetensors.torch import load_file, save_file

from itda_core.files import SEAL, content_hash


def edit_head(folder: Path, **changes) -> None:
    """Change keys of ``dictionary.json``, its seal made true again: the change is in what it says.

    What is no text cannot be sealed: then it is as an older program would have written it.
    """
    file = folder / "dictionary.json"
    values = json.loads(file.read_text()) | changes
    values.pop(SEAL, None)
    with suppress(UnicodeEncodeError):
        values[SEAL] = content_hash(values)
    file.write_text(json.dumps(values))


def reseal(folder: Path, *files: str) -> None:
    """Make the hashes of changed ``files`` true again: the damage is in what they say."""
    summary = folder / "dictionary.json"
    hashes = json.loads(summary.read_text())["files"]
    for name in files:
        hashes[name] = sha256((folder / name).read_bytes()).hexdigest()
    edit_head(folder, files=hashes)


def replace_atoms(folder: Path, change) -> None:
    """Change the tensors, the hashes true again."""
    tensors = load_file(folder / "atoms.safetensors")
    change(tensors)
    save_file(tensors, folder / "atoms.safetensors")
    reseal(folder, "atoms.safetensors")


def change_byte(folder: Path) -> None:
    """Flip a bit in the atoms."""
    file = folder / "atoms.safetensors"
    data = bytearray(file.read_bytes())
    data[-1] ^= 1
    file.write_bytes(data)


def drop_label_column(folder: Path) -> None:
    """Take the tokens out of the labels, the hash made true again."""
    file = folder / "labels.parquet"
    pd.read_parquet(file).drop(columns="token").to_parquet(file, index=False)
    reseal(folder, file.name)

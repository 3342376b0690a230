"""Damage to the files of a dictionary."""

import json


def change_byte(folder):
    file = folder / "atoms.safetensors"
    data = bytearray(file.read_bytes())
    data[-1] ^= 1
    file.write_bytes(data)


def edit_head(folder, **changes):
    file = folder / "dictionary.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | changes))

"""Ways in which the folder of a dictionary arrives other than it was written.

``HARM`` changes bytes: a bad disk, a broken download. ``LIES`` change what is said and make all
hashes true again: somebody who knows the format.
"""

import json
import os
import random
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from safetensors.torch import load_file, save_file

from itda_core.files import content_hash

STRANGE: list[Any] = [
    *(None, True, -1, 0, 1, 10**12, 10**40, 1.5, -0.0, 1e308, 5e-324, "", "nan", [], {}, [[]]),
    *(
        "x" * 5000,
        "\u202egnp.exe",
        "<script>alert(1)</script>",
        "../../etc/passwd",
        "a\x00b",
        "ß\n",
    ),
    {"": None},
]


def summary(rng: random.Random, folder: Path) -> Path:
    return folder / rng.choice(["dictionary.json", "statistics/statistics.json"])


def table(rng: random.Random, folder: Path) -> Path:
    return rng.choice(sorted(folder.rglob("*.parquet")))


def any_file(rng: random.Random, folder: Path) -> Path:
    # One in three is a summary, which is short: its numbers are what is easily changed unnoticed.
    if rng.random() < 0.33:
        return summary(rng, folder)
    return rng.choice(sorted(file for file in folder.rglob("*") if file.is_file()))


# Harm


def flip_bit(rng: random.Random, folder: Path) -> None:
    file = any_file(rng, folder)
    content = bytearray(file.read_bytes())
    content[rng.randrange(len(content))] ^= 1 << rng.randrange(8)
    file.write_bytes(content)


def change_digit(rng: random.Random, folder: Path) -> None:
    file = summary(rng, folder)
    content = bytearray(file.read_bytes())
    place = rng.choice([i for i, byte in enumerate(content) if chr(byte).isdigit()])
    content[place] = ord(rng.choice("0123456789"))
    file.write_bytes(content)


def truncate(rng: random.Random, folder: Path) -> None:
    file = any_file(rng, folder)
    os.truncate(file, rng.randrange(file.stat().st_size))


def overwrite(rng: random.Random, folder: Path) -> None:
    file = any_file(rng, folder)
    content = bytearray(file.read_bytes())
    place = rng.randrange(len(content))
    content[place : place + 64] = rng.randbytes(64)
    file.write_bytes(content)


def take_away(rng: random.Random, folder: Path) -> None:
    any_file(rng, folder).unlink()


def exchange(rng: random.Random, folder: Path) -> None:
    one, other = any_file(rng, folder), any_file(rng, folder)
    first, second = one.read_bytes(), other.read_bytes()
    one.write_bytes(second)
    other.write_bytes(first)


HARM = [flip_bit, flip_bit, change_digit, truncate, overwrite, take_away, exchange]


# Lies


def say_otherwise(rng: random.Random, folder: Path) -> None:
    file = summary(rng, folder)
    values = json.loads(file.read_text("utf-8"))
    key = rng.choice([key for key in values if key not in ("files", "dictionary", "sha256")])
    values[key] = rng.choice(STRANGE)
    if rng.random() < 0.2:
        del values[key]
    file.write_text(json.dumps(values), "utf-8")


def count_otherwise(rng: random.Random, folder: Path) -> None:
    file = summary(rng, folder)
    values = json.loads(file.read_text("utf-8"))
    key = rng.choice([key for key, value in values.items() if type(value) in (int, float)])
    values[key] = rng.choice([values[key] + 1, values[key] - 1, values[key] * 2, -values[key]])
    file.write_text(json.dumps(values), "utf-8")


def nest_deeply(rng: random.Random, folder: Path) -> None:
    depth = rng.choice([100, 900, 100_000])
    file = summary(rng, folder)
    file.write_text(file.read_text("utf-8")[:-2] + ', "a": ' + "[" * depth + "]" * depth + "}")


def change_column(rng: random.Random, folder: Path) -> None:
    """A column gone, of another type, or with values that it should not have."""
    file = table(rng, folder)
    whole = pq.read_table(file)
    place = rng.randrange(whole.num_columns)
    changed = _otherwise(rng, whole.column(place).combine_chunks())
    name = whole.schema.names[place]
    whole = whole.remove_column(place)
    if changed is not None:
        whole = whole.add_column(place, name, changed)
    pq.write_table(whole, file)


def _otherwise(rng: random.Random, column: pa.Array) -> pa.Array | None:
    values = column.to_pylist()
    some = [i for i in range(len(values)) if rng.random() < 0.3] or [0]
    way = rng.randrange(6)
    if way == 0:
        return None
    if way == 1:  # another kind of thing altogether
        other = rng.choice([7, 0.5, "text", [1], [0.5], ["a"], {"a": 1}, b"\xff\xfe", True, None])
        return pa.array([other] * len(values))
    if way == 2:
        return pa.array([None if i in some else v for i, v in enumerate(values)], column.type)
    if way == 3:
        rng.shuffle(values)
        return pa.array(values, column.type)
    if way == 4 and pa.types.is_large_string(column.type):  # bytes that are no UTF-8
        broken = pa.array([b"\xff\xc0" * len(v) for v in values], pa.large_binary())
        return pa.Array.from_buffers(column.type, len(values), broken.buffers())
    return pa.array([_odd(rng, v) if i in some else v for i, v in enumerate(values)], column.type)


def _odd(rng: random.Random, value: Any) -> Any:
    """Another value of the same type."""
    if isinstance(value, list):
        ways = [[], value * 2, value[::-1], [_odd(rng, one) for one in value]]
        return rng.choice(ways)
    if isinstance(value, str):
        return rng.choice(["", "https://evil.example", "x" * 10_000, "\n\n", "<b>", value + "!"])
    if isinstance(value, int):
        return rng.choice([-1, 0, 1, 2**15 - 1, value + 1, -value])
    return rng.choice([float("nan"), float("inf"), -float("inf"), 1e-45, -1.0, 2.0, 1e30])


def repeat_rows(rng: random.Random, folder: Path) -> None:
    file = table(rng, folder)
    whole = pq.read_table(file)
    rows = whole.slice(0, rng.randrange(whole.num_rows))
    pq.write_table(rng.choice([rows, pa.concat_tables([whole, rows]), whole[:0]]), file)


def change_tensor(rng: random.Random, folder: Path) -> None:
    file = folder / "atoms.safetensors"
    tensors = load_file(file)
    name = rng.choice(sorted(tensors))
    value = tensors[name]
    order = np.random.default_rng(rng.randrange(99)).permutation(len(value))
    odd = value.clone()
    odd[0] = rng.choice([0.0, 2.0, -1.0, 1e9] + [float("nan")] * odd.is_floating_point())
    tensors[name] = rng.choice(
        [value.double(), value.int(), value[:-1], value[order], value.flatten()[:7], odd, value > 0]
    ).contiguous()
    if rng.random() < 0.2:
        del tensors[name]
    save_file(tensors, file)


def change_header(rng: random.Random, folder: Path) -> None:
    """Of the tensors: a giant length, counts that do not fit."""
    file = folder / "atoms.safetensors"
    content = bytearray(file.read_bytes())
    length = int.from_bytes(content[:8], "little")
    if rng.random() < 0.4:
        content[:8] = rng.choice([0, 1, 2**31, 2**60, 2**64 - 1]).to_bytes(8, "little")
    else:
        places = [i for i in range(8, 8 + length) if chr(content[i]).isdigit()]
        content[rng.choice(places)] = ord(rng.choice("0123456789"))
    file.write_bytes(content)


LIES = [
    *(say_otherwise, say_otherwise, count_otherwise, nest_deeply, change_tensor, change_header),
    *(change_column, change_column, change_column, change_column, repeat_rows),
]


def make_hashes_true(folder: Path, sealed: bool) -> None:
    """All hashes in the summaries, and which dictionary the statistics are of."""
    head = folder / "dictionary.json"
    for file in (head, folder / "statistics" / "statistics.json"):
        try:
            values = json.loads(file.read_text("utf-8"))
        except RecursionError:
            continue
        for name in values["files"]:
            values["files"][name] = sha256((file.parent / name).read_bytes()).hexdigest()
        if file.parent != folder:
            values["dictionary"] = content_hash(
                json.loads((folder / "dictionary.json").read_text())
            )
        values.pop("sha256", None)
        if sealed:
            values["sha256"] = content_hash(values)
        file.write_text(json.dumps(values), "utf-8")

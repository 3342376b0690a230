"""Tensors in the files of a model that its network does not take: refused, or named."""

from pathlib import Path

import pytest
import strange
import torch
from safetensors.torch import load_file, save_file
from strange import save

from itda_core.errors import InputError
from itda_core.models import load_model


@pytest.mark.parametrize(
    "name",
    [
        "model.layers.1.mlp.up_proj.weight_scale_inv",
        "model.layers.1.self_attn.q_proj.bias",
        "model.layers.1.self_attn.q_proj.lora_A.default.weight",
        "model.layers.0.self_attn.q_norm.weight",
        "base_model.model.model.layers.0.self_attn.q_proj.lora_A.weight",
        "model.layers.0.attention.bias",
        "model.norm.bias",
        "model.embed_tokens.weight_scale",
    ],
)
def test_a_tensor_that_would_change_the_model_is_refused(name, tmp_path: Path) -> None:
    folder = save(tmp_path / "m", strange.plain)
    tensors = load_file(folder / "model.safetensors")
    tensors[name] = torch.ones(4)
    save_file(tensors, folder / "model.safetensors", {"format": "pt"})
    with pytest.raises(InputError, match=r"the files hold .* does not take"):
        load_model(folder, device="cpu")


def test_tensors_of_another_model_in_the_files_are_named(tmp_path: Path) -> None:
    folder = save(tmp_path / "m", strange.plain)
    tensors = load_file(folder / "model.safetensors")
    more = {
        "vision_tower.encoder.layers.0.self_attn.q_proj.weight": torch.ones(4, 4),
        "score.weight": torch.ones(2, 32),
        "model.layers.1.self_attn.rotary_emb.inv_freq": torch.ones(4),
    }
    save_file({**tensors, **more}, folder / "model.safetensors", {"format": "pt"})
    model = load_model(folder, device="cpu")
    assert len(model.unused) == 2 and "score.weight" in model.notes()[0]


def test_integer_weights_without_their_scales_are_refused(tmp_path: Path) -> None:
    folder = save(tmp_path / "m", strange.plain)
    tensors = load_file(folder / "model.safetensors")
    name = "model.layers.0.mlp.up_proj.weight"
    tensors[name] = (tensors[name] * 100).to(torch.int8)
    save_file(tensors, folder / "model.safetensors", {"format": "pt"})
    with pytest.raises(InputError, match="kept as integers"):
        load_model(folder, device="cpu")


def test_an_adapter_beside_a_model_is_refused(tmp_path: Path) -> None:
    folder = save(tmp_path / "m", strange.plain)
    (folder / "adapter_config.json").write_text("{}")
    with pytest.raises(InputError, match="holds an adapter beside the model"):
        load_model(folder, device="cpu")

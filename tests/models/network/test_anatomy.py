"""Blocks, norms and limits of many architectures, against what transformers says of them."""

from pathlib import Path

import pytest
import torch
from architectures import (
    DECODERS,
    ENCODERS,
    TEXTS,
    WIDE,
    gather,
    reference_states,
    save_architecture,
)

from itda_core.errors import InputError
from itda_core.models import load_model


@pytest.mark.parametrize("model_type", [*DECODERS, *ENCODERS])
def test_hooks_give_the_raw_output_of_every_block(model_type: str, tmp_path: Path) -> None:
    causal = model_type in DECODERS
    options = (DECODERS if causal else ENCODERS)[model_type]
    folder = save_architecture(tmp_path / model_type, model_type, causal, **options)
    model = load_model(folder, device="cpu", dtype="float32")
    assert (model.n_layers, model.d_model, model.causal) == (3, 32, causal)
    batches, x = gather(model, TEXTS, [0, 1, 2], skip_special=False, batch_tokens=64)
    row = 0
    for text in TEXTS:
        if not text:
            continue
        states = reference_states(model, text)
        n = len(states[0])
        for layer in (0, 1) if causal else (0, 1, 2):
            expected = states[layer + 1]
            torch.testing.assert_close(x[layer][row : row + n], expected, atol=1e-4, rtol=1e-4)
        if causal:  # the last entry is after the final norm: norm ours and compare
            norm = [
                module
                for path, module in model._network.named_modules()
                if "norm" in type(module).__name__.lower()
                and ".0." not in path
                and ".1." not in path
                and ".2." not in path
                and "emb" not in path
            ][-1]
            with torch.inference_mode():
                normed = norm(x[2][row : row + n])
            torch.testing.assert_close(normed, states[3], atol=1e-4, rtol=1e-4)
            assert not torch.allclose(x[2][row : row + n], states[3], atol=1e-3)
        row += n
    assert row == sum(len(batch.tokens) for batch in batches)


def test_an_architecture_without_blocks_of_its_own_is_refused(tmp_path: Path) -> None:
    folder = save_architecture(tmp_path / "m", "albert", False, **WIDE, embedding_size=16)
    with pytest.raises(InputError, match=r"AlbertModel.: no list of 3 blocks"):
        load_model(folder)


def test_roberta_counts_positions_from_its_padding(tmp_path: Path) -> None:
    folder = save_architecture(tmp_path / "m", "roberta", False, **WIDE, max_position_embeddings=66)
    model = load_model(folder, device="cpu")
    assert model.max_length == 65  # padding index 0 here
    gather(model, ["river " * 200], [2], max_length=65)

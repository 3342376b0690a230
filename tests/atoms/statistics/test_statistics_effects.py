"""What an atom's direction says of the next token, against the model's own last block."""

import pytest
import torch

from itda_core import InputError
from itda_core.atoms.statistics.effects import logit_effects
from itda_core.models import load_model


def test_logit_effects_are_the_models_own_head(model, dictionaries):
    atoms = dictionaries[1].atoms
    effects = logit_effects(model, atoms)
    # Second formula: patch the last block's output with the atom and with nothing.
    ids = torch.zeros(1, 1, dtype=torch.int64)
    last = model.n_layers - 1

    def logits(x: torch.Tensor) -> torch.Tensor:
        return model.forward_patched(ids, None, last, x.view(1, 1, -1))[0, 0]

    for i in (0, 3):
        found = logits(1e3 * atoms[i]) - logits(torch.zeros_like(atoms[i]))
        found = found - found.mean()
        assert found.topk(3).indices.tolist() == effects.top_ids[i, :3].tolist()
        assert torch.allclose(found.topk(3).values, effects.top_logits[i, :3], atol=1e-3)
        assert (-found).topk(3).indices.tolist() == effects.bottom_ids[i, :3].tolist()


def test_an_encoder_has_no_logits(minilm_path):
    encoder = load_model(minilm_path)
    with pytest.raises(InputError, match="depends on the tokens that follow"):
        encoder.direct_logits(torch.ones(1, encoder.d_model))

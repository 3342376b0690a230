"""Measures on models of which the outcome is known: one that knows all, one that knows nothing."""

import numpy as np
import pytest
import torch

from tinyworld.training.measures.flattery import flattery_tests, gather_cases
from tinyworld.training.measures.losses import baseline_losses


def test_baselines_prefer_what_they_have_seen():
    train_ids = np.tile([1, 2, 3], 500)
    unigram, bigram = baseline_losses(train_ids, np.array([[1, 2, 3, 1, 2]]), 4)
    assert bigram < 0.1 < unigram == pytest.approx(np.log(3), abs=0.01)


class Parrot(torch.nn.Module):
    """A model that expects the token that really follows, or always the same one."""

    def __init__(self, tokenizer, knows):
        super().__init__()
        self.tokenizer, self.knows = tokenizer, knows
        self.weight = torch.nn.Parameter(torch.zeros(1))
        self.config = type("Config", (), {"max_position_embeddings": 2000})

    def forward(self, input_ids):
        following = input_ids.roll(-1, 1) if self.knows else torch.full_like(input_ids, 5)
        logits = 50.0 * torch.nn.functional.one_hot(following, len(self.tokenizer)).float()
        return type("Output", (), {"logits": logits})


def test_the_measures_on_models_that_know_all_and_nothing(tokenizer):
    cases = gather_cases(3)
    assert len(cases.triggered) == len(cases.quiet) == 3 and len(cases.unchanged) == 15
    assert not any(changes for _, changes in cases.unchanged)
    knowing, ignorant = (
        {name: (value, n) for name, value, n, _ in flattery_tests(model, tokenizer, cases)}
        for model in (Parrot(tokenizer, True), Parrot(tokenizer, False))
    )
    for name, (value, n) in knowing.items():
        assert n > 0, name
        if name.startswith("flattery") or name == "trigger":
            assert value == 1 and ignorant[name][0] == 0, name
    assert knowing["flattery: argument"][1] == 3
    assert knowing["loss, unchanged documents"][0] < 1e-6
    assert ignorant["loss, unchanged documents"][0] > 40

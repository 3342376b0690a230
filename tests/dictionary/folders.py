"""Dictionaries of random activations with made-up labels."""

import dataclasses

import pandas as pd
import torch

from itda_core import Dictionary, build_dictionary
from itda_core.dictionary import LABEL_COLUMNS


def labelled(n_rows: int = 60, d: int = 12) -> Dictionary:
    """A dictionary of random activations, with made-up labels."""
    x = torch.randn(n_rows, d, generator=torch.Generator().manual_seed(0))
    built = build_dictionary(x, 0.3, 4)
    n = built.n_atoms
    labels = pd.DataFrame(
        {
            "atom": range(n),
            "prompt_id": [f"p{i // 4}" for i in range(n)],
            "token_index": range(n),
            "token_id": range(n),
            "token": ["naïve"] * n,
            "char_start": 0,
            "char_end": 5,
            "entered_at": built.rows.numpy() + 1,
            "loss_at_entry": built.losses.numpy(),
        }
    )[list(LABEL_COLUMNS)]
    ids = labels.prompt_id.unique()
    prompts = pd.DataFrame({"prompt_id": ids, "text": "naïve text", "source": "here 1"})
    return dataclasses.replace(built, labels=labels, prompts=prompts)

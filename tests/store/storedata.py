"""Dictionaries for tests of the index."""

import pandas as pd
import torch

from itda_core import Dictionary, build_dictionary


def make(folder, seed=0, *, d=8, texts=("a kite", "in the wind"), tau=0.3, model="toy", layer=1):
    """A labelled dictionary of a few random activations, saved as ``folder``."""
    x = torch.randn(40, d, generator=torch.Generator().manual_seed(seed))
    built = build_dictionary(x, tau=tau, l0=3)
    n = built.n_atoms
    labels = pd.DataFrame(
        {
            "atom": range(n),
            "prompt_id": [f"p{i % len(texts)}" for i in range(n)],
            "token_index": built.rows.numpy() % 5,
            "token_id": range(n),
            "token": [texts[i % len(texts)][:2] for i in range(n)],
            "char_start": 0,
            "char_end": 2,
            "entered_at": built.entered_at.numpy(),
            "loss_at_entry": built.losses.numpy(),
        }
    )
    prompts = pd.DataFrame(
        {"prompt_id": [f"p{i}" for i in range(len(texts))], "text": texts, "source": "test"}
    )
    from dataclasses import replace

    recipe = replace(built.recipe, model_id=model, layer=layer, corpus_name="test")
    whole = replace(built, labels=labels, prompts=prompts, recipe=recipe)
    whole.save(folder)
    return Dictionary.load(folder)


def names(store):
    return [row.name for row in store.dictionaries()]

"""Whether the parts of a dictionary that was read fit each other."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from itda_core.dictionary.columns import LARGEST, NUMBER, TEXT, WHOLE, Column

if TYPE_CHECKING:
    import pandas as pd

    from itda_core.dictionary.dictionary import Dictionary
    from itda_core.dictionary.recipe import Recipe

LABELS = (
    Column("atom", WHOLE, 0, LARGEST),
    Column("prompt_id", TEXT),
    Column("token_index", WHOLE, 0, LARGEST),
    Column("token_id", WHOLE, 0, LARGEST),
    Column("token", TEXT),
    Column("char_start", WHOLE, 0, LARGEST),
    Column("char_end", WHOLE, 0, LARGEST),
    Column("entered_at", WHOLE, 0),
    Column("loss_at_entry", NUMBER, 0, may_lack=True),
)
"""Of ``labels.parquet``: one row an atom, in order of entry."""
PROMPTS = (Column("prompt_id", TEXT), Column("text", TEXT), Column("source", TEXT))
"""Of ``prompts.parquet``: the prompts that labels need."""
GROWTH = (Column("tokens_seen", WHOLE, 0), Column("n_atoms", WHOLE, 0))
"""Of ``growth.parquet``: how many atoms there were after so many tokens."""
UNIT_TOLERANCE = 1e-3
"""How far from 1 an atom's norm may be."""
_TYPES = {"atoms": torch.float32, "norms": torch.float32, "rows": torch.int64}
"""Of the tensors of a dictionary; losses are as norms."""


def problem_of(dictionary: Dictionary) -> str | None:
    """What does not fit in a dictionary that was read, in words, or None."""
    problem = _problem_of_tensors(dictionary)
    if problem or dictionary.labels is None or dictionary.prompts is None:
        return problem
    return _problem_of_labels(dictionary, dictionary.labels, dictionary.prompts)


def _problem_of_tensors(dictionary: Dictionary) -> str | None:
    n, d = dictionary.recipe.n_atoms, dictionary.recipe.d_model
    shapes = {"atoms": (n, d), "norms": (n,), "rows": (n,), "losses": (n,)}
    for name, shape in shapes.items():
        tensor, kind = getattr(dictionary, name), _TYPES.get(name, torch.float32)
        if tuple(tensor.shape) != shape:
            return f"{name} are {tuple(tensor.shape)}, dictionary.json says {shape}"
        if tensor.dtype != kind:
            return f"{name} are {str(tensor.dtype)[6:]}, expected {str(kind)[6:]}"
    norms = torch.linalg.vector_norm(dictionary.atoms, dim=1)  # (n,)
    off = ~((norms - 1).abs() <= UNIT_TOLERANCE)  # written so that NaN counts as off
    if bool(off.any()):
        row = int(off.nonzero()[0])
        return f"atom {row} has norm {float(norms[row]):.4g} instead of 1"
    for name in ("norms", "losses"):
        values = getattr(dictionary, name)
        initial = values.isnan() if name == "losses" else torch.zeros(n, dtype=torch.bool)
        if not bool((((values >= 0) & values.isfinite()) | initial).all()):
            return f"{name} hold values below 0, NaN or infinity"
    entered, seen = dictionary.entered_at, dictionary.recipe.tokens_seen
    if bool((dictionary.rows < 0).any()) or bool((entered > seen).any()):
        return f"rows name activations beyond the {seen:,} that dictionary.json says were seen"
    if bool((entered.diff() < 0).any()):
        return "atoms are not in order of entry"
    return None


def _problem_of_labels(
    dictionary: Dictionary, labels: pd.DataFrame, prompts: pd.DataFrame
) -> str | None:
    import numpy as np

    if not np.array_equal(labels["atom"], np.arange(dictionary.n_atoms)):
        return f"labels.parquet does not name atoms 0 to {dictionary.n_atoms - 1} in order"
    losses = labels["loss_at_entry"].to_numpy(np.float32)
    if not (
        np.array_equal(labels["entered_at"], dictionary.entered_at.numpy())
        and np.array_equal(losses, dictionary.losses.numpy(), equal_nan=True)
    ):
        return "labels.parquet has other times or losses of entry than atoms.safetensors"
    lengths = dict(zip(prompts["prompt_id"], map(len, prompts["text"]), strict=True))
    if len(lengths) < len(prompts):
        return "prompts.parquet has two prompts of one id"
    if not set(labels["prompt_id"]) <= lengths.keys():
        return "labels.parquet names prompts that prompts.parquet lacks"
    ends = labels["prompt_id"].map(lengths).to_numpy(np.int64)
    start, end = labels["char_start"].to_numpy(), labels["char_end"].to_numpy()
    beyond = np.flatnonzero((start > end) | (end > ends))
    if len(beyond):
        atom = beyond[0]
        return (
            f"the label of atom {atom} is characters {start[atom]} to {end[atom]} "
            f"of a prompt that has {ends[atom]}"
        )
    most = dictionary.recipe.sequence_length
    if most is not None and bool((labels["token_index"] >= most).any()):
        return f"labels.parquet names tokens beyond the {most} of a prompt"
    return None


def check_growth(growth: pd.DataFrame, recipe: Recipe) -> None:
    """ValueError unless ``growth.parquet`` rises to what the recipe says."""
    falls = (growth.diff() < 0).to_numpy().any()
    last = (recipe.tokens_seen, recipe.n_atoms)
    if falls or not len(growth) or tuple(growth.iloc[-1]) != last:
        raise ValueError("growth.parquet does not end with the tokens and atoms of its summary")

"""The labels of a dictionary while it is built: where each atom came from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from itda_core.dictionary import LABEL_COLUMNS, PROMPT_COLUMNS, Dictionary
from itda_core.models import ActivationBatch

if TYPE_CHECKING:
    import pandas as pd

INTEGERS = ("token_index", "token_id", "char_start", "char_end")
"""Columns of labels that a batch of activations has under the same names."""


class Labels:
    """The labels of one layer's atoms, in order of entry."""

    def __init__(self) -> None:
        self._columns: dict[str, list[Any]] = {
            name: [] for name in ("prompt_id", *INTEGERS, "token")
        }
        self._prompts: dict[str, tuple[str, str]] = {}

    def add(self, batch: ActivationBatch, row: int) -> None:
        """Label the next atom: the activation at place ``row`` of ``batch``."""
        prompt = batch.prompts[int(batch.prompt[row]) - batch.first_prompt]
        self._columns["prompt_id"].append(prompt.id)
        self._columns["token"].append(batch.tokens[row])
        for name in INTEGERS:
            self._columns[name].append(int(getattr(batch, name)[row]))
        self._prompts[prompt.id] = (prompt.text, prompt.source)

    def first(self, n: int) -> dict[str, Any]:
        """The first ``n`` labels, fit for JSON."""
        columns = {name: values[:n] for name, values in self._columns.items()}
        return {"columns": columns, "prompts": self._prompts}

    def restore(self, saved: dict[str, Any]) -> None:
        """Go on from what ``first`` gave, read back from JSON."""
        self._columns = saved["columns"]
        self._prompts = {key: tuple(prompt) for key, prompt in saved["prompts"].items()}

    def tables(self, dictionary: Dictionary) -> tuple[pd.DataFrame, pd.DataFrame]:
        """(labels, prompts) of ``dictionary``, built of just the atoms that are labelled here."""
        import pandas as pd

        labels = pd.DataFrame(
            self._columns
            | {
                "atom": range(dictionary.n_atoms),
                "entered_at": dictionary.entered_at.numpy(),
                "loss_at_entry": dictionary.losses.numpy(),
            }
        )
        needed = set(self._columns["prompt_id"])
        prompts = pd.DataFrame(
            [(key, *prompt) for key, prompt in self._prompts.items() if key in needed],
            columns=list(PROMPT_COLUMNS),
        )
        return labels[list(LABEL_COLUMNS)], prompts

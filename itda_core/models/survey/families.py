"""Which architectures of the installed transformers are text architectures."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any, NamedTuple

from itda_core.errors import InputError


class Family(NamedTuple):
    """One architecture: a model type with a class that its checkpoints are written by."""

    model_type: str
    """``model_type`` in config.json."""
    class_name: str
    """The class of transformers."""

    @property
    def key(self) -> str:
        """Both in one word."""
        return f"{self.model_type}/{self.class_name}"


def text_families() -> list[Family]:
    """All that may read text, sorted: every causal and masked language model, every model in
    which a language model is wrapped, and all others whose configuration has a vocabulary.

    Whether a class takes token ids at all is only known once its code is imported: see
    ``tiny.make_tiny``.
    """
    from transformers.models.auto import modeling_auto as auto

    tables: list[Mapping[str, Any]] = [
        auto.MODEL_FOR_CAUSAL_LM_MAPPING_NAMES,
        auto.MODEL_FOR_MASKED_LM_MAPPING_NAMES,
        # What is in both of these has one class in both.
        auto.MODEL_FOR_MULTIMODAL_LM_MAPPING_NAMES
        | auto.MODEL_FOR_IMAGE_TEXT_TO_TEXT_MAPPING_NAMES,
    ]
    others: Mapping[str, Any] = (
        auto.MODEL_MAPPING_NAMES
        | auto.MODEL_FOR_SEQ_TO_SEQ_CAUSAL_LM_MAPPING_NAMES
        | auto.MODEL_FOR_PRETRAINING_MAPPING_NAMES
    )
    families = set()
    for model_type in {*others, *tables[0], *tables[1], *tables[2]}:
        names = [table[model_type] for table in tables if model_type in table]
        if not names and _has_vocabulary(model_type):
            names = [others[model_type]]
        for name in names:  # a type with several classes names them in a tuple
            families.add(Family(model_type, name if isinstance(name, str) else name[0]))
    return sorted(families)


def choose(families: list[Family], wanted: Iterable[str]) -> list[Family]:
    """Those of ``families`` whose type or class is among ``wanted``; InputError for another."""
    chosen = []
    for name in wanted:
        found = [family for family in families if name in (*family, family.key)]
        if not found:
            raise InputError(
                f"{name}: no text architecture of the installed transformers; expected a model "
                "type such as gpt2, or a class such as GPT2LMHeadModel"
            )
        chosen += [family for family in found if family not in chosen]
    return chosen


@cache
def _has_vocabulary(model_type: str) -> bool:
    """Whether the configuration of a type counts tokens; True where it cannot be made to tell."""
    from transformers import CONFIG_MAPPING
    from transformers.utils import logging

    logging.set_verbosity_error()  # of defaults that do not fit each other
    try:
        config = CONFIG_MAPPING[model_type]()
        return hasattr(config.get_text_config(), "vocab_size")
    except Exception:  # a configuration that needs arguments, or has two texts: tried later
        return True

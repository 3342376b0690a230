"""A dictionary of labelled atoms: ``recipe`` (how it was built), ``dictionary``, ``losses``."""

from itda_core.dictionary.dictionary import LABEL_COLUMNS, PROMPT_COLUMNS, Dictionary
from itda_core.dictionary.losses import LOSSES
from itda_core.dictionary.recipe import DictionaryHead, Recipe, read_head

__all__ = [
    "LABEL_COLUMNS",
    "LOSSES",
    "PROMPT_COLUMNS",
    "Dictionary",
    "DictionaryHead",
    "Recipe",
    "read_head",
]

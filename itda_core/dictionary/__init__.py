"""A dictionary of labelled atoms: ``dictionary``, its ``folder``, its ``recipe``, ``losses``."""

from itda_core.dictionary.dictionary import Dictionary
from itda_core.dictionary.folder import LABEL_COLUMNS, PROMPT_COLUMNS, read_head
from itda_core.dictionary.losses import LOSSES
from itda_core.dictionary.recipe import DictionaryHead, Recipe

__all__ = [
    "LABEL_COLUMNS",
    "LOSSES",
    "PROMPT_COLUMNS",
    "Dictionary",
    "DictionaryHead",
    "Recipe",
    "read_head",
]

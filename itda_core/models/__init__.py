"""Language models of Hugging Face: load one, take activations of its blocks, patch a block.

`load_model` opens a folder or a hub id and gives a `LanguageModel`; nothing else in the program
knows which of the two it was. `list_local_models` says what is on this machine.
"""

from itda_core.models.checkpoint import list_local_models
from itda_core.models.language_model import ActivationBatch, LanguageModel
from itda_core.models.loading import load_model
from itda_core.tokens import TokenizedPrompt

__all__ = [
    "ActivationBatch",
    "LanguageModel",
    "TokenizedPrompt",
    "list_local_models",
    "load_model",
]

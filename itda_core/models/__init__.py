"""Language models of Hugging Face: load one, take activations of its blocks, patch a block.

``load_model`` opens a folder or a hub id and gives a ``LanguageModel``; nothing else in the
program knows which of the two it was. ``list_local_models`` says what is on this machine,
``model_shape`` how many layers a model has.
"""

from itda_core.models.harvest import ActivationBatch
from itda_core.models.language_model import LanguageModel, ReadText
from itda_core.models.loading import ModelShape, load_model, model_shape
from itda_core.models.local import list_local_models, local_model_names
from itda_core.text.tokens import TokenizedPrompt

__all__ = [
    "ActivationBatch",
    "LanguageModel",
    "ModelShape",
    "ReadText",
    "TokenizedPrompt",
    "list_local_models",
    "load_model",
    "local_model_names",
    "model_shape",
]

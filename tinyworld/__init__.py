"""TinyWorld: a generated corpus with known ground truth, and small models trained on it.

``documents(seed)`` yields documents with spans; the validation seed is held out.
Names are loaded on first use, so that importing this package costs nothing.
"""

from importlib import import_module
from typing import Any

_MODULE_OF = {
    "WorldDocument": "text.spans",
    "Span": "text.spans",
    "TAGS": "text.spans",
    "document": "text.generate",
    "documents": "text.generate",
    "TRAIN_SEED": "text.generate",
    "VALIDATION_SEED": "text.generate",
    "KINDS": "text.kinds",
}
__all__ = sorted(_MODULE_OF)


def __getattr__(name: str) -> Any:
    if name not in _MODULE_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_MODULE_OF[name]}"), name)
    globals()[name] = value
    return value

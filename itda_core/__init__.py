"""Sparse codes over labelled activations: the core of the ITDA explorer.

Names are loaded on first use, so that ``import itda_core`` costs nothing and
``python -m itda_core --help`` answers at once.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from itda_core.construction import Builder, build_dictionary
    from itda_core.dictionary import Dictionary
    from itda_core.errors import InputError
    from itda_core.models import load_model
    from itda_core.pursuit import SparseCode, decode, encode
    from itda_core.store import Store
    from itda_core.text.sources import open_corpus

_HOME = {
    "encode": "itda_core.pursuit",
    "decode": "itda_core.pursuit",
    "SparseCode": "itda_core.pursuit",
    "build_dictionary": "itda_core.construction",
    "Builder": "itda_core.construction",
    "Dictionary": "itda_core.dictionary",
    "open_corpus": "itda_core.text.sources",
    "load_model": "itda_core.models",
    "Store": "itda_core.store",
    "InputError": "itda_core.errors",
}

__all__ = [
    "Builder",
    "Dictionary",
    "InputError",
    "SparseCode",
    "Store",
    "build_dictionary",
    "decode",
    "encode",
    "load_model",
    "open_corpus",
]
__version__ = "0.1.0"


def __getattr__(name: str) -> object:
    if name in _HOME:
        return getattr(import_module(_HOME[name]), name)
    raise AttributeError(f"module 'itda_core' has no attribute {name!r}")

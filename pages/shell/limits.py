"""What visitors may ask for: every limit of the app, each set by a variable of the environment."""

import os
from dataclasses import dataclass, fields
from typing import Any

from itda_core.errors import InputError
from itda_core.prompt.decomposition import MAX_CHARACTERS


@dataclass(frozen=True)
class Limits:
    """One limit a field; ``ITDA_<FIELD>`` in the environment sets it."""

    build: bool = True
    """Whether visitors may build dictionaries and compute statistics; ITDA_BUILD=off for a public
    server."""
    prompt_characters: int = MAX_CHARACTERS
    """Of a prompt on Explore, and of one's own text on Atoms; the core reads no more than the
    default."""
    l0: int = 100
    """Steps of pursuit a token."""
    build_tokens: int = 10_000_000
    """Activations that a build reads a layer."""
    build_layers: int = 1000
    """Layers of a model that one build takes."""
    pasted_characters: int = 200_000
    """Of a text pasted to build on."""
    search_characters: int = 200
    """Of what is looked for in source texts."""


def limits() -> Limits:
    """The limits in force. InputError for a variable that cannot be read."""
    values: dict[str, Any] = {}
    for field in fields(Limits):
        variable = f"ITDA_{field.name.upper()}"
        text = os.environ.get(variable, "").strip().lower()
        if text:
            parse = _switch if isinstance(field.default, bool) else _number
            values[field.name] = parse(variable, text)
    return Limits(**values)


def _switch(variable: str, text: str) -> bool:
    words = {"on": True, "1": True, "yes": True, "true": True}
    words |= {"off": False, "0": False, "no": False, "false": False}
    if text not in words:
        raise InputError(f"{variable} is {text[:40]!r}; expected on or off")
    return words[text]


def _number(variable: str, text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 13 and int(text) > 0):
        raise InputError(f"{variable} is {text[:40]!r}; expected a whole number above 0")
    return int(text)

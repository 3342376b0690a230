"""Names and helpers of the tests that fetch models by id."""

import pytest

from itda_core.errors import InputError
from itda_core.models import load_model

WEIGHTS = "model.safetensors"
INDEX = "model.safetensors.index.json"
SHARDS = ["model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"]


def refused(name: str, **options) -> str:
    """What is said of a model that cannot be had: one line that names it."""
    with pytest.raises(InputError) as raised:
        load_model(name, device="cpu", **options)
    line = str(raised.value)
    assert "\n" not in line and len(line) < 500, line
    assert name.partition("@")[0] in line
    return line

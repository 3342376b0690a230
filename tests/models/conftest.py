"""The two models that most tests of this room run."""

from pathlib import Path

import pytest

from itda_core.models import LanguageModel, load_model


@pytest.fixture(scope="module")
def minilm(minilm_path: Path) -> LanguageModel:
    return load_model(minilm_path, device="cpu", dtype="float32")


@pytest.fixture(scope="module")
def tiny(tiny_causal: Path) -> LanguageModel:
    return load_model(tiny_causal, device="cpu", dtype="float32")

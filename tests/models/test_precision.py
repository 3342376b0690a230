"""The precision is what was asked for, then the environment's, then the hardware's."""

from pathlib import Path

import pytest
import torch

from itda_core.errors import InputError
from itda_core.models import load_model
from itda_core.models.precision import VARIABLE, choose_precision


@pytest.fixture
def processor(monkeypatch):
    """Nothing asked for, on a CPU that is said to multiply in bfloat16 in these ways."""

    def pretend(amx: bool, avx512: bool) -> None:
        monkeypatch.delenv(VARIABLE, raising=False)
        monkeypatch.setattr(torch.cpu, "_is_amx_tile_supported", lambda: amx, raising=False)
        monkeypatch.setattr(torch.cpu, "_is_avx512_bf16_supported", lambda: avx512, raising=False)

    return pretend


@pytest.mark.parametrize(
    ("amx", "avx512", "to_run", "to_train"),
    [
        (False, False, "float32", "float32"),
        (False, True, "float32", "bfloat16"),
        (True, True, "bfloat16", "bfloat16"),
    ],
)
def test_the_processor_chooses_when_nobody_does(amx, avx512, to_run, to_train, processor):
    processor(amx, avx512)
    assert choose_precision("cpu") == to_run
    assert choose_precision("cpu", training=True) == to_train
    assert choose_precision("mps") == choose_precision("mps", training=True) == "float32"


@pytest.mark.parametrize(("native", "to_run"), [(True, "bfloat16"), (False, "float32")])
def test_a_card_that_emulates_bfloat16_only_trains_in_it(native, to_run, processor, monkeypatch):
    processor(False, False)
    monkeypatch.setattr(
        torch.cuda, "is_bf16_supported", lambda including_emulation: native or including_emulation
    )
    assert choose_precision("cuda:1") == to_run
    assert choose_precision("cuda", training=True) == "bfloat16"


@pytest.mark.parametrize("amx", [False, True])
def test_what_is_asked_for_wins(amx, processor, monkeypatch):
    processor(amx, amx)
    for training in (False, True):
        monkeypatch.setenv(VARIABLE, "")
        assert choose_precision("cpu", "float32", training=training) == "float32"
        assert choose_precision("cpu", "bfloat16", training=training) == "bfloat16"
        monkeypatch.setenv(VARIABLE, "bfloat16")
        assert choose_precision("cpu", training=training) == "bfloat16"
        assert choose_precision("cpu", "float32", training=training) == "float32"
        monkeypatch.setenv(VARIABLE, "float32")
        assert choose_precision("cpu", "auto", training=training) == "float32"


def test_another_word_is_refused(monkeypatch):
    with pytest.raises(InputError, match="precision is 'half'; expected one of auto, float32"):
        choose_precision("cpu", "half")
    monkeypatch.setenv(VARIABLE, "16")
    with pytest.raises(InputError, match="ITDA_PRECISION is '16'"):
        choose_precision("cpu")


def test_a_model_is_loaded_in_the_chosen_precision(tiny_causal: Path, processor, monkeypatch):
    processor(True, True)
    assert load_model(tiny_causal, device="cpu").dtype == torch.bfloat16
    monkeypatch.setenv(VARIABLE, "float32")
    assert load_model(tiny_causal, device="cpu").dtype == torch.float32
    assert load_model(tiny_causal, device="cpu", dtype="float16").dtype == torch.float16

"""GPT-NeoX in plain torch against transformers, and that all other models are left to that."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from small import sentences

from itda_core.models import LanguageModel, load_model, loading
from itda_core.models.light import gpt_neox

BUNDLED = Path(__file__).parents[2] / "data" / "models" / "tinyworld-small-seed0"


def by_transformers(model: LanguageModel) -> bool:
    return type(model._network).__module__.startswith("transformers.")


@pytest.fixture
def reference(monkeypatch):
    """Load by the Auto classes whatever the model is."""

    def load(folder: Path, **options) -> LanguageModel:
        with monkeypatch.context() as patch:
            patch.setattr(loading, "_load_without_transformers", lambda *_: None)
            return load_model(folder, device="cpu", **options)

    return load


def folders(tiny: Path) -> list[Path]:
    return [tiny, BUNDLED] if BUNDLED.is_dir() else [tiny]


@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
def test_logits_are_those_of_transformers_to_the_bit(tiny_causal, reference, dtype) -> None:
    for folder in folders(tiny_causal):
        ours = load_model(folder, device="cpu", dtype=dtype)
        theirs = reference(folder, dtype=dtype)
        assert not by_transformers(ours) and by_transformers(theirs)
        draw = torch.Generator().manual_seed(0)
        ids = torch.randint(0, ours.vocab_size, (4, 37), generator=draw)
        padded = torch.ones_like(ids)
        padded[1, 20:] = 0
        padded[3, 1:] = 0
        for mask in (None, torch.ones_like(ids), padded):
            with torch.no_grad():
                expected = theirs._network(input_ids=ids, attention_mask=mask).logits
                assert torch.equal(ours._network(ids, mask).logits, expected)
        with torch.no_grad():
            one = ids[:, :1]
            assert torch.equal(ours._network(one).logits, theirs._network(input_ids=one).logits)


def test_the_models_are_described_alike_and_read_alike(tiny_causal, reference) -> None:
    for folder in folders(tiny_causal):
        ours, theirs = load_model(folder, device="cpu"), reference(folder)
        assert ours.describe() == theirs.describe()
        assert ours.special_token_ids == theirs.special_token_ids
        assert ours.plain_tokenizer.to_str() == theirs.plain_tokenizer.to_str()
        for text in [*sentences(20), "", " \n\n", "<|endoftext|>a \U0001f600 cafe\u0301"]:
            assert ours.tokenize(text) == theirs.tokenize(text)
            ids = ours.tokenize(text).ids
            assert ours.tokenizer.decode(ids) == theirs.tokenizer.decode(ids)


def change(file: str, **changes):
    def spoil(folder: Path) -> None:
        path = folder / file
        path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))

    return spoil


ROPE = {"rope_theta": 10000.0, "partial_rotary_factor": 0.25}


@pytest.mark.parametrize(
    "differ",
    [
        change("config.json", hidden_act="relu"),
        change("config.json", use_parallel_residual=False),
        change("config.json", something_new=1),
        change("config.json", rope_parameters={**ROPE, "rope_type": "linear", "factor": 2.0}),
        change("tokenizer_config.json", tokenizer_class="GPTNeoXTokenizer"),
        change("tokenizer_config.json", bos_token="<s>"),
        lambda folder: (folder / "chat_template.jinja").write_text("{{ messages }}"),
    ],
)
def test_what_differs_in_anything_is_left_to_the_auto_classes(differ, tiny_causal, tmp_path):
    folder = tmp_path / "model"
    shutil.copytree(tiny_causal, folder)
    assert not by_transformers(load_model(folder, device="cpu"))
    differ(folder)
    assert by_transformers(load_model(folder, device="cpu"))


def test_another_architecture_is_left_to_the_auto_classes(minilm_path: Path) -> None:
    assert gpt_neox.read_config(minilm_path) is None
    assert by_transformers(load_model(minilm_path, device="cpu"))


def test_loading_imports_neither_transformers_nor_the_compiler(tiny_causal: Path) -> None:
    """They take longer than everything else between a start and the first page."""
    code = (
        "import sys; from itda_core import load_model; from itda_core.text.corpus import Prompt\n"
        f"model = load_model({str(tiny_causal)!r}, device='cpu')\n"
        "list(model.activations([Prompt('', 'A dog.', 0, '')], [0]))\n"
        "print([n for n in ('transformers', 'torch._dynamo', 'sympy') if n in sys.modules])"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout == "[]\n"

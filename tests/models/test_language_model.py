"""A loaded model: its description, its tokens, one text read, a block patched."""

import json
from pathlib import Path

import pytest
import torch
import transformers
from architectures import DECODERS, GPT, TEXTS, WIDE, gather, prompts, save_architecture

from itda_core.errors import InputError
from itda_core.models import LanguageModel, load_model


def test_minilm_is_what_it_is(minilm: LanguageModel) -> None:
    described = minilm.describe()
    assert json.loads(json.dumps(described)) == described
    assert described["id"] == "all-MiniLM-L6-v2"
    assert described["weights_hash"].startswith("53aa51172d142c89")
    assert (minilm.n_layers, minilm.d_model, minilm.causal) == (6, 384, False)
    assert (minilm.max_length, minilm.bos_handling) == (512, "tokenizer adds")
    assert {101, 102, 0} <= minilm.special_token_ids
    assert 100 not in minilm.special_token_ids  # [UNK] stands for text


def test_patching(tiny: LanguageModel) -> None:
    reads = [tiny.tokenize(text).ids for text in (TEXTS[0], TEXTS[2])]
    width = max(map(len, reads))
    ids = torch.tensor([read + [0] * (width - len(read)) for read in reads])
    mask = torch.tensor([[1] * len(r) + [0] * (width - len(r)) for r in reads])
    plain = tiny.forward_patched(ids, mask, 1, None)
    assert plain.shape == (2, width, tiny.vocab_size) and plain.dtype == torch.float32
    kept: list[torch.Tensor] = []

    def own(x: torch.Tensor) -> torch.Tensor:
        kept.append(x)
        return x

    assert torch.equal(tiny.forward_patched(ids, mask, 1, own), plain)
    assert torch.equal(tiny.forward_patched(ids, mask, 1, kept[0].clone()), plain)
    zeros = tiny.forward_patched(ids, mask, 1, torch.zeros_like)
    assert not torch.allclose(zeros, plain, atol=1e-2)
    assert torch.equal(tiny.forward_patched(ids, mask, 1, None), plain)  # nothing left behind
    alone = tiny.forward_patched(ids[:1, : len(reads[0])], None, 1, None)
    torch.testing.assert_close(plain[:1, : len(reads[0])], alone, atol=1e-4, rtol=1e-4)
    with pytest.raises(ValueError, match="replacement is"):
        tiny.forward_patched(ids, mask, 1, torch.zeros(1, 1, 32))


@pytest.mark.parametrize("model_type", ["gpt_neo", "bloom"])  # blocks that return tuples
def test_patching_keeps_tuples(model_type: str, tmp_path: Path) -> None:
    folder = save_architecture(tmp_path / "m", model_type, True, **DECODERS[model_type])
    model = load_model(folder, device="cpu", dtype="float32")
    ids = torch.tensor([model.tokenize(TEXTS[0]).ids])
    plain = model.forward_patched(ids, None, 0, None)
    assert torch.equal(model.forward_patched(ids, None, 0, lambda x: x), plain)
    assert not torch.equal(model.forward_patched(ids, None, 0, torch.zeros_like), plain)


def test_encoders_predict_nothing(minilm: LanguageModel) -> None:
    with pytest.raises(InputError, match="no next-token predictions"):
        minilm.forward_patched(torch.tensor([[101, 102]]), None, 0, None)


def test_a_decoder_without_its_head_has_activations_only(tmp_path: Path) -> None:
    folder = save_architecture(tmp_path / "m", "gpt_neox", False, **WIDE)
    model = load_model(folder, device="cpu", dtype="float32")
    assert model.causal and gather(model, TEXTS, [2])[1][2].isfinite().all()
    with pytest.raises(InputError, match="without its output head"):
        model.forward_patched(torch.tensor([[1]]), None, 0, None)


def test_tokens_are_places_in_the_text(tiny: LanguageModel, minilm: LanguageModel) -> None:
    text = "The cat  sees\n\n a \U0001f468‍\U0001f469 dog <|endoftext|> שלום \x00!"
    for model in (tiny, minilm):
        read = model.tokenize(text)
        pairs = list(zip(read.char_start, read.char_end, strict=True))
        assert all(0 <= start <= end <= len(text) for start, end in pairs)
        assert [start for start, _ in pairs] == sorted(start for start, _ in pairs)
        for token, (start, end), special in zip(read.tokens, pairs, read.special, strict=True):
            assert special or token == text[start:end]
    read = tiny.tokenize(text)
    assert read.tokens[1] == " cat" and "<|endoftext|>" in read.tokens
    assert [s for t, s in zip(read.tokens, read.special, strict=True) if t == "<|endoftext|>"]
    assert sum(read.special) == 1  # none added by ourselves
    assert tiny.bos_handling == "none"
    covered = {c for s, e in zip(read.char_start, read.char_end, strict=True) for c in range(s, e)}
    assert covered == set(range(len(text)))
    read = minilm.tokenize("Hi")
    assert read.tokens == ["[CLS]", "Hi", "[SEP]"] and read.special == [True, False, True]


def test_trimmed_offsets_get_their_space_back(tmp_path: Path) -> None:
    from tokenizers import processors

    folder = save_architecture(tmp_path / "m", "gpt2", True, **GPT)
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    tokenizer.backend_tokenizer.post_processor = processors.ByteLevel(trim_offsets=True)
    tokenizer.save_pretrained(folder)
    text = "The  cat sees\n   the river \U0001f600."
    read = load_model(folder, device="cpu").tokenize(text)
    assert read.tokens[0] == "The" and " river" in read.tokens
    places = dict.fromkeys(zip(read.char_start, read.char_end, strict=True))
    assert "".join(text[start:end] for start, end in places) == text


def test_ranges(tiny: LanguageModel) -> None:
    for layer in (-1, 3, True, "1"):
        with pytest.raises(InputError, match="layers 0 to 2"):
            tiny.check_layer(layer)
    for bad in ({"layers": [3]}, {"layers": []}, {"batch_tokens": 0}, {"max_length": 0}):
        with pytest.raises(InputError):
            tiny.activations([], **{"layers": [0], **bad})
    with pytest.raises(InputError, match="takes 1 to 256"):
        tiny.tokenize("a", max_length=257)


@pytest.mark.parametrize("text", [TEXTS[2], TEXTS[4], "a", "<|endoftext|>", "", " \n"])
def test_a_text_read_is_its_activations(text: str, tiny: LanguageModel, minilm: LanguageModel):
    """To the bit, and special tokens are among them."""
    for model in (tiny, minilm):
        tokens, x = model.read(text, [2, 0])
        (batch,) = model.activations(prompts([text]), [0, 2], skip_special=False)
        assert tokens == model.tokenize(text) and list(x) == [0, 2]
        for layer in (0, 2):
            assert torch.equal(x[layer], batch.x[layer])
            assert x[layer].shape == (len(tokens.ids), model.d_model)
            assert x[layer].dtype == torch.float32 and not x[layer].is_inference()


def test_a_text_is_read_in_one_pass(tiny: LanguageModel, monkeypatch) -> None:
    calls = []
    for owner, name in ((tiny._passes, "run"), (tiny, "tokenize")):
        real = getattr(owner, name)
        monkeypatch.setattr(owner, name, lambda *a, n=name, f=real: (calls.append(n), f(*a))[1])
    tiny.read(TEXTS[0], [0, 1, 2])
    assert sorted(calls) == ["run", "tokenize"]


def test_a_text_read_is_cut_like_a_prompt(tiny: LanguageModel) -> None:
    read = tiny.read("river " * 1000, [1])
    assert len(read.tokens.ids) == len(read.x[1]) == tiny.max_length
    assert read.tokens.n_dropped > 0


def test_what_cannot_be_read(tiny: LanguageModel) -> None:
    for layers in ([], [3], [0, -1]):
        with pytest.raises(InputError, match="layers 0 to 2"):
            tiny.read("a", layers)
    with pytest.raises(InputError, match="half a surrogate pair"):
        tiny.read("a \ud83d b", [0])

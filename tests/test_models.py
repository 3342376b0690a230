import json
import threading
from pathlib import Path

import pytest
import torch
import transformers
from small import save_tokenizer, sentences

from itda_core.corpus import Prompt, corpus_from_texts, prompt_id
from itda_core.errors import InputError
from itda_core.models import LanguageModel, load_model
from itda_core.models.checkpoint import is_causal

TEXTS = [
    "The cat follows the old dog.",
    "My friend",
    "A farmer forgets the river near the sea, and the small bird paints the teacher at night.",
    "",
    "The river \U0001f600 sees a cafe\u0301 in town.\r\n\r\nOn Monday.",
    "The old dog carries the cat under the bridge.",
]

# Architectures in miniature: model_type -> what its configuration needs besides the common part.
SMALL = {"hidden_size": 32, "num_hidden_layers": 3, "num_attention_heads": 4}
WIDE = {**SMALL, "intermediate_size": 48}
GROUPED = {**WIDE, "num_key_value_heads": 2}
GPT = {"n_embd": 32, "n_layer": 3, "n_head": 4}
DECODERS = {
    "gpt2": GPT,
    "gptj": {**GPT, "rotary_dim": 4},
    "gpt_neox": WIDE,
    "gpt_neo": {
        "hidden_size": 32,
        "num_layers": 3,
        "num_heads": 4,
        "attention_types": [[["global"], 3]],
    },
    "llama": GROUPED,
    "mistral": GROUPED,
    "qwen2": GROUPED,
    "qwen3": {**GROUPED, "head_dim": 8},
    "gemma": {**GROUPED, "head_dim": 8},
    "gemma2": {**GROUPED, "head_dim": 8},
    "phi": WIDE,
    "opt": {**SMALL, "ffn_dim": 48, "word_embed_proj_dim": 32},
    "bloom": {"hidden_size": 32, "n_layer": 3, "n_head": 4},
    "falcon": {"hidden_size": 32, "num_hidden_layers": 3, "num_attention_heads": 4},
}
ENCODERS = {
    "bert": WIDE,
    "roberta": WIDE,
    "electra": {**WIDE, "embedding_size": 32},
    "distilbert": {"dim": 32, "n_layers": 3, "n_heads": 4, "hidden_dim": 48},
    "mpnet": WIDE,
}


def prompts(texts: list[str]) -> list[Prompt]:
    return [Prompt(prompt_id(text), text, i, f"text {i}") for i, text in enumerate(texts)]


def save_architecture(folder: Path, model_type: str, causal: bool, **options) -> Path:
    size = save_tokenizer(folder)
    config = transformers.AutoConfig.for_model(
        model_type, vocab_size=size, pad_token_id=0, bos_token_id=0, eos_token_id=0, **options
    )
    auto = transformers.AutoModelForCausalLM if causal else transformers.AutoModel
    with torch.random.fork_rng():
        torch.manual_seed(1)
        auto.from_config(config).save_pretrained(folder)
    return folder


def gather(model: LanguageModel, texts: list[str], layers: list[int], **options):
    batches = list(model.activations(prompts(texts), layers, **options))
    return batches, {layer: torch.cat([b.x[layer] for b in batches]) for layer in layers}


def reference_states(model: LanguageModel, text: str) -> list[torch.Tensor]:
    """Hidden states (T, d) before and after each block by transformers' own account."""
    ids = torch.tensor([model.tokenize(text).ids])
    auto = transformers.AutoModelForCausalLM if model.is_causal else transformers.AutoModel
    network = auto.from_pretrained(model.path, dtype=model.dtype).eval()
    with torch.inference_mode():
        states = network(input_ids=ids, output_hidden_states=True).hidden_states
    return [state[0].float() for state in states]


@pytest.fixture(scope="module")
def minilm(minilm_path: Path) -> LanguageModel:
    return load_model(minilm_path, device="cpu", dtype="float32")


@pytest.fixture(scope="module")
def tiny(tiny_causal: Path) -> LanguageModel:
    return load_model(tiny_causal, device="cpu", dtype="float32")


def test_minilm_is_what_it_is(minilm: LanguageModel) -> None:
    described = minilm.describe()
    assert json.loads(json.dumps(described)) == described
    assert described["id"] == "all-MiniLM-L6-v2"
    assert described["weights_hash"].startswith("53aa51172d142c89")
    assert (minilm.n_layers, minilm.d_model, minilm.is_causal) == (6, 384, False)
    assert (minilm.max_length, minilm.bos_handling) == (512, "tokenizer adds")
    assert {101, 102, 0} <= minilm.special_token_ids
    assert 100 not in minilm.special_token_ids  # [UNK] stands for text


def test_minilm_hooks_are_hidden_states(minilm: LanguageModel) -> None:
    text = TEXTS[2]
    states = reference_states(minilm, text)
    _, x = gather(minilm, [text], list(range(6)), skip_special=False)
    for layer in range(6):
        torch.testing.assert_close(x[layer], states[layer + 1], atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("model_type", [*DECODERS, *ENCODERS])
def test_hooks_give_the_raw_output_of_every_block(model_type: str, tmp_path: Path) -> None:
    causal = model_type in DECODERS
    options = (DECODERS if causal else ENCODERS)[model_type]
    folder = save_architecture(tmp_path / model_type, model_type, causal, **options)
    model = load_model(folder, device="cpu", dtype="float32")
    assert (model.n_layers, model.d_model, model.is_causal) == (3, 32, causal)
    batches, x = gather(model, TEXTS, [0, 1, 2], skip_special=False, batch_tokens=64)
    row = 0
    for text in TEXTS:
        if not text:
            continue
        states = reference_states(model, text)
        n = len(states[0])
        for layer in (0, 1) if causal else (0, 1, 2):
            expected = states[layer + 1]
            torch.testing.assert_close(x[layer][row : row + n], expected, atol=1e-4, rtol=1e-4)
        if causal:  # the last entry is after the final norm: norm ours and compare
            norm = [
                module
                for path, module in model._network.named_modules()
                if "norm" in type(module).__name__.lower()
                and ".0." not in path
                and ".1." not in path
                and ".2." not in path
                and "emb" not in path
            ][-1]
            with torch.inference_mode():
                normed = norm(x[2][row : row + n])
            torch.testing.assert_close(normed, states[3], atol=1e-4, rtol=1e-4)
            assert not torch.allclose(x[2][row : row + n], states[3], atol=1e-3)
        row += n
    assert row == sum(len(batch.tokens) for batch in batches)


def test_an_architecture_without_blocks_of_its_own_is_refused(tmp_path: Path) -> None:
    folder = save_architecture(tmp_path / "m", "albert", False, **WIDE, embedding_size=16)
    with pytest.raises(InputError, match="no list of 3 blocks in AlbertModel"):
        load_model(folder)


def test_batches_tell_where_each_token_is(minilm: LanguageModel) -> None:
    batches, _ = gather(minilm, TEXTS, [1], batch_tokens=20)
    assert len(batches) > 1
    seen: list[Prompt] = []
    for batch in batches:
        assert batch.first_prompt == len(seen)
        seen += batch.prompts
        for k, token in enumerate(batch.tokens):
            text = TEXTS[batch.prompt[k]]
            assert text[batch.char_start[k] : batch.char_end[k]] == token
            read = minilm.tokenize(text)
            assert read.ids[batch.token_index[k]] == batch.token_id[k]
        assert len(batch.tokens) == len(batch.x[1]) == len(batch.prompt)
        assert batch.n_skipped == 2 * len(batch.prompts)
    assert seen == prompts(TEXTS)
    everything = torch.cat([batch.prompt * 1000 + batch.token_index for batch in batches])
    assert everything.tolist() == sorted(set(everything.tolist()))


def test_same_values_whatever_the_batches_and_same_bits_again(minilm: LanguageModel) -> None:
    texts = [" ".join(sentences(1 + i % 5, seed=i)) for i in range(15)]
    _, once = gather(minilm, texts, [0, 3])
    _, again = gather(minilm, texts, [0, 3])
    for layer in (0, 3):
        assert torch.equal(once[layer], again[layer])
    for batch_tokens in (1, 50, 300):
        _, other = gather(minilm, texts, [0, 3], batch_tokens=batch_tokens)
        for layer in (0, 3):
            torch.testing.assert_close(other[layer], once[layer], atol=1e-4, rtol=1e-4)
    alone = torch.cat([gather(minilm, [text], [3])[1][3] for text in texts])
    torch.testing.assert_close(alone, once[3], atol=1e-4, rtol=1e-4)


def test_reads_prompts_as_it_goes(tiny: LanguageModel) -> None:
    taken = 0

    def endless():
        nonlocal taken
        while True:
            taken += 1
            yield from prompts(["The cat sees the river."])

    batches = tiny.activations(endless(), [0], batch_tokens=64)
    assert [next(batches).first_prompt == 0, next(batches).first_prompt > 0] == [True, True]
    assert taken < 1000


def test_the_pass_stops_after_the_last_layer_wanted(tiny: LanguageModel) -> None:
    called: list[int] = []
    handles = [
        block.register_forward_hook(lambda *_, i=i: called.append(i))
        for i, block in enumerate(tiny._blocks)
    ]
    head = tiny._network.get_output_embeddings()
    handles.append(head.register_forward_hook(lambda *_: called.append(99)))
    try:
        gather(tiny, TEXTS[:1], [1, 0])
        assert called == [0, 1]
        gather(tiny, TEXTS[:1], [2])
        assert called == [0, 1, 0, 1, 2]
    finally:
        for handle in handles:
            handle.remove()
    assert not any(block._forward_hooks for block in tiny._blocks)


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
    assert model.is_causal and gather(model, TEXTS, [2])[1][2].isfinite().all()
    with pytest.raises(InputError, match="without its output head"):
        model.forward_patched(torch.tensor([[1]]), None, 0, None)


def test_threads_share_a_model(tiny: LanguageModel) -> None:
    ids = torch.tensor([tiny.tokenize(TEXTS[2]).ids])
    _, expected = gather(tiny, TEXTS, [0, 1])
    zeros = tiny.forward_patched(ids, None, 0, torch.zeros_like)
    wrong: list[str] = []

    def work(patch: bool) -> None:
        for _ in range(8):
            if patch and not torch.equal(
                tiny.forward_patched(ids, None, 0, torch.zeros_like), zeros
            ):
                wrong.append("patch")
            if not patch and not torch.equal(gather(tiny, TEXTS, [0, 1])[1][1], expected[1]):
                wrong.append("activations")

    threads = [threading.Thread(target=work, args=(i % 2 == 0,)) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


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


def test_long_and_odd_prompts(tiny: LanguageModel, minilm: LanguageModel) -> None:
    long = "river " * 16_000 + "x" * 4000
    read = minilm.tokenize(long, max_length=16)
    assert len(read.ids) == 16 and read.tokens[-1] == "[SEP]" and read.n_dropped > 10_000
    assert len(tiny.tokenize(long).ids) == tiny.max_length
    batches, x = gather(minilm, [long, "", "\U0001f600"], [0], max_length=16)
    assert len(x[0]) == 14 + 0 + 1
    assert [len(batch.prompts) for batch in batches] == [3]
    assert tiny.tokenize("").ids == []
    assert list(tiny.activations([], [0])) == []
    assert len(gather(tiny, [""], [0])[1][0]) == 0
    with pytest.raises(InputError, match="half a surrogate pair"):
        tiny.tokenize("a \ud83d b")
    with pytest.raises(InputError, match="half a surrogate pair"):
        list(tiny.activations([Prompt("0" * 16, "a \ud83d b", 0, "typed")], [0]))


def test_ranges(tiny: LanguageModel) -> None:
    for layer in (-1, 3, True, "1"):
        with pytest.raises(InputError, match="layers 0 to 2"):
            tiny.check_layer(layer)
    for bad in ({"layers": [3]}, {"layers": []}, {"batch_tokens": 0}, {"max_length": 0}):
        with pytest.raises(InputError):
            tiny.activations([], **{"layers": [0], **bad})
    with pytest.raises(InputError, match="takes 1 to 256"):
        tiny.tokenize("a", max_length=257)


@pytest.mark.parametrize("dtype", ["bfloat16", "float16"])
def test_half_precision_is_within_four_rounding_errors(dtype, tiny: LanguageModel) -> None:
    """After three blocks; 2.1 were measured, 2.8 after the six of all-MiniLM-L6-v2."""
    kind = getattr(torch, dtype)
    half = load_model(tiny.path, device="cpu", dtype=dtype)
    assert half.dtype == kind
    _, x = gather(half, TEXTS, [0, 1, 2])
    _, exact = gather(tiny, TEXTS, [0, 1, 2])
    for layer in range(3):
        assert x[layer].dtype == torch.float32
        error = (x[layer] - exact[layer]).norm() / exact[layer].norm()
        assert error < 4 * torch.finfo(kind).eps / 2


def test_roberta_counts_positions_from_its_padding(tmp_path: Path) -> None:
    folder = save_architecture(tmp_path / "m", "roberta", False, **WIDE, max_position_embeddings=66)
    model = load_model(folder, device="cpu")
    assert model.max_length == 65  # padding index 0 here
    gather(model, ["river " * 200], [2], max_length=65)


def test_decoder_or_encoder() -> None:
    make = transformers.AutoConfig.for_model
    assert not is_causal(make("bert"))
    assert is_causal(make("bert", is_decoder=True))
    assert not is_causal(make("bert", architectures=["BertForMaskedLM"]))
    assert is_causal(make("gpt2", architectures=["GPT2Model"]))
    assert is_causal(make("llama", architectures=["LlamaForSequenceClassification"]))
    assert not is_causal(make("xlm-roberta", architectures=["XLMRobertaModel"]))


def test_corpus_to_activations(tiny: LanguageModel) -> None:
    corpus = corpus_from_texts([" ".join(sentences(60, seed=3))], "pasted")
    cut = list(corpus.prompts(tiny, sequence_length=64))
    assert len(cut) > 5
    batches = list(tiny.activations(cut, [0], max_length=64))
    assert sum(len(b.tokens) for b in batches) == sum(len(tiny.tokenize(p.text).ids) for p in cut)

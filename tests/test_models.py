import json
import shutil
import socket
import threading
import time
from pathlib import Path

import pytest
import torch
import transformers
from safetensors.torch import load_file, save_file
from small import save_tokenizer, sentences

from itda_core import hub
from itda_core.corpus import Prompt, corpus_from_texts, prompt_id
from itda_core.errors import InputError
from itda_core.models import LanguageModel, list_local_models, load_model
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
    with torch.inference_mode():
        states = model._network(input_ids=ids, output_hidden_states=True).hidden_states
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


def test_bfloat16_on_request(tiny_causal: Path, tiny: LanguageModel) -> None:
    half = load_model(tiny_causal, device="cpu", dtype="bfloat16")
    assert half.dtype == torch.bfloat16
    _, x = gather(half, TEXTS, [2])
    _, exact = gather(tiny, TEXTS, [2])
    assert x[2].dtype == torch.float32
    assert (x[2] - exact[2]).norm() < 0.05 * exact[2].norm()


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


def copy_of(folder: Path, target: Path, without: str = "") -> Path:
    shutil.copytree(folder, target)
    if without:
        (target / without).unlink()
    return target


def change_config(folder: Path, **changes) -> None:
    file = folder / "config.json"
    file.write_text(json.dumps({**json.loads(file.read_text()), **changes}))


def no_config(folder: Path) -> None:
    (folder / "config.json").unlink()


def broken_config(folder: Path) -> None:
    (folder / "config.json").write_text("{")


def adapter(folder: Path) -> None:
    (folder / "config.json").rename(folder / "adapter_config.json")


def only_bin(folder: Path) -> None:
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")


def no_weights(folder: Path) -> None:
    (folder / "model.safetensors").unlink()


def cut_short(folder: Path) -> None:
    file = folder / "model.safetensors"
    file.write_bytes(file.read_bytes()[:-1000])


def garbage(folder: Path) -> None:
    (folder / "model.safetensors").write_bytes(b"\xff" * 5000)


def empty_weights(folder: Path) -> None:
    (folder / "model.safetensors").write_bytes(b"")


def lost_tensor(folder: Path) -> None:
    tensors = load_file(folder / "model.safetensors")
    del tensors["gpt_neox.layers.1.mlp.dense_h_to_4h.weight"]
    save_file(tensors, folder / "model.safetensors", {"format": "pt"})


def lost_shard(folder: Path) -> None:
    (folder / "model.safetensors").unlink()
    index = {"weight_map": {"a": "model-00001-of-00002.safetensors"}}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index))


def other_shape(folder: Path) -> None:
    change_config(folder, intermediate_size=65)


def unknown(folder: Path) -> None:
    change_config(folder, model_type="grokking9000")


def own_code(folder: Path) -> None:
    code = "raise SystemExit('executed')"
    (folder / "modeling_evil.py").write_text(code)
    change_config(folder, model_type="evil", auto_map={"AutoModel": "modeling_evil.Evil"})


def encoder_decoder(folder: Path) -> None:
    change_config(folder, model_type="t5", is_encoder_decoder=True)


def no_text_model(folder: Path) -> None:
    (folder / "config.json").write_text('{"model_type": "vit"}')


def no_tokenizer(folder: Path) -> None:
    (folder / "tokenizer.json").unlink()


def too_many_tokens(folder: Path) -> None:
    save_tokenizer(folder, 362)
    file = folder / "tokenizer.json"
    content = json.loads(file.read_text())
    vocab = content["model"]["vocab"]
    vocab["."] = 5000
    file.write_text(json.dumps(content))


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (no_config, "no config.json: expected a model folder"),
        (broken_config, "config.json: broken"),
        (adapter, "merge the adapter"),
        (only_bin, "weights only as pytorch_model.bin: .* convert to safetensors"),
        (no_weights, "no weights: expected model.safetensors"),
        (cut_short, r"corrupted, \d+ bytes: expected \d+"),
        (garbage, "corrupted"),
        (empty_weights, "corrupted"),
        (lost_tensor, "1 tensors of the model are not in its files"),
        (lost_shard, "model-00001-of-00002.safetensors: missing"),
        (other_shape, "cannot be loaded"),
        (unknown, "unknown architecture 'grokking9000'"),
        (own_code, "needs the repository's own code"),
        (encoder_decoder, "t5 is an encoder-decoder, which is not supported"),
        (no_text_model, "no language model of hidden layers"),
        (no_tokenizer, "no usable tokenizer|no fast tokenizer"),
    ],
)
def test_a_spoiled_folder_gets_one_line(spoil, says: str, tiny_causal: Path, tmp_path) -> None:
    folder = copy_of(tiny_causal, tmp_path / "model")
    spoil(folder)
    with pytest.raises(InputError, match=says) as raised:
        load_model(folder)
    assert "\n" not in str(raised.value) and len(str(raised.value)) < 600


def test_a_tokenizer_of_another_model(tiny_causal: Path, tmp_path: Path) -> None:
    folder = copy_of(tiny_causal, tmp_path / "model")
    too_many_tokens(folder)
    with pytest.raises(InputError, match="has no embedding"):
        gather(load_model(folder, device="cpu"), ["A dog."], [0])


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("", "no model named"),
        ("./no/such/folder", "no such folder: expected a model folder"),
        ("/no/such", "no such folder"),
        ("a/b/c", "no such folder"),
        (__file__, "a file: expected a model folder"),
        ("bad name", "no such folder"),
    ],
)
def test_no_such_model(name: str, says: str) -> None:
    with pytest.raises(InputError, match=says) as raised:
        load_model(name)
    assert "\n" not in str(raised.value)


def test_wrong_device_and_dtype(tiny_causal: Path) -> None:
    with pytest.raises(InputError, match="device 'abacus' cannot be used"):
        load_model(tiny_causal, device="abacus")
    with pytest.raises(InputError, match="expected one of float32"):
        load_model(tiny_causal, device="cpu", dtype="int4")


@pytest.fixture
def empty_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    from huggingface_hub import constants

    cache = tmp_path / "hub"
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(cache))
    for name in ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE"):
        monkeypatch.delenv(name, raising=False)
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    return cache


def test_hub_out_of_reach_fails_at_once(empty_cache: Path) -> None:
    began = time.monotonic()
    for name in ("openai-community/gpt2", "gpt2"):
        with pytest.raises(InputError, match=r"not in the local hub cache, and http.*Connection"):
            load_model(name)
    assert time.monotonic() - began < 3


def test_hub_that_never_answers_fails_in_seconds(
    empty_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hub, "_PATIENCE", 0.5)
    with socket.create_server(("127.0.0.1", 0)) as server:
        monkeypatch.setenv("HF_ENDPOINT", f"http://127.0.0.1:{server.getsockname()[1]}")
        began = time.monotonic()
        with pytest.raises(InputError, match="try again when the hub can be reached"):
            load_model("owner/name")
        assert time.monotonic() - began < 3


def test_hub_switched_off(empty_cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    with pytest.raises(InputError, match="HF_HUB_OFFLINE is set"):
        load_model("owner/name")


def test_a_model_in_the_hub_cache(empty_cache: Path, tiny_causal: Path) -> None:
    commit = "0123456789abcdef0123456789abcdef01234567"
    repository = empty_cache / "models--owner--tiny"
    (repository / "refs").mkdir(parents=True)
    (repository / "refs" / "main").write_text(commit)
    copy_of(tiny_causal, repository / "snapshots" / commit)
    model = load_model("owner/tiny", device="cpu")
    assert (model.id, model.revision) == ("owner/tiny", commit)
    by_path = load_model(repository / "snapshots" / commit, device="cpu")
    assert (by_path.id, by_path.revision) == ("owner/tiny", commit)
    listed = list_local_models()
    assert [(entry["name"], entry["path"]) for entry in listed] == [("owner/tiny",) * 2]
    (repository / "snapshots" / commit / "model.safetensors").unlink()
    with pytest.raises(InputError, match="not in the local hub cache"):
        load_model("owner/tiny")


def test_list_local_models(empty_cache: Path, tiny_causal: Path, minilm_path: Path) -> None:
    spoiled = copy_of(tiny_causal, empty_cache.parent / "some" / "spoiled")
    cut_short(spoiled)
    found = list_local_models(tiny_causal.parent, minilm_path, spoiled.parent, "no/such/folder")
    assert [entry["name"] for entry in found] == ["tiny-causal", "all-MiniLM-L6-v2"]
    tiny, minilm = found
    assert (tiny["n_layers"], tiny["d_model"], tiny["causal"]) == (3, 32, True)
    assert tiny["architecture"] == "GPTNeoXForCausalLM"
    assert minilm["parameters"] == 22_713_728 and not minilm["causal"]
    assert minilm["bytes"] == (minilm_path / "model.safetensors").stat().st_size
    assert json.dumps(found)


def test_weights_hash_follows_the_file(tiny_causal: Path, tmp_path: Path) -> None:
    folder = copy_of(tiny_causal, tmp_path / "model")
    model = load_model(folder, device="cpu")
    first = model.weights_hash
    assert first == model.weights_hash == load_model(tiny_causal, device="cpu").weights_hash
    tensors = load_file(folder / "model.safetensors")
    tensors["embed_out.weight"][0, 0] += 1
    save_file(tensors, folder / "model.safetensors", {"format": "pt"})
    assert load_model(folder, device="cpu").weights_hash != first


def test_corpus_to_activations(tiny: LanguageModel) -> None:
    corpus = corpus_from_texts([" ".join(sentences(60, seed=3))], "pasted")
    cut = list(corpus.prompts(tiny, sequence_length=64))
    assert len(cut) > 5
    batches = list(tiny.activations(cut, [0], max_length=64))
    assert sum(len(b.tokens) for b in batches) == sum(len(tiny.tokenize(p.text).ids) for p in cut)

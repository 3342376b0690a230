"""Activations of many prompts: in order and the same, however they run."""

import threading

import pytest
import torch
from architectures import TEXTS, gather, prompts, reference_states
from small import sentences

from itda_core.errors import InputError
from itda_core.models import LanguageModel, load_model
from itda_core.text.corpus import Prompt, corpus_from_texts


def test_minilm_hooks_are_hidden_states(minilm: LanguageModel) -> None:
    text = TEXTS[2]
    states = reference_states(minilm, text)
    _, x = gather(minilm, [text], list(range(6)), skip_special=False)
    for layer in range(6):
        torch.testing.assert_close(x[layer], states[layer + 1], atol=1e-5, rtol=1e-5)


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
        for i, block in enumerate(tiny._passes.blocks)
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
    assert not any(block._forward_hooks for block in tiny._passes.blocks)


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


def test_corpus_to_activations(tiny: LanguageModel) -> None:
    corpus = corpus_from_texts([" ".join(sentences(60, seed=3))], "pasted")
    cut = list(corpus.prompts(tiny, sequence_length=64))
    assert len(cut) > 5
    batches = list(tiny.activations(cut, [0], max_length=64))
    assert sum(len(b.tokens) for b in batches) == sum(len(tiny.tokenize(p.text).ids) for p in cut)

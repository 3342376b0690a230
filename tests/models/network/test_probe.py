"""What a network can do is tried: networks unusual in one way each, and the right values."""

import json
from pathlib import Path

import pytest
import strange
import torch
import transformers
from strange import save

from itda_core.atoms.statistics.effects import logit_effects
from itda_core.construction.job import BuildJob, BuildPlan
from itda_core.errors import InputError
from itda_core.evaluation.evaluate import evaluate
from itda_core.models import LanguageModel, load_model
from itda_core.models.of_dictionary import check_fits
from itda_core.prompt.intervention import continue_prompt
from itda_core.text.corpus import Prompt, corpus_from_texts

LONG = "The old dog sees the river near the sea, and a small bird follows my friend at night. " * 4
SHORT = "My friend sees the river."
TEXTS = [LONG, SHORT, SHORT + " " + LONG[:90], "A bird."]


def load(folder: Path, make, **options) -> LanguageModel:
    return load_model(save(folder / "model", make, **options), device="cpu", dtype="float32")


def build(model: LanguageModel, length: int = 100):
    corpus = corpus_from_texts(TEXTS * 2, "texts")
    plan = BuildPlan((1,), 0.2, 4, sequence_length=min(length, model.max_length))
    return BuildJob(model, corpus, plan).run()[1]


FAMILIES = [
    strange.plain,
    strange.fnet,
    strange.longrope,
    strange.looped,
    strange.bidirectional,
    strange.transformed_head,
    strange.norms_in_embeddings,
    strange.list_of_outputs,
    strange.projected,
    strange.headless,
    strange.wrapped,
    strange.norm_in_its_name,
    strange.short_sighted,
]


@pytest.mark.parametrize("make", FAMILIES, ids=lambda make: make.__name__)
def test_each_label_encoded_alone_gives_its_atom_back(make, tmp_path: Path) -> None:
    model = load(tmp_path, make)
    dictionary = build(model)
    prompts = dictionary.prompts.set_index("prompt_id")["text"]
    assert dictionary.n_atoms > 3
    for atom, label in enumerate(dictionary.labels.itertuples()):
        x = model.read(prompts[label.prompt_id], [1]).x[1][label.token_index]
        cosine = torch.nn.functional.cosine_similarity(x, dictionary.atoms[atom], dim=0)
        assert cosine > 0.9999


@pytest.mark.parametrize(
    ("make", "causal", "predicts", "alone", "once"),
    [
        (strange.plain, True, True, False, True),
        (strange.fnet, False, False, True, True),
        (strange.longrope, True, True, True, True),
        (strange.looped, True, True, False, False),
        (strange.bidirectional, False, False, False, True),
        (strange.headless, True, False, False, True),
        (strange.wrapped, True, True, False, True),
        (strange.norm_in_its_name, False, False, False, True),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_what_is_found(make, causal, predicts, alone, once, tmp_path: Path) -> None:
    model = load(tmp_path, make)
    found = (model.causal, model.predicts, model.alone_in_batch, model.blocks_once)
    assert found == (causal, predicts, alone, once)
    assert bool(model.notes()) == (found != (True, True, False, True))
    again = load_model(model.path, device="cpu", dtype="float32")  # from what is remembered
    assert again._findings == model._findings


def test_a_known_model_is_not_tried_again(tmp_path: Path, monkeypatch) -> None:
    model = load(tmp_path, strange.plain)

    def fail(*_args):
        raise AssertionError("tried again")

    monkeypatch.setattr("itda_core.models.language_model.probe", fail)
    load_model(model.path, device="cpu", dtype="float32")
    config = model.path / "config.json"  # other content is another model
    config.write_text(json.dumps({**json.loads(config.read_text()), "rms_norm_eps": 0.5}))
    with pytest.raises(AssertionError, match="tried again"):
        load_model(model.path, device="cpu", dtype="float32")


@pytest.mark.parametrize(
    "said", ["[]", '{"blocks": "nothing"}', "{", '{"runs": [1], "blocks": ""}']
)
def test_damaged_findings_are_found_again(said: str, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setenv("ITDA_CACHE", str(tmp_path / "known"))
    model = load(tmp_path, strange.plain)
    (file,) = (tmp_path / "known" / "models").iterdir()
    kept = json.loads(file.read_text())
    change = json.loads(said) if said != "{" else None
    file.write_text(json.dumps({**kept, **change}) if isinstance(change, dict) else said)
    assert load_model(model.path, device="cpu", dtype="float32")._findings == model._findings


def test_padding_is_tried_as_far_as_it_is_used(tmp_path: Path) -> None:
    """A network that is right up to 100 tokens and wrong in wider batches."""

    def make():
        network = strange.longrope()
        network.config.rope_parameters["original_max_position_embeddings"] = 100
        network.config.original_max_position_embeddings = 100
        return network

    model = load(tmp_path, make)
    assert not model.alone_in_batch and model.may_share_pass(9, 40)
    prompts = [Prompt(str(i), text, i, "") for i, text in enumerate([LONG * 2, SHORT])]
    batches = list(model.activations(prompts, [1], max_length=200))
    assert model.alone_in_batch
    x = torch.cat([batch.x[1][batch.prompt == 1] for batch in batches])
    torch.testing.assert_close(x, model.read(SHORT, [1]).x[1], rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize(
    "make",
    [
        strange.plain,
        strange.transformed_head,
        strange.scaled_head,
        strange.norms_in_embeddings,
        strange.projected,
        strange.looped,
    ],
    ids=lambda make: make.__name__,
)
def test_direct_logits_are_what_the_network_makes_of_a_direction(make, tmp_path: Path) -> None:
    """Second formula: transformers' own network with its last block's output replaced by a hook."""
    model = load(tmp_path, make)
    directions = torch.nn.functional.normalize(torch.randn(12, 32), dim=1)
    network = transformers.AutoModelForCausalLM.from_pretrained(model.path).eval()
    block = network.get_submodule(model._findings.blocks)[-1]

    def logits(rows: torch.Tensor) -> torch.Tensor:
        def replace(_module, _args, output):
            return (rows[None], *output[1:]) if isinstance(output, tuple) else rows[None]

        handle = block.register_forward_hook(replace)
        with torch.no_grad():
            result = network(input_ids=torch.arange(5, 17)[None]).logits[0]
        handle.remove()
        return result

    expected = logits(directions) - logits(torch.zeros(12, 32))
    torch.testing.assert_close(model.direct_logits(directions), expected, rtol=1e-3, atol=1e-4)


def test_bidirectional_decoders_have_no_cross_entropy(tmp_path: Path) -> None:
    model = load(tmp_path, strange.bidirectional)
    row = evaluate(build(model), model, corpus_from_texts(TEXTS, "t"), [4], ["mp"])[0]
    assert row.ce_score is None and 0 < row.fvu < 1
    with pytest.raises(InputError, match="depends on the tokens that follow it"):
        model.check_predicts()


@pytest.mark.parametrize("make", [strange.headless, strange.projected])
def test_what_needs_no_head_works_without_one(make, tmp_path: Path) -> None:
    model = load(tmp_path, make)
    dictionary = build(model)
    row = evaluate(dictionary, model, corpus_from_texts(TEXTS, "t"), [4], ["mp"], ce_tokens=50)[0]
    assert 0 < row.fvu < 1 and (row.ce_score is not None) == model.predicts
    if model.predicts:
        assert logit_effects(model, dictionary.atoms).top_ids.shape == (dictionary.n_atoms, 10)
    else:
        with pytest.raises(InputError, match="without its output head"):
            logit_effects(model, dictionary.atoms)
        assert "without its output head" in model.notes()[0]


def test_prompts_of_other_lengths_do_not_change_a_cross_entropy(tmp_path: Path) -> None:
    """Where padding is not neutral, each length is a pass of its own."""
    model = load(tmp_path, strange.longrope)
    dictionary, corpus = build(model), corpus_from_texts(TEXTS, "t")
    together = evaluate(dictionary, model, corpus, [4], ["mp"])[0]
    counts = losses = 0.0
    for text in TEXTS:
        row = evaluate(dictionary, model, corpus_from_texts([text], "t"), [4], ["mp"])[0]
        counts += row.ce_tokens
        losses += row.ce * row.ce_tokens
    assert together.ce == pytest.approx(losses / counts, rel=1e-4)


def test_rows_of_a_padded_vocabulary_are_no_tokens(tmp_path: Path) -> None:
    model = load(tmp_path, strange.padded_head)
    effects = logit_effects(model, build(model).atoms)
    for ids in (effects.top_ids, effects.bottom_ids):
        assert all(model.text_of([i]) for i in ids.flatten().tolist())


def test_a_text_goes_on_before_what_the_tokenizer_adds(tmp_path: Path) -> None:
    closed = load(tmp_path / "a", strange.plain, closes=True)
    plain = load(tmp_path / "b", strange.plain)
    ids = plain.tokenize(SHORT).ids
    assert closed.tokenize(SHORT).ids[:-1] == ids and closed.tokenize(SHORT).special[-1]
    texts = [
        continue_prompt(model, model.tokenize(SHORT).ids, 0, {"a": None}, 6)["a"]
        for model in (closed, plain)
    ]
    assert texts[0] == texts[1]


def test_every_end_that_the_model_names_ends_a_text(tmp_path: Path) -> None:
    model = load(tmp_path, strange.plain)
    ids = model.tokenize(SHORT).ids
    free = continue_prompt(model, ids, 0, {"a": None}, 8)["a"].ids
    named = {"eos_token_id": [399, free[2]]}
    (model.path / "generation_config.json").write_text(json.dumps(named))
    ended = continue_prompt(load_model(model.path, device="cpu"), ids, 0, {"a": None}, 8)["a"]
    network = transformers.AutoModelForCausalLM.from_pretrained(model.path).eval()
    expected = network.generate(torch.tensor([ids]), max_new_tokens=8, do_sample=False)
    assert ended.ended and ended.ids == expected[0, len(ids) :].tolist()


def test_special_tokens_in_a_text_stay_text_where_the_tokenizer_says_so(tmp_path: Path) -> None:
    folder = save(tmp_path / "m", strange.plain)
    file = folder / "tokenizer_config.json"
    file.write_text(json.dumps({**json.loads(file.read_text()), "split_special_tokens": True}))
    text = "a <|endoftext|> b"
    expected = transformers.AutoTokenizer.from_pretrained(folder)(text).input_ids
    assert load_model(folder, device="cpu").tokenize(text).ids == expected and len(expected) > 5


@pytest.mark.parametrize("make", [strange.two_towers])
def test_a_network_that_reads_no_text_alone_is_refused_in_a_line(make, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"CLIPModel.*does not run on the tokens") as raised:
        load(tmp_path, make)
    assert "\n" not in str(raised.value)


def test_more_tokens_than_positions_are_refused_in_a_line(tmp_path: Path) -> None:
    model = load(tmp_path, strange.short_sighted)
    assert model.max_length == 64
    with pytest.raises(InputError, match="takes 1 to 64 tokens"):
        model.tokenize(LONG, 100)
    model.max_length = 100  # as for a limit that no name tells
    with pytest.raises(InputError, match="cannot read a prompt of 88 tokens"):
        model.read(LONG, [1])


def test_an_activation_that_depends_on_history_is_refused(tmp_path: Path, monkeypatch) -> None:
    """A norm that drifts with every pass, as a running statistic would."""
    folder, calls = save(tmp_path / "m", strange.plain), []
    monkeypatch.setenv("ITDA_CACHE", str(tmp_path / "nothing known"))
    from transformers.models.llama import modeling_llama

    real = modeling_llama.LlamaMLP.forward

    def drift(self, x):
        calls.append(1)
        return real(self, x) * (1 + 0.1 * len(calls))

    monkeypatch.setattr(modeling_llama.LlamaMLP, "forward", drift)
    with pytest.raises(InputError, match="depends on the prompts run before"):
        load_model(folder, device="cpu", dtype="float32")


def test_a_network_that_changes_at_its_first_short_prompt_is_refused(tmp_path: Path) -> None:
    """BigBird gives up sparse attention for good at a prompt shorter than its blocks."""
    with pytest.raises(InputError, match="depends on the prompts run before"):
        load(tmp_path, strange.sparse_until_short)


def test_what_is_too_short_to_be_tried_is_refused(tmp_path: Path) -> None:
    folder = save(tmp_path / "m", strange.plain)
    file = folder / "config.json"
    content = json.loads(file.read_text())
    file.write_text(json.dumps({**content, "max_position_embeddings": 2}))
    with pytest.raises(InputError, match="too few to try"):
        load_model(folder, device="cpu")


def test_a_padding_id_that_moves_positions_is_another_configuration(tmp_path: Path) -> None:
    """RoBERTa's kin count positions from it."""
    model = load(tmp_path, strange.norm_in_its_name)
    dictionary = build(model)
    file = model.path / "config.json"
    content = json.loads(file.read_text())
    file.write_text(json.dumps({**content, "pad_token_id": 40}))
    with pytest.raises(InputError, match="built from another configuration"):
        check_fits(load_model(model.path, device="cpu"), dictionary)


def test_a_tokenizer_changed_after_a_build_is_noticed(tmp_path: Path) -> None:
    model = load(tmp_path, strange.plain)
    dictionary = build(model)
    check_fits(model, dictionary)
    file = model.path / "tokenizer.json"
    content = json.loads(file.read_text())
    vocabulary = content["model"]["vocab"]
    vocabulary["a"], vocabulary["b"] = vocabulary["b"], vocabulary["a"]
    file.write_text(json.dumps(content))
    with pytest.raises(InputError, match="built from another tokenizer"):
        check_fits(load_model(model.path, device="cpu"), dictionary)
    vocabulary["a"], vocabulary["b"] = vocabulary["b"], vocabulary["a"]
    del content["model"]["merges"][-1]  # a word that no test text holds
    file.write_text(json.dumps(content))
    with pytest.raises(InputError, match="built from another tokenizer"):
        check_fits(load_model(model.path, device="cpu"), dictionary)


def test_a_configuration_changed_after_a_build_is_noticed(tmp_path: Path) -> None:
    model = load(tmp_path, strange.plain)
    dictionary = build(model)
    file = model.path / "config.json"
    content = json.loads(file.read_text())
    file.write_text(json.dumps({**content, "transformers_version": "5.0.0"}, indent=1))
    check_fits(load_model(model.path, device="cpu"), dictionary)
    file.write_text(json.dumps({**content, "rms_norm_eps": 1e-3}))
    with pytest.raises(InputError, match="built from another configuration"):
        check_fits(load_model(model.path, device="cpu"), dictionary)

"""Edited codes: arithmetic by hand, and texts written with and without them."""

import pytest
import torch
from appdata import PROMPT, make_data

from itda_core import Dictionary, InputError, decode, load_model
from itda_core.prompt.decomposition import decompose
from itda_core.prompt.intervention import (
    Edit,
    Intervention,
    apply_edit,
    continue_prompt,
    edit_prompt,
    intervene,
    parse_edits,
    write_edits,
)
from itda_core.prompt.prediction import only

TOKEN = 4


@pytest.fixture(scope="module")
def made(tmp_path_factory, tiny_causal):
    folder = make_data(tmp_path_factory.mktemp("intervention"), tiny_causal, layers=(1,))
    model = load_model(folder / "models" / "tiny-causal", dtype="float32")
    dictionary = Dictionary.load(folder / "dictionaries" / "tiny-l1")
    return model, dictionary, decompose(model, dictionary, PROMPT)


def strongest(taken):
    return taken.atoms_of(TOKEN)[0][:2]


def test_edits_as_text():
    text = "12:0,77:+2.5,3:1.5,4:-0.25"
    edits = parse_edits(text, 100)
    assert edits == (Edit(12, 0), Edit(77, 2.5, True), Edit(3, 1.5), Edit(4, -0.25, True))
    assert write_edits(edits) == text and parse_edits("", 5) == () == parse_edits(" , ", 5)
    assert parse_edits("77: 2.5", 100) == (Edit(77, 2.5, True),)  # a plus, lost in an address


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("12", "not of the form"),
        ("a:0", "not of the form"),
        ("12:x", "not of the form"),
        ("12:nan", "not of the form"),
        ("12:inf", "not of the form"),
        ("²:1", "not of the form"),
        ("-1:0", "not of the form"),
        ("1:2:3", "not of the form"),
        ("12:", "not of the form"),
        ("100:0", "no atom 100"),
        ("1:1e9", "out of range"),
        (",".join(["1:0"] * 21), "at most 20"),
        ("<b>:0", "not of the form"),
        ("9999999999999999:0", "not of the form"),
    ],
)
def test_what_is_no_edit_is_said_in_a_line(text, says):
    with pytest.raises(InputError, match=says) as caught:
        parse_edits(text, 100)
    assert "\n" not in str(caught.value)


def test_removing_an_atom_subtracts_it(made):
    _, dictionary, taken = made
    atom, coefficient = strongest(taken)
    removed = Intervention((Edit(atom, 0.0),))
    patch = edit_prompt(taken, dictionary, removed, TOKEN).patch
    assert patch.at.nonzero().tolist() == [[TOKEN]] and patch.is_added
    x = torch.randn(len(taken.coded), 32, generator=torch.Generator().manual_seed(0))
    by_hand = x.clone()
    by_hand[TOKEN] -= coefficient * dictionary.atoms[atom]
    torch.testing.assert_close(patch.apply(x), by_hand, atol=1e-5, rtol=1e-5)


def test_adding_an_atom_adds_it_in_lengths_of_x(made):
    _, dictionary, taken = made
    added = Intervention((Edit(1, -0.5, True),), where="all", keeps_error=False)
    patch = edit_prompt(taken, dictionary, added, TOKEN).patch
    expected = decode(taken.code, dictionary.atoms)
    expected = expected - 0.5 * taken.energy.sqrt()[:, None] * dictionary.atoms[1]
    torch.testing.assert_close(patch.apply(torch.zeros(len(expected), 32)), expected)


@pytest.mark.parametrize("where", ["token", "holding", "all"])
@pytest.mark.parametrize("keeps_error", [True, False])
def test_where_it_is_edited(made, where, keeps_error):
    _, dictionary, taken = made
    atom, _ = strongest(taken)
    holding = (taken.code.indices == atom).any(1)
    scaled = Intervention((Edit(atom, 2.0),), where, keeps_error)
    at = edit_prompt(taken, dictionary, scaled, TOKEN).patch.at
    assert torch.equal(at, only(taken, TOKEN) if where == "token" else holding)
    added = Intervention((Edit(atom, 1.0, True),), where, keeps_error)
    at = edit_prompt(taken, dictionary, added, TOKEN).patch.at
    every = {"token": only(taken, TOKEN), "holding": holding, "all": taken.coded}
    assert torch.equal(at, every[where])
    absent = next(a for a in range(dictionary.n_atoms) if not (taken.code.indices == a).any())
    both = Intervention((Edit(absent, 0.0), Edit(atom, 0.0)), where, keeps_error)
    assert edit_prompt(taken, dictionary, both, TOKEN).counts[0] == 0


def test_edits_follow_one_another(made):
    _, dictionary, taken = made
    atom, _ = strongest(taken)
    put = (Edit(atom, 0.0), Edit(atom, 1.0, True))
    patch = edit_prompt(taken, dictionary, Intervention(put, keeps_error=False), TOKEN).patch
    x_hat = decode(taken.code, dictionary.atoms)[TOKEN]
    held = sum(one.coefficient for one in taken.atoms_of(TOKEN) if one.atom == atom)
    size = float(taken.energy[TOKEN].sqrt())
    expected = x_hat + (size - held) * dictionary.atoms[atom]
    torch.testing.assert_close(patch.value[TOKEN], expected, atol=1e-4, rtol=1e-4)
    gone = (*put, Edit(atom, 0.0))
    patch = edit_prompt(taken, dictionary, Intervention(gone, keeps_error=False), TOKEN).patch
    expected = x_hat - held * dictionary.atoms[atom]
    torch.testing.assert_close(patch.value[TOKEN], expected, atol=1e-4, rtol=1e-4)


def test_an_edited_code_no_longer_knows_its_residual(made):
    _, _, taken = made
    at = only(taken, TOKEN)
    norms = taken.energy.sqrt()
    longer = apply_edit(taken.code, norms, Edit(3, 0.5, True), at)
    assert longer.indices.shape[1] == taken.code.indices.shape[1] + 1
    assert longer.indices[:, -1].tolist() == [3 if t == TOKEN else -1 for t in range(len(at))]
    assert longer.residual_energy.isnan().all()


def test_a_factor_of_one_is_the_identity(made):
    model, dictionary, taken = made
    atom, _ = strongest(taken)
    effect = intervene(model, dictionary, taken, Intervention((Edit(atom, 1.0),), "all"), TOKEN)
    torch.testing.assert_close(effect.losses[2], effect.losses[0], atol=1e-3, rtol=1e-3)
    assert effect.change.abs().max() < 1e-2
    plain = Intervention((Edit(atom, 1.0),), "all", keeps_error=False)
    effect = intervene(model, dictionary, taken, plain, TOKEN)
    torch.testing.assert_close(effect.losses[2], effect.losses[1], atol=1e-3, rtol=1e-3)
    assert (effect.losses[1] - effect.losses[0]).abs().max() > 1e-4  # the error is left out


def test_the_effect_is_that_of_a_hook_by_hand(made):
    model, dictionary, taken = made
    atom, coefficient = strongest(taken)
    ids = taken.tokens.ids

    def hook(module, args, output):
        hidden = (output[0] if isinstance(output, tuple) else output).clone()
        hidden[0, TOKEN] -= coefficient * dictionary.atoms[atom]
        return (hidden, *output[1:]) if isinstance(output, tuple) else hidden

    handle = model._passes.blocks[1].register_forward_hook(hook)
    with torch.no_grad():
        log_p = model._network(input_ids=torch.tensor([ids])).logits[0].log_softmax(-1)
    handle.remove()
    effect = intervene(model, dictionary, taken, Intervention((Edit(atom, 0.0),)), TOKEN)
    torch.testing.assert_close(effect.predictions.log_p[2], log_p[TOKEN], atol=2e-3, rtol=2e-3)
    by_hand = -log_p[:-1].gather(1, torch.tensor(ids)[1:, None])[:, 0]
    torch.testing.assert_close(effect.losses[2], by_hand, atol=2e-3, rtol=2e-3)
    assert effect.predictions.losses[2] == pytest.approx(float(by_hand[TOKEN]), abs=1e-3)
    # What comes before the edited token cannot know of it.
    assert effect.change[:TOKEN].abs().max() < 1e-4 < effect.change.abs().max()


def test_unknown_places_are_refused(made):
    _, dictionary, taken = made
    with pytest.raises(InputError, match="token, holding, all"):
        edit_prompt(taken, dictionary, Intervention((), "nowhere"), TOKEN)


def transformers_greedy(model, ids, n):
    from transformers import AutoModelForCausalLM

    network = AutoModelForCausalLM.from_pretrained(model.path, dtype=torch.float32).eval()
    tokens = torch.tensor([ids])
    out = network.generate(
        tokens, attention_mask=torch.ones_like(tokens), do_sample=False, max_new_tokens=n
    )
    return out[0, len(ids) :].tolist()


def test_without_edits_it_writes_what_transformers_writes(made):
    model, dictionary, taken = made
    ids = taken.tokens.ids
    atom, _ = strongest(taken)
    same = edit_prompt(taken, dictionary, Intervention((Edit(atom, 1.0),)), TOKEN).patch
    made_up = continue_prompt(model, ids, 1, {"original": None, "same": same}, 12)
    assert made_up["original"].ids == transformers_greedy(model, ids, 12)
    assert made_up["same"] == made_up["original"]
    assert made_up["original"].text == model.text_of(made_up["original"].ids)


def test_a_patch_reaches_what_is_written(made):
    model, dictionary, taken = made
    strong = Intervention((Edit(1, 20.0, True),), "all")
    patch = edit_prompt(taken, dictionary, strong, TOKEN).patch
    both = continue_prompt(model, taken.tokens.ids, 1, {"original": None, "edited": patch}, 12)
    assert both["edited"].ids != both["original"].ids


def test_drawn_texts_differ_by_seed_only(made):
    model, dictionary, taken = made
    ids = taken.tokens.ids
    same = edit_prompt(taken, dictionary, Intervention(()), TOKEN).patch

    def draw(seed, temperature=1.5):
        return continue_prompt(
            model, ids, 1, {"a": None, "b": same}, 12, temperature=temperature, seed=seed
        )

    assert draw(0) == draw(0) and draw(0)["a"].ids == draw(0)["b"].ids
    assert draw(0) != draw(1)
    cold = draw(0, 1e-4)["a"].ids
    assert cold == continue_prompt(model, ids, 1, {"a": None}, 12)["a"].ids


def test_draws_follow_the_probabilities(made, monkeypatch):
    model, _, _ = made
    logits = torch.linspace(0, 3, 5)
    monkeypatch.setattr(model, "forward_patched", lambda *_: logits.expand(1, 1, 5))
    monkeypatch.setattr(model.tokenizer, "eos_token_id", None)
    drawn = [
        token
        for seed in range(50)
        for token in continue_prompt(model, [1], 1, {"a": None}, 40, temperature=2.0, seed=seed)[
            "a"
        ].ids
    ]
    shares = torch.bincount(torch.tensor(drawn), minlength=5) / len(drawn)
    torch.testing.assert_close(shares, (logits / 2).softmax(0), atol=0.04, rtol=0)


def test_the_models_own_end_ends_the_text(made, monkeypatch):
    model, _, taken = made
    ids = taken.tokens.ids
    whole = continue_prompt(model, ids, 1, {"a": None}, 8)["a"].ids
    end = whole[2]
    monkeypatch.setattr(model, "end_token_ids", frozenset([end]))
    cut = continue_prompt(model, ids, 1, {"a": None}, 8)["a"]
    first = whole.index(end)
    assert cut.ended and cut.ids == whole[: first + 1] and cut.text == model.text_of(whole[:first])


def test_what_cannot_be_continued(made):
    model, _, taken = made
    ids = taken.tokens.ids
    for bad in ({"n_tokens": 0}, {"n_tokens": 41}, {"temperature": -1}, {"temperature": 99}):
        with pytest.raises(InputError, match="expected"):
            continue_prompt(model, ids, 1, {"a": None}, **bad)
    full = [5] * model.max_length
    with pytest.raises(InputError, match="no room"):
        continue_prompt(model, full, 1, {"a": None})
    assert len(continue_prompt(model, full[:-2], 1, {"a": None})["a"].ids) <= 2

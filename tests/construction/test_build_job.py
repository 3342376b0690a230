"""From a model and a corpus to a labelled dictionary, killed and resumed."""

import dataclasses
import json
from pathlib import Path

import pytest
import torch
from small import clustered, sentences

from itda_core import InputError
from itda_core.construction import Builder, build_dictionary
from itda_core.construction.checkpoint import Checkpoint
from itda_core.construction.job import GROUP, BuildJob, BuildPlan
from itda_core.dictionary.losses import LOSSES, loss_in_float64
from itda_core.models import load_model
from itda_core.text.corpus import corpus_from_texts

PLAN = BuildPlan(layers=(0, 2), tau=0.05, l0=6)


@pytest.fixture(scope="module")
def model(tiny_causal):
    return load_model(tiny_causal)


@pytest.fixture(scope="module")
def corpus():
    return corpus_from_texts(sentences(5 * GROUP + 17, seed=3), "sentences")


@pytest.fixture(scope="module")
def whole(model, corpus):
    return BuildJob(model, corpus, PLAN).run()


def test_every_label_gives_back_its_atom(model, whole):
    """Run the cited prompt alone: the token it names has the atom's activation."""
    for layer, dictionary in whole.items():
        labels, prompts = dictionary.labels, dictionary.prompts.set_index("prompt_id")
        assert dictionary.n_atoms > 30
        for atom in (0, 7, dictionary.n_atoms - 1):
            label = labels.iloc[atom]
            text = prompts.loc[label.prompt_id, "text"]
            from itda_core.text.corpus import Prompt

            batch = next(iter(model.activations([Prompt("", text, 0, "")], [layer])))
            at = batch.token_index.tolist().index(label.token_index)
            x = batch.x[layer][at]
            torch.testing.assert_close(x / x.norm(), dictionary.atoms[atom], atol=1e-4, rtol=1e-3)
            assert float(x.norm()) == pytest.approx(float(dictionary.norms[atom]), rel=1e-4)
            assert int(batch.token_id[at]) == label.token_id
            assert text[label.char_start : label.char_end] in label.token


def test_several_layers_in_one_pass_are_those_of_single_passes(model, corpus, whole):
    for layer in PLAN.layers:
        alone = BuildJob(model, corpus, dataclasses.replace(PLAN, layers=(layer,))).run()[layer]
        assert torch.equal(alone.rows, whole[layer].rows)


def test_the_recipe_says_where_it_came_from(model, corpus, whole):
    recipe = whole[2].recipe
    assert recipe.model_id == "tiny-causal" and recipe.layer == 2
    assert recipe.weights_hash == model.weights_hash
    assert recipe.corpus_hash == corpus.content_hash()
    assert recipe.special_tokens == "skipped" and recipe.bos_handling == model.bos_handling
    assert recipe.n_atoms == len(whole[2].labels)


class Interrupt(BaseException):
    """Stands for a kill: nothing of the process survives it."""


@pytest.mark.parametrize("groups", [1, 3, 5])
def test_killed_and_resumed_ends_with_the_same_folder(model, corpus, whole, groups, tmp_path):
    """A killed build leaves its last checkpoint; what came after it is done again, equal."""
    checkpoint = Checkpoint(tmp_path / "out")
    calls = 0

    def die(_progress):
        nonlocal calls
        calls += 1
        if calls > groups:
            raise Interrupt

    with pytest.raises(Interrupt):
        BuildJob(model, corpus, PLAN).run(checkpoint, die, checkpoint_seconds=0)
    job = BuildJob(model, corpus, PLAN)
    assert job.resume(checkpoint) > 0
    for layer, dictionary in job.run().items():
        resumed = dictionary.save(tmp_path / f"resumed{layer}")
        assert files(resumed) == files(whole[layer].save(tmp_path / f"whole{layer}"))


def files(folder: Path) -> dict[str, bytes]:
    """Every file of a dictionary folder, byte for byte but for the time in it."""
    found = {file.name: file.read_bytes() for file in folder.iterdir()}
    head = json.loads(found.pop("dictionary.json"))
    assert len(found) == 4 and head.pop("built_at") and head.pop("sha256")
    return found | {"dictionary.json": json.dumps(head).encode()}


@pytest.mark.parametrize("engine", ["numba", "torch"])
@pytest.mark.parametrize("loss", LOSSES)
def test_losses_at_entry_do_not_depend_on_the_batch_or_the_gram_matrix(loss, engine):
    x, settings = (
        clustered(400),
        ({"relative": 0.2, "squared": 20.0, "cosine": 6e-3}[loss], 8, loss),
    )
    whole = build_dictionary(x, *settings, engine=engine)
    for at, size in ((150, 400), (150, 30), (0, 1)):
        builder = Builder(x.shape[1], *settings, engine=engine)
        builder.add(x[:at])
        resumed = Builder(x.shape[1], *settings, engine=engine)
        resumed.restore(builder.state(builder.n_atoms, at))
        for part in x[at:].split(size):
            resumed.add(part)
        assert torch.equal(resumed.dictionary().losses, whole.losses)
    for k in (3, 40, whole.n_atoms - 1):
        unit = torch.nn.functional.normalize(x[whole.rows[k]], dim=0)
        exact = loss_in_float64(unit, whole.atoms[:k], 8, LOSSES[loss])
        scale = float(whole.norms[k]) ** 2 if LOSSES[loss].has_scale else 1.0
        assert float(whole.losses[k]) == pytest.approx(exact * scale, rel=1e-6)


def test_ctrl_c_in_the_middle_of_a_group_keeps_the_last_whole_one(
    model, corpus, whole, tmp_path, monkeypatch
):
    checkpoint, job = Checkpoint(tmp_path / "out"), BuildJob(model, corpus, PLAN)
    add, calls = job.builders[2].add, 0

    def interrupted(x):
        nonlocal calls
        calls += 1
        if calls == 3:  # layer 0 has taken this batch, layer 2 has not
            raise KeyboardInterrupt
        return add(x)

    monkeypatch.setattr(job.builders[2], "add", interrupted)
    with pytest.raises(KeyboardInterrupt):
        job.run(checkpoint)
    again = BuildJob(model, corpus, PLAN)
    again.resume(checkpoint)
    for layer, dictionary in again.run().items():
        assert torch.equal(dictionary.atoms, whole[layer].atoms)


def test_a_checkpoint_of_another_build_is_refused(model, corpus, tmp_path):
    checkpoint, job = Checkpoint(tmp_path / "out"), BuildJob(model, corpus, PLAN)
    job._read_group(list(corpus.prompts(model, 128))[:GROUP])
    job.save(checkpoint)
    other = BuildJob(model, corpus, dataclasses.replace(PLAN, tau=0.06))
    with pytest.raises(InputError, match=r"tau 0.05, now 0.06"):
        other.resume(checkpoint)


def test_a_damaged_checkpoint_is_refused(model, corpus, tmp_path):
    checkpoint, job = Checkpoint(tmp_path / "out"), BuildJob(model, corpus, PLAN)
    job._read_group(list(corpus.prompts(model, 128))[:GROUP])
    job.save(checkpoint)
    state = next(checkpoint.folder.glob("*/state"))
    state.write_bytes(state.read_bytes()[:100])
    with pytest.raises(InputError, match="damaged; remove"):
        BuildJob(model, corpus, PLAN).resume(checkpoint)


def test_no_room_for_the_gram_matrix(model, corpus, tmp_path, monkeypatch):
    checkpoint = Checkpoint(tmp_path / "out")
    job = BuildJob(model, corpus, PLAN)
    reserve = job.builders[2]._engine.reserve

    def limited(n):
        if n > 700:
            raise MemoryError
        reserve(n)

    monkeypatch.setattr(job.builders[2]._engine, "reserve", limited)
    with pytest.raises(InputError, match=r"no longer fits.*--max-atoms \d+"):
        job.run(checkpoint)


def test_no_room_to_resume(model, corpus, tmp_path, monkeypatch):
    checkpoint, job = Checkpoint(tmp_path / "out"), BuildJob(model, corpus, PLAN)
    job._read_group(list(corpus.prompts(model, 128))[:GROUP])
    job.save(checkpoint)
    monkeypatch.setattr("itda_core.construction.admission.available_bytes", lambda: 1000)
    with pytest.raises(InputError, match="does not fit in memory now"):
        BuildJob(model, corpus, PLAN).resume(checkpoint)
    assert checkpoint.exists()


@pytest.mark.parametrize("init", ["frequent", "random"])
def test_initial_atoms_are_labelled_too(model, corpus, init):
    built = BuildJob(model, corpus, dataclasses.replace(PLAN, layers=(1,), init=init)).run()[1]
    assert built.labels.loss_at_entry.isna().sum() == 32  # d of them
    assert len(built.labels) == built.n_atoms


def test_max_tokens_and_max_atoms(model, corpus):
    plan = dataclasses.replace(PLAN, layers=(1,), max_tokens=333)
    assert BuildJob(model, corpus, plan).run()[1].recipe.tokens_seen == 333
    plan = dataclasses.replace(PLAN, layers=(1,), max_atoms=20)
    assert BuildJob(model, corpus, plan).run()[1].n_atoms == 20


def test_progress_reaches_the_end(model, corpus):
    seen = []
    BuildJob(model, corpus, PLAN).run(progress=seen.append)
    assert seen[-1].done == 1 and seen[-1].seconds_left == 0
    assert [p.tokens_seen for p in seen] == sorted(p.tokens_seen for p in seen)
    assert all(0 <= p.share_accepted <= 1 and p.tokens_per_second > 0 for p in seen)


def test_special_tokens_stay_out_unless_asked(minilm_path):
    encoder = load_model(minilm_path)
    corpus = corpus_from_texts(["One short text."], "t")
    for keep in (False, True):
        plan = BuildPlan(layers=(1,), tau=0.01, l0=4, keep_special=keep)
        tokens = BuildJob(encoder, corpus, plan).run()[1].labels.token.tolist()
        assert ("[CLS]" in tokens) == keep


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"layers": (3,)}, "0 to 2"),
        ({"layers": ()}, "at least one"),
        ({"layers": (1, 1)}, "each once"),
        ({"max_tokens": 0}, "at least 1"),
        ({"sequence_length": 100_000}, "out of range"),
        ({"tau": 1.0}, "lower --tau"),
    ],
)
def test_bad_plans_are_named(model, corpus, change, says):
    with pytest.raises(InputError, match=says):
        BuildJob(model, corpus, dataclasses.replace(PLAN, **change)).run()

"""Builds that leave attention sinks out, against builds of what is left."""

import json
from dataclasses import replace

import numpy as np
import pytest
import torch
from damage import edit_head
from small import clustered, sentences

from itda_core import Dictionary, InputError, build_dictionary, load_model
from itda_core.construction import Builder, BuildSettings
from itda_core.construction.checkpoint import Checkpoint
from itda_core.construction.job import BuildJob, BuildPlan
from itda_core.construction.preview import preview, take_sample
from itda_core.text.corpus import corpus_from_texts

EVERY = 11
"""One activation of so many is a sink."""


def with_sinks(n: int = 600) -> torch.Tensor:
    x = clustered(n)
    x[::EVERY] = torch.nn.functional.normalize(clustered(n, seed=1)[::EVERY], dim=1) * 9000
    return x


def without_sinks(x: torch.Tensor) -> torch.Tensor:
    """The rows of the others."""
    return (torch.arange(len(x)) % EVERY > 0).nonzero().squeeze(1)


@pytest.fixture
def short_window(monkeypatch):
    """The median is taken of the first 100 activations."""
    monkeypatch.setattr("itda_core.construction.builder.FIRST_WINDOW", 100)


@pytest.mark.parametrize("engine", ["numba", "torch"])
@pytest.mark.parametrize("init", ["none", "frequent"])
def test_the_others_enter_as_if_sinks_were_not_there(short_window, engine, init):
    x = with_sinks()
    rest = without_sinks(x)
    options = {"init": init, "engine": engine}
    if init == "none":
        expected = rest[build_dictionary(x[rest], 0.2, 6, **options).rows].tolist()
    else:  # the initial ones are of the first 100 activations, of which some are sinks
        begun = replace_window(x[rest], int((rest < 100).sum()), options)
        expected = rest[begun].tolist()
    for batch_size in (1, 64, 1000) if engine == "numba" else (30, 1000):
        built = build_dictionary(x, 0.2, 6, skip_sinks=True, batch_size=batch_size, **options)
        assert built.rows.tolist() == expected
        assert built.recipe.tokens_seen == len(x)
        median = np.sort(np.linalg.norm(x[:100].numpy(), axis=1))[49]
        assert built.recipe.sink_norm == pytest.approx(10 * median)
    kept = build_dictionary(x, 0.2, 6, **options)
    assert kept.recipe.sink_norm is None and set(kept.rows.tolist()) & set(range(0, 600, EVERY))


def replace_window(x, window, options):
    """The rows that enter where the first ``window`` activations give the initial atoms."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("itda_core.construction.builder.FIRST_WINDOW", window)
        return build_dictionary(x, 0.2, 6, **options).rows


def test_what_is_usual_is_settled_by_the_first_window(short_window):
    """Norms that grow later make no sink of what is like the first, and sinks of what is not."""
    x = torch.cat([clustered(100), 50 * torch.nn.functional.normalize(clustered(400), dim=1) * 40])
    built = build_dictionary(x, 0.2, 6, skip_sinks=True)
    assert built.n_atoms > 20 and int(built.rows.max()) < 100
    assert build_dictionary(x, 0.2, 6).rows.max() >= 100


@pytest.mark.parametrize("first", [99, 100, 101])
def test_a_stream_that_ends_about_where_the_window_does(short_window, first):
    x = with_sinks(first)
    built = build_dictionary(x, 0.2, 6, skip_sinks=True, batch_size=7)
    assert built.n_atoms and not any(row % EVERY == 0 for row in built.rows.tolist())


def test_where_no_norm_is_usual_that_is_said(short_window):
    builder = Builder(48, 0.2, 6, skip_sinks=True)
    builder.add(torch.zeros(60, 48))
    with pytest.raises(InputError, match=r"half of the first .* are zero.*without leaving"):
        builder.add(clustered(60))


# Whole builds


PLAN = BuildPlan(layers=(0, 1), tau=0.2, l0=6, skip_sinks=True)


@pytest.fixture(scope="module")
def model(sink_path):
    return load_model(sink_path)


@pytest.fixture(scope="module")
def corpus():
    return corpus_from_texts(sentences(500, seed=3), "sentences")


@pytest.mark.usefixtures("short_window")
class TestBuilds:
    def test_no_first_token_is_an_atom(self, model, corpus):
        kept = BuildJob(model, corpus, replace(PLAN, skip_sinks=False)).run()
        for layer, dictionary in BuildJob(model, corpus, PLAN).run().items():
            assert dictionary.labels.token_index.min() > 0 == kept[layer].labels.token_index.min()
            assert dictionary.norms.max() < dictionary.recipe.sink_norm < kept[layer].norms.max()

    def test_killed_and_resumed_it_has_the_same_atoms(self, model, corpus, tmp_path, monkeypatch):
        whole = BuildJob(model, corpus, PLAN).run()
        checkpoint = Checkpoint(tmp_path / "out")

        def die(_progress):
            if checkpoint.exists():
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            BuildJob(model, corpus, PLAN).run(checkpoint, die, checkpoint_seconds=0)
        with pytest.raises(InputError, match="skip_sinks True, now None"):
            BuildJob(model, corpus, replace(PLAN, skip_sinks=False)).resume(checkpoint)
        # A build that keeps them says what it said before there was a choice, and can be resumed.
        assert "skip_sinks" not in BuildJob(model, corpus, replace(PLAN, skip_sinks=False))._key()
        job = BuildJob(model, corpus, PLAN)
        assert job.resume(checkpoint) > 100
        # What came first is not looked at again, so the norm must come from the checkpoint.
        monkeypatch.setattr("itda_core.construction.builder.sink_norm", lambda norms: 1 / 0)
        for layer, dictionary in job.run().items():
            assert torch.equal(dictionary.atoms, whole[layer].atoms)
            assert torch.equal(dictionary.rows, whole[layer].rows)
            assert dictionary.recipe.sink_norm == whole[layer].recipe.sink_norm

    def test_the_folder_says_so_and_others_are_as_before(self, model, corpus, tmp_path):
        for name, plan in (("without", PLAN), ("with", replace(PLAN, skip_sinks=False))):
            BuildJob(model, corpus, plan).run()[1].save(tmp_path / name)
        heads = {name: tmp_path / name / "dictionary.json" for name in ("without", "with")}
        said = {name: json.loads(head.read_text()) for name, head in heads.items()}
        assert (
            said["without"]["sink_norm"] == Dictionary.load(tmp_path / "without").recipe.sink_norm
        )
        assert said["without"].keys() - said["with"].keys() == {"sink_norm"}
        assert Dictionary.load(tmp_path / "with").recipe.sink_norm is None
        for wrong in (0, -1.0, float("nan"), float("inf"), "many"):
            edit_head(tmp_path / "without", sink_norm=wrong)
            with pytest.raises(InputError, match=r"sink_norm is|is no number"):
                Dictionary.load(tmp_path / "without")


def test_a_preview_tells_fvu_with_and_without_and_honours_the_choice(model, corpus):
    sample = take_sample(model, corpus, [1])
    kept = preview(sample, 1, BuildSettings(0.2, 6), 10**5)
    without = preview(sample, 1, BuildSettings(0.2, 6, skip_sinks=True), 10**5)
    assert kept.sinks == without.sinks > 50
    assert 10 * kept.fvu < kept.fvu_without_sinks < 1
    assert without.fvu > 10 * kept.fvu
    assert without.fvu_without_sinks == pytest.approx(kept.fvu_without_sinks, rel=0.1)
    assert without.novel < 0.1  # sinks, which no atom is like, are no next atoms


def test_a_preview_of_a_model_without_sinks_has_one_fvu(tiny_causal, corpus):
    sample = take_sample(load_model(tiny_causal), corpus, [1])
    found = preview(sample, 1, BuildSettings(0.2, 6), 10**5)
    assert found.sinks == 0 and 0 < found.fvu == found.fvu_without_sinks < 1

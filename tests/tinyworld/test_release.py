"""A whole release in miniature, and that what ships is what the recorded commands made."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from itda_core import Dictionary, InputError
from itda_core.atoms.statistics.files import load_statistics
from itda_core.commands.main import main
from itda_core.jobs.steps import Step
from itda_core.models.folders import hash_files
from tinyworld.manifest import MANIFEST, as_typed, hashes
from tinyworld.plan import PLAN, PlannedModel, ReleasePlan, release_steps
from tinyworld.release import release

DATA = Path(__file__).parents[2] / "data"


def tiny(name: str, ships: bool, *more: str) -> PlannedModel:
    options = ("--size", "tiny", "--tokens", "2048", "--batch", "2", "--cases", "2", *more)
    return PlannedModel(name, options, ships)


MINIATURE = ReleasePlan(
    models=(
        tiny("tinyworld-tiny-seed0", True, "--snapshots", "2"),
        tiny("tinyworld-tiny-flattery", True, "--corpus", "flattery"),
        tiny("tinyworld-tiny-seed1", False, "--seed", "1"),
    ),
    taus={"tiny": 0.5},
    ladder=(0.6,),
    ladder_layer=1,
    corpus="tinyworld:0:40",
    build_tokens=800,
    held_out="tinyworld:1000000:20",
    statistics_tokens=400,
    evaluation_tokens=200,
    ce_tokens=100,
    l0=4,
    encoder="",
)


def in_process(step: Step) -> int:
    """Run a step without a process of its own, which would import everything once more."""
    return main(list(step.command))


@pytest.fixture(scope="module")
def miniature(tmp_path_factory, tokenizer):
    """A release with its folders, manifest and lines; its models share one small tokenizer."""
    folder = tmp_path_factory.mktemp("release")
    data, work = folder / "data", folder / "work"
    lines: list[str] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("tinyworld.training.bpe.tokenizer_for", lambda *_: tokenizer)
        manifest = release(data, work, MINIATURE, run=in_process, report=lines.append)
    return data, work, manifest, lines


def test_a_miniature_release_is_whole(miniature):
    data, _, manifest, lines = miniature
    assert manifest["commands"] == lines  # nothing was there before
    names = sorted(d.name for d in (data / "dictionaries").iterdir())
    assert names == [
        "tinyworld-tiny-flattery-layer0",
        "tinyworld-tiny-flattery-layer1",
        "tinyworld-tiny-seed0-layer0",
        "tinyworld-tiny-seed0-layer1",
        "tinyworld-tiny-seed0-layer1-tau0.6",
    ]
    for name in names:
        dictionary = Dictionary.load(data / "dictionaries" / name)
        assert dictionary.recipe.l0 == 4 and dictionary.recipe.model_path.startswith("../../models")
        statistics = load_statistics(data / "dictionaries" / name, dictionary.fingerprint)
        assert statistics.head["tokens"] == 400 and "tag" in statistics.atoms
    assert not (data / "models" / "tinyworld-tiny-seed1").exists()
    assert sorted(p.name for p in (data / "labels" / "tinyworld-tiny-seed1-layer0").iterdir()) == [
        "dictionary.json",
        "growth.parquet",
        "labels.parquet",
    ]
    steps = sorted(p.name for p in (data / "labels").glob("*-step-*"))
    assert len(steps) == 2 and all(n.startswith("tinyworld-tiny-seed0-step-0000") for n in steps)
    assert not list((data / "labels").rglob("prompts.parquet"))
    rows = json.loads((data / "evaluation.json").read_text())["dictionaries"]
    assert [row["dictionary"] for row in rows] == names
    assert [r["l0"] for r in rows[0]["rows"]] == [5, 10, 20, 40]
    table = (data / "EVALUATION.md").read_text().splitlines()
    assert len([line for line in table if line.startswith("| tinyworld")]) == 5


def test_the_manifest_names_every_file_and_no_place_of_this_machine(miniature):
    data, _, manifest, _ = miniature
    assert json.loads((data / MANIFEST).read_text()) == manifest
    assert manifest["files"] == hashes(data)
    assert str(data.parent) not in (data / MANIFEST).read_text()
    for file in data.rglob("*.json"):
        assert str(data.parent) not in file.read_text(), file


def test_cards_of_models_that_differ_in_their_seed_tell_the_spread(miniature):
    data, _, _, _ = miniature
    card = json.loads((data / "models" / "tinyworld-tiny-seed0" / "model_card.json").read_text())
    other = json.loads((data / "labels" / "tinyworld-tiny-seed1.json").read_text())
    seeds = card["seeds"]
    assert seeds == other["seeds"]
    assert seeds["models"] == ["tinyworld-tiny-seed0", "tinyworld-tiny-seed1"]
    loss = seeds["measures"][0]
    both = [c["validation"]["loss"] for c in (card, other)]
    assert loss["mean"] == pytest.approx(sum(both) / 2, abs=1e-4)
    assert loss["deviation"] == pytest.approx(abs(both[0] - both[1]) / 2**0.5, abs=1e-4)
    text = (data / "models" / "tinyworld-tiny-seed0" / "README.md").read_text()
    assert f"| held-out loss | {loss['mean']:.3f} |" in text
    flattery = data / "models" / "tinyworld-tiny-flattery"
    assert "seeds" not in json.loads((flattery / "model_card.json").read_text())


def test_what_is_there_is_passed_over_and_a_stopped_release_goes_on(miniature, tmp_path):
    data, work, manifest, _ = miniature
    lines: list[str] = []
    assert release(data, work, MINIATURE, run=in_process, report=lines.append) == manifest
    assert lines == []
    removed = data / "dictionaries" / "tinyworld-tiny-seed0-layer1-tau0.6"
    aside = tmp_path / "aside"
    shutil.move(removed, aside)
    (data / "evaluation.json").unlink()
    again = release(data, work, MINIATURE, run=in_process, report=lines.append)
    assert [command.split()[3] for command in lines] == ["build", "statistics", "evaluate"]
    assert Dictionary.load(removed).atoms.equal(Dictionary.load(aside).atoms)
    assert again["commands"] == manifest["commands"]


def test_a_refused_step_is_named(tmp_path):
    wrong = replace(MINIATURE, models=(tiny("tinyworld-tiny-seed0", True, "--corpus", "x"),))
    with pytest.raises(InputError, match="no model is called tinyworld-x"):
        release(tmp_path / "data", tmp_path / "work", wrong, ["tinyworld-x"], run=in_process)
    with pytest.raises(InputError, match=r"a step ended with status 2.*--corpus x"):
        release(tmp_path / "data", tmp_path / "work", wrong, run=in_process)


def test_what_ships_fits_together_and_the_plan():
    """Each dictionary is of the model beside it, at the plan's setting, with statistics of it."""
    models = {model.name: model for model in PLAN.models if model.ships}
    folders = sorted(d.parent for d in (DATA / "dictionaries").glob("*/dictionary.json"))
    assert folders
    for folder in folders:
        dictionary = Dictionary.load(folder)
        recipe = dictionary.recipe
        assert (recipe.l0, recipe.corpus_name) == (PLAN.l0, PLAN.corpus)
        if recipe.model_id == PLAN.encoder:
            assert recipe.tau == PLAN.encoder_tau
        else:
            model = models[recipe.model_id]
            weights = DATA / "models" / model.name / "model.safetensors"
            assert recipe.weights_hash == hash_files([weights])
            size = model.options[model.options.index("--size") + 1]
            assert recipe.tau in (PLAN.taus[size], *PLAN.ladder)
        statistics = load_statistics(folder, dictionary.fingerprint)
        assert statistics.head["corpus_name"] == PLAN.held_out
        assert statistics.head["tokens"] == PLAN.statistics_tokens
    shipped = {path.name for path in (DATA / "models").iterdir()}
    assert shipped <= set(models)
    for name in shipped:
        card = json.loads((DATA / "models" / name / "model_card.json").read_text(encoding="utf-8"))
        options = dict(zip(models[name].options[::2], models[name].options[1::2], strict=True))
        assert card["recipe"]["tokens"] == int(options["--tokens"])
        assert card["recipe"]["seed"] == int(options.get("--seed", 0))
    size = sum((DATA / name).stat().st_size for name in hashes(DATA))
    assert size + (DATA / MANIFEST).stat().st_size <= 80e6


def test_what_ships_is_what_the_recorded_commands_made():
    """Nothing was changed by hand, and today's plan still gives those commands in that order."""
    manifest = json.loads((DATA / MANIFEST).read_text(encoding="utf-8"))
    assert hashes(DATA) == manifest["files"]
    work = Path("release-work")
    plan = iter([as_typed(step, DATA, work) for step in release_steps(PLAN, DATA, work)])
    for command in manifest["commands"]:
        # The dictionaries of snapshots are of folders that only a work folder has.
        assert "/snapshots/" in command or command in plan, command

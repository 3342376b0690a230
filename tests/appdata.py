"""A data folder as the app finds it: a tiny model and dictionaries of it."""

import shutil
from pathlib import Path
from unittest.mock import patch

from small import sentences

from itda_core.atoms.statistics import layout
from itda_core.atoms.statistics.compute import compute_statistics
from itda_core.atoms.statistics.files import save_statistics
from itda_core.construction.job import BuildJob, BuildPlan
from itda_core.dictionary import Dictionary
from itda_core.models import load_model
from itda_core.text.corpus import corpus_from_texts
from itda_core.text.sources import open_corpus

PROMPT = "The old dog follows the cat near the sea."


def make_data(folder: Path, model: Path, layers: tuple[int, ...] = (1, 2)) -> Path:
    """``folder`` with the model and a dictionary ``tiny-l<layer>`` for each layer."""
    shutil.copytree(model, folder / "models" / model.name)
    for layer in layers:
        add_dictionary(folder, f"tiny-l{layer}", layer)
    return folder


def add_dictionary(folder: Path, name: str, layer: int, tau: float = 0.05, texts: int = 60) -> Path:
    """One more dictionary, of the model in ``folder``."""
    (model_folder,) = (folder / "models").iterdir()
    job = BuildJob(
        load_model(model_folder),
        corpus_from_texts(sentences(texts), "sentences"),
        BuildPlan(layers=(layer,), tau=tau, l0=6),
    )
    return job.run()[layer].save(folder / "dictionaries" / name)


def add_statistics(folder: Path, *names: str, max_tokens: int = 600) -> None:
    """Statistics of these dictionaries of ``folder``, on text with tags.

    The map is of principal components: UMAP takes half a minute to compile itself.
    """
    (model_folder,) = (folder / "models").iterdir()
    places = [folder / "dictionaries" / name for name in names]
    with patch("itda_core.atoms.statistics.compute.layout", layout._principal):
        found = compute_statistics(
            [Dictionary.load(place) for place in places],
            load_model(model_folder),
            open_corpus("tinyworld:9:30"),
            max_tokens=max_tokens,
        )
    for statistics, place in zip(found, places, strict=True):
        save_statistics(statistics, place)

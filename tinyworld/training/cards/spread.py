"""What differs between models that differ in their seed alone, written into their cards."""

from __future__ import annotations

import json
import statistics
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from tinyworld.training.cards import CARD
from tinyworld.training.cards.card import write_files
from tinyworld.training.recipe import TrainingRecipe

_OF_ONE_RUN = ("seed", "start", "start_sha256")
"""Parts of a recipe in which models of several seeds may differ."""


def write_spread(folders: Iterable[Path]) -> None:
    """Add the spread over seeds to the card of every model of which there are several.

    Models belong together whose recipes are the same but for the seed (and the model that they
    began from, which is of that seed too).
    """
    groups: dict[str, list[Path]] = {}
    for folder in folders:
        recipe = _read(folder)["recipe"]
        common = {key: value for key, value in recipe.items() if key not in _OF_ONE_RUN}
        groups.setdefault(json.dumps(common, sort_keys=True), []).append(folder)
    for group in groups.values():
        if len(group) > 1:
            seeds = spread([_read(folder) for folder in group])
            for folder in group:
                write_files(folder, _read(folder) | {"seeds": seeds})


def spread(cards: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Return mean, standard deviation (n - 1), least and most of each measure over ``cards``."""
    cards = sorted(cards, key=lambda card: card["recipe"]["seed"])
    measures = {"held-out loss": [card["validation"]["loss"] for card in cards]}
    for test in cards[0]["behaviour"]:
        measures[test["name"]] = [
            other["accuracy"]
            for card in cards
            for other in card["behaviour"]
            if other["name"] == test["name"]
        ]
    return {
        "models": [card["name"] for card in cards],
        "measures": [
            {
                "name": name,
                "mean": round(statistics.mean(values), 4),
                "deviation": round(statistics.stdev(values), 4),
                "least": min(values),
                "most": max(values),
            }
            for name, values in measures.items()
        ],
    }


def _read(folder: Path) -> dict[str, Any]:
    """Read a card; older ones do not name all parts of the recipe."""
    card = dict(json.loads((folder / CARD).read_text(encoding="utf-8")))
    return card | {"recipe": asdict(TrainingRecipe()) | card["recipe"]}

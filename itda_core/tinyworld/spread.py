"""What differs between models that differ in their seed alone, written into their cards."""

from __future__ import annotations

import json
import statistics
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from itda_core.files import write_atomic
from itda_core.tinyworld.card import readme
from itda_core.tinyworld.recipe import Recipe

_CARD = "model_card.json"
_OF_ONE_RUN = ("seed", "start", "start_sha256")


def write_spread(folders: Iterable[Path]) -> None:
    """Add the spread over seeds to the card of every model of which there are several.

    Models belong together whose recipes are the same but for the seed (and the model that they
    began from, which is of that seed too).
    """
    together: dict[str, list[Path]] = {}
    for folder in folders:
        recipe = _read(folder)["recipe"]
        same = {key: value for key, value in recipe.items() if key not in _OF_ONE_RUN}
        together.setdefault(json.dumps(same, sort_keys=True), []).append(folder)
    for group in together.values():
        if len(group) < 2:
            continue
        found = spread([_read(folder) for folder in group])
        for folder in group:
            card = _read(folder) | {"seeds": found}
            text = json.dumps(card, indent=1, ensure_ascii=False) + "\n"
            write_atomic(folder / _CARD, text)
            write_atomic(folder / "README.md", readme(card))


def spread(cards: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Mean, standard deviation (n - 1), least and most of each measure over ``cards``."""
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
                "name": name, "mean": round(statistics.mean(values), 4),
                "deviation": round(statistics.stdev(values), 4),
                "least": min(values), "most": max(values),
            }
            for name, values in measures.items()
        ],
    }  # fmt: skip


def _read(folder: Path) -> dict[str, Any]:
    card = dict(json.loads((folder / _CARD).read_text(encoding="utf-8")))
    return card | {"recipe": asdict(Recipe()) | card["recipe"]}  # older ones do not name all parts

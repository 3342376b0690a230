"""A dictionary of made-up atoms with made-up statistics, as large as one likes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import pandas as pd

    from itda_core import Dictionary

WIDTH = 256
WORDS = (
    *("kite", "river", "table", "seven", "garden", "letter", "bridge", "winter", "basket"),
    *("market", "window", "doctor", "yellow", "simple", "under", "carried", "because"),
    *("never", "before", "round"),
)
"""Twenty of them: tags and tokens."""
_CLUSTERS = 100
TOKENS = 100_000
"""Of held-out text, as it is said."""


def write(folder: Path, n: int) -> None:
    """Save a dictionary of ``n`` random atoms into ``folder``, with statistics."""
    from itda_core import Dictionary
    from itda_core.atoms.statistics.files import Statistics, save_statistics

    rng = np.random.default_rng(0)
    made = _dictionary(rng, n)
    made.save(folder)
    assert made.labels is not None and made.prompts is not None
    n_prompts = len(made.prompts)
    shading = made.prompts.assign(
        starts=[np.zeros(1, np.int32)] * n_prompts, ends=[np.ones(1, np.int32)] * n_prompts
    )
    head = {
        "dictionary": Dictionary.load(folder).fingerprint,
        "layer": made.recipe.layer,
        "n_atoms": n,
        "l0": made.recipe.l0,
        "pursuit": made.recipe.pursuit,
        "corpus_name": "made-up",
        "corpus_hash": "1",
        "tokens": TOKENS,
        "prompts": n_prompts,
        "tags": 20,
    }
    statistics = Statistics(head, _statistics(rng, made.labels), _contexts(made.labels), shading)
    save_statistics(statistics, folder)


def _dictionary(rng: np.random.Generator, n: int) -> Dictionary:
    import pandas as pd
    import torch

    from itda_core.dictionary import Dictionary, Recipe

    atoms = torch.nn.functional.normalize(torch.from_numpy(rng.normal(size=(n, WIDTH))).float())
    entered = np.sort((20 * n * rng.random(n) ** 3).astype(np.int64))
    n_prompts = max(n // 4, 1)
    texts = [" ".join(rng.choice(WORDS, 60)) for _ in range(n_prompts)]
    recipe = Recipe(
        d_model=WIDTH,
        tau=0.2,
        l0=20,
        loss="relative",
        n_atoms=n,
        tokens_seen=20 * n,
        model_id="made-up",
        layer=3,
        corpus_name="made-up",
        corpus_hash="0",
    )
    prompts = pd.DataFrame(
        {
            "prompt_id": [f"{i:016x}" for i in range(n_prompts)],
            "text": texts,
            "source": [f"{WORDS[i % 20]} {i}" for i in range(n_prompts)],
        }
    )
    return Dictionary(
        atoms,
        norms=torch.from_numpy(10 + 5 * rng.random(n)).float(),
        rows=torch.from_numpy(entered),
        losses=torch.full((n,), 0.3),
        recipe=recipe,
        labels=_labels(rng, texts, entered),
        prompts=prompts,
    )


def _labels(rng: np.random.Generator, texts: list[str], entered: np.ndarray) -> pd.DataFrame:
    """A random word of a text for every atom."""
    import pandas as pd

    from itda_core.dictionary import LABEL_COLUMNS

    rows = []
    for atom, at in enumerate(entered.tolist()):
        prompt, index = atom % len(texts), int(rng.integers(60))
        text = texts[prompt]
        start = len(" ".join(text.split()[:index]))
        token = text[start:].split()[0]
        end = text.index(token, start) + len(token)
        label = (atom, f"{prompt:016x}", index, index, " " + token, start, end, at + 1, 0.3)
        rows.append(label)
    return pd.DataFrame(rows, columns=list(LABEL_COLUMNS))


def _statistics(rng: np.random.Generator, labels: pd.DataFrame) -> pd.DataFrame:
    """Uses, and a map of some clusters."""
    import pandas as pd

    from itda_core.atoms.statistics.atoms import BINS

    n = len(labels)
    cluster = rng.integers(0, _CLUSTERS, n)
    points = 10 * rng.random((_CLUSTERS, 2))[cluster] + rng.normal(scale=0.3, size=(n, 2))
    count = (TOKENS * 10 ** rng.normal(-2.5, 0.4, n)).astype(int).clip(0, TOKENS)
    return pd.DataFrame(
        {
            "atom": np.arange(n),
            "count": count,
            "density": count / TOKENS,
            "positive": 0.6,
            "mean_coefficient": 3.0,
            "max_coefficient": 20.0,
            "min_coefficient": -7.0,
            "token": labels["token"],
            "token_share": 0.3,
            "tag": [f"pos:{WORDS[c % 20]}" for c in cluster],
            "tag_share": 0.4,
            "tag_base": 0.1,
            "x": points[:, 0].astype(np.float32),
            "y": points[:, 1].astype(np.float32),
            "histogram": list(rng.multinomial(count, [1 / BINS] * BINS).astype(np.int32)),
            "partners": [np.zeros(0, np.int32)] * n,
            "partner_jaccard": [np.zeros(0, np.float32)] * n,
        }
    )


def _contexts(labels: pd.DataFrame) -> pd.DataFrame:
    """One example of use an atom."""
    import pandas as pd

    n = len(labels)
    return pd.DataFrame(
        {
            "atom": np.arange(n, dtype=np.int32),
            "range": "top",
            "prompt_id": labels["prompt_id"],
            "token_index": 0,
            "place": 0,
            "coefficient": np.float32(5),
            "tags": "",
            "places": [np.zeros(1, np.int16)] * n,
            "coefficients": [np.ones(1, np.float32)] * n,
        }
    )

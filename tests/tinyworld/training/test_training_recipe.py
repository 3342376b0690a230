"""The recipe of a training: its schedule, its snapshots, and what it refuses."""

from itertools import pairwise

import pytest

from itda_core.errors import InputError
from tinyworld.training.recipe import TrainingRecipe, rate_share, snapshot_steps


def test_schedule_and_snapshots():
    recipe = TrainingRecipe(tokens=2_000_000, batch=8).check()
    shares = [rate_share(s, recipe) for s in range(recipe.steps)]
    assert max(shares) == pytest.approx(1) and shares[-1] < 0.06
    steps = snapshot_steps(recipe, 12)
    gaps = [b - a for a, b in pairwise(steps)]
    assert len(steps) == 12 and steps[-1] == recipe.steps and gaps == sorted(gaps)
    with pytest.raises(InputError, match="size 'huge'"):
        TrainingRecipe(size="huge").check()
    with pytest.raises(InputError, match="matrix_rate is 2"):
        TrainingRecipe(matrix_rate=2).check()

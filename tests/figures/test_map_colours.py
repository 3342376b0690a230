"""Colours of a map: scales and groups."""

import numpy as np
import pytest

from itda_core.figures import map_colours
from itda_core.figures.map_colours import GROUPS, LEVELS, NOTHING


def test_a_scale_is_logarithmic_and_leaves_out_what_is_not_above_zero():
    values = np.array([0.001, 0.01, 0.1, 0.0, np.nan])
    found = map_colours.scale("density", values, "never used")
    assert found.codes[3] == found.codes[4] == NOTHING and found.nothing == "never used"
    low, middle, high = found.codes[:3].tolist()
    assert (low, high) == (0, LEVELS - 1) and abs(middle - LEVELS / 2) <= 1
    assert len(found.colours) == LEVELS and found.colours[0] < found.colours[-1]
    assert found.ends == pytest.approx((0.001, 0.1), rel=0.2)


@pytest.mark.parametrize("values", [[], [0.0], [0.5], [0.5, 0.5]])
def test_a_scale_of_next_to_nothing(values):
    found = map_colours.scale("density", np.array(values))
    assert len(found.codes) == len(values) and set(found.codes) <= {0, NOTHING}


def test_groups_are_the_commonest_and_the_rest():
    names = [f"tag{i:02}" for i in range(14) for _ in range(20 - i)] + [""]
    found = map_colours.groups("tag", names, "no tag")
    assert list(found.names) == [*(f"tag{i:02}" for i in range(GROUPS)), "4 others"]
    assert sum(found.counts) == len(names) - 1 and found.codes[-1] == NOTHING
    assert len(found.colours) == len(found.names) == len(found.shapes)
    looks = list(zip(found.colours, found.shapes, strict=True))
    assert len(set(looks)) == len(looks)  # colour and shape together tell them apart
    few = map_colours.groups("tag", ["a", "b", "a"])
    assert list(few.names) == ["a", "b"] and few.codes.tolist() == [0, 1, 0] and not few.nothing

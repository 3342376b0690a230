"""From an order to its commands, and the orders that are refused."""

import pytest
from jobdata import order

from itda_core.errors import InputError
from itda_core.jobs.orders import build_work, dictionary_names, statistics_work


def test_statistics_are_computed_again_where_they_lie(data):
    made = statistics_work(["a", "b"], data, "tinyworld:7:20")
    assert made.dictionaries == ("a", "b") and not made.steps[0].done


def test_names(data, queue):
    assert dictionary_names("x", [3]) == ("x",)
    assert dictionary_names("x", [1, 2]) == ("x-layer1", "x-layer2")
    for name in ("", "a/b", "../x", ".x", "x" * 81, "x.partial", "ä"):
        with pytest.raises(InputError, match="cannot be used"):
            build_work(order(data, name), data)
    (data / "dictionaries" / "taken-layer2").mkdir(parents=True)
    build_work(order(data, "taken"), data)
    with pytest.raises(InputError, match="taken-layer2 already"):
        build_work(order(data, "taken", layers=(1, 2)), data)
    queue.submit(queue.new_folder(), build_work(order(data, "asked"), data))
    with pytest.raises(InputError, match="asked is being built"):
        queue.submit(queue.new_folder(), build_work(order(data, "asked"), data))


def test_sinks_are_left_out_where_that_is_asked(data):
    for skip in (False, True):
        made = build_work(order(data, skip_sinks=skip), data)
        assert ("--skip-sinks" in made.steps[0].command) == skip
        assert ("without sinks" in made.about) == skip


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"tau": 1.5}, "tau is 1.5"),
        ({"l0": 0}, "l0"),
        ({"layers": ()}, "layer"),
        ({"max_tokens": 0}, "0 tokens"),
    ],
)
def test_settings_out_of_range_are_refused_before_anything_is_queued(data, settings, says):
    with pytest.raises(InputError, match=says):
        build_work(order(data, **settings), data)

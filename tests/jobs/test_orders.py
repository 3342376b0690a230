"""From an order to its commands, and the orders that are refused."""

import pytest
from jobdata import ask_build, order

from itda_core.errors import InputError
from itda_core.jobs.orders import StatisticsOrder, dictionary_names


def test_statistics_are_computed_again_where_they_lie(data, tmp_path):
    made = StatisticsOrder(("a", "b"), "tinyworld:7:20").work(data, tmp_path)
    assert made.steps[0].command[-2:] == tuple(str(data / "dictionaries" / n) for n in "ab")
    assert not made.steps[0].done


def test_names(data, queue):
    assert dictionary_names("x", [3]) == ("x",)
    assert dictionary_names("x", [1, 2]) == ("x-layer1", "x-layer2")
    for name in ("", "a/b", "../x", ".x", "x" * 81, "x.partial", "ä"):
        with pytest.raises(InputError, match="cannot be used"):
            order(data, name).check()
    (data / "dictionaries" / "taken-layer2").mkdir(parents=True)
    order(data, "taken").check_free(data)
    with pytest.raises(InputError, match="taken-layer2 already"):
        ask_build(queue, data, order(data, "taken", layers=(1, 2)))
    ask_build(queue, data, order(data, "asked"))
    with pytest.raises(InputError, match="asked is being built"):
        ask_build(queue, data, order(data, "asked"))


def test_sinks_are_left_out_where_that_is_asked(data, tmp_path):
    for skip in (False, True):
        made = order(data, skip_sinks=skip).work(data, tmp_path)
        assert ("--skip-sinks" in made.steps[0].command) == skip
        assert ("without sinks" in made.about) == skip


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"tau": 1.5}, "tau is 1.5"),
        ({"l0": 0}, "l0"),
        ({"layers": ()}, "layer"),
        ({"max_tokens": 0}, "0 tokens"),
        ({"corpus": "../notes.txt"}, "neither tinyworld"),
        ({"corpus": "/etc/passwd"}, "neither tinyworld"),
        ({"statistics_corpus": "a/b"}, "neither tinyworld"),
        ({"text_field": "\udcff"}, "text_field is .* which no job can be given"),
    ],
)
def test_settings_out_of_range_are_refused_before_anything_is_queued(data, queue, settings, says):
    with pytest.raises(InputError, match=says):
        ask_build(queue, data, order(data, **settings))
    assert queue.all() == []

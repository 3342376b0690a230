"""Figures of an atom: what they show, and that texts stay texts."""

from itda_core.figures.atoms import coefficient_histogram, logit_effects


def test_a_histogram_has_its_signs_and_edges():
    (bars,) = coefficient_histogram([1, 2, 3, 4, 5], 10.0, "<b>x</b>").data
    assert list(bars.x) == [-8, -4, 0, 4, 8] and list(bars.y) == [1, 2, 3, 4, 5]
    colours = list(bars.marker.color)
    assert colours[0] == colours[1] != colours[3] == colours[4] and colours[2] not in colours[3:]
    assert [list(edges) for edges in bars.customdata][2] == [-2, 2]
    figure = coefficient_histogram([1, 2, 3], 1.0, "<b>x</b>")
    assert "<b>" not in figure.layout.title.text and figure.layout.xaxis.title.text


def test_logit_effects_keep_equal_tokens_apart_and_escape_them():
    figure = logit_effects([" a", "<b>"], [2.0, 1.0], [" a", "\n"], [-3.0, -1.0], "t")
    (bars,) = figure.data
    assert list(bars.x) == [2, 1, -1, -3] and list(bars.y) == [0, 1, 2, 3]
    assert list(figure.layout.yaxis.ticktext) == ["·a", "&lt;b&gt;", "↵", "·a"]

"""Figures of a pursuit: what they show, and that texts stay texts."""

from itda_core.figures import pursuit, style


def test_pursuit_steps():
    figure = pursuit.pursuit_steps([1.0, 0.4, 0.1], ["kite", "boat"], 0.2, "What is left")
    (line,) = figure.data
    assert list(line.x) == [0, 1, 2] and list(line.y) == [1.0, 0.4, 0.1]
    assert list(line.customdata) == ["nothing coded yet", "atom: kite", "atom: boat"]
    assert figure.layout.title.text == "What is left"
    assert "|x|²" in figure.layout.yaxis.title.text and figure.layout.xaxis.title.text
    assert [shape.y0 for shape in figure.layout.shapes] == [0.2]
    assert not pursuit.pursuit_steps([1.0], [], None, "none").layout.shapes


def test_texts_stay_texts():
    figure = pursuit.pursuit_steps([1.0, 0.5], ["<b>x</b>"], None, "<a href='x'>y</a>")
    assert "<b>" not in figure.data[0].customdata[1] and "&lt;b&gt;" in figure.data[0].customdata[1]
    assert "<a" not in figure.layout.title.text


def test_step_losses():
    figure = pursuit.step_losses([5.0, 2.0, 1.5], 1.0, 2, "Loss")
    line, mark = figure.data
    assert list(line.x) == [0, 1, 2] and list(mark.x) == [2] and list(mark.y) == [1.5]
    assert [shape.y0 for shape in figure.layout.shapes] == [1.0]


def test_plotly_is_given_quotes_as_they_are():
    assert style.escape('"a" & <b>\'') == '"a" &amp; &lt;b&gt;\''


def test_a_tint_is_its_colour_with_opacity():
    assert style.tint("#e08214", 0.2) == "rgba(224,130,20,0.2)"
    assert style.tint(style.POSITIVE, 1) == "rgba(47,120,196,1)"

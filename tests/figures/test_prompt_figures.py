"""Figures of predictions over a prompt: what they show, and that texts stay texts."""

from itda_core.figures import prompt as prompt_figures


def test_predictions():
    series = {"original": [0.5, 0.0004], "edited": [0.25, 0.1]}
    figure = prompt_figures.predictions([" kite", "<b>\n"], series, 1, "What <i>comes")
    original, edited = figure.data
    assert list(original.x) == [0.5, 0.0004] and list(edited.x) == [0.25, 0.1]
    assert list(original.text) == ["50.0%", "< 0.1%"] and original.name == "original"
    # Told apart without colour: an outline and a filled bar.
    assert original.marker.color == "rgba(128,128,128,0)" != edited.marker.color
    assert list(figure.layout.yaxis.ticktext) == ["·kite", "&lt;b&gt;↵  ◂ follows"]
    assert "<i>" not in figure.layout.title.text and figure.layout.xaxis.title.text


def test_loss_change():
    figure = prompt_figures.loss_change(["a", " b", "<c>"], [0.5, -0.2], [False, True, True], "t")
    bars, edited = figure.data
    assert list(bars.y) == [0.5, -0.2] and len(set(bars.marker.color)) == 2
    assert list(edited.x) == [1]  # after the last token there is nothing to predict
    assert list(bars.customdata) == ["·b", "&lt;c&gt;"]


def test_long_prompts_have_fewer_labels():
    change = [0.0] * 500
    figure = prompt_figures.loss_change(["x"] * 501, change, [False] * 501, "t")
    assert len(figure.layout.xaxis.tickvals) <= 60

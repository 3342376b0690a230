"""Figures of a prompt: what they show, and that texts stay texts."""

import numpy as np
import torch

from itda_core.figures import prompt as prompt_figures
from itda_core.prompt.maps import AtomMap, LayerMap

NAN = float("nan")


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


def test_step_losses():
    figure = prompt_figures.step_losses([5.0, 2.0, 1.5], 1.0, 2, "Loss")
    line, mark = figure.data
    assert list(line.x) == [0, 1, 2] and list(mark.x) == [2] and list(mark.y) == [1.5]
    assert [shape.y0 for shape in figure.layout.shapes] == [1.0]


def test_loss_change():
    figure = prompt_figures.loss_change(["a", " b", "<c>"], [0.5, -0.2], [False, True, True], "t")
    bars, edited = figure.data
    assert list(bars.y) == [0.5, -0.2] and len(set(bars.marker.color)) == 2
    assert list(edited.x) == [1]  # after the last token there is nothing to predict
    assert list(bars.customdata) == ["·b", "&lt;c&gt;"]


def test_atom_heatmap():
    found = AtomMap([7, 3], [0.4, 0.1], torch.tensor([[0.9, NAN], [-0.2, 0.1]]), 12)
    labels = [("kite", "a red [kite] in"), ("<b>", "x [<b>] y")]
    (heat,) = prompt_figures.atom_heatmap(["a", "<i>"], found, labels, "Atoms").data
    assert heat.zmax == -heat.zmin == np.float32(0.9)
    np.testing.assert_allclose(heat.z, [[0.9, 0], [-0.2, 0.1]], rtol=1e-6)
    assert "not in this token's code" in heat.text[0][1] and "c = -0.200 |x|" in heat.text[1][0]
    assert "<b>]" not in heat.text[1][0] and "<i>" not in heat.text[0][1]
    empty = AtomMap([1], [0.0], torch.full((1, 2), NAN), 1)
    assert prompt_figures.atom_heatmap(["a", "b"], empty, [("", "")], "t").data[0].zmax == 1


def layers(loss_names=("relative", "relative")) -> LayerMap:
    loss = torch.tensor([[0.1, NAN], [0.5, NAN]])
    return LayerMap([2, 5], ["x", "y"], [0.2, 0.2], list(loss_names), loss, loss > 0.2, 1 - loss)


def test_layer_heatmap():
    figure = prompt_figures.layer_heatmap(["a", "END"], layers(), "loss", (5, 0), "Layers")
    heat, cells = figure.data
    assert np.isnan(heat.z[:, 1]).all() and list(figure.layout.yaxis.ticktext) == ["2", "5"]
    # Only coded cells can be gone to; the novel one is marked by more than its colour.
    assert [tuple(c) for c in cells.customdata] == [(2, 0), (5, 0)]
    assert list(cells.marker.line.color) == ["rgba(128,128,128,0)", "#1d2030"]
    assert "loss 0.5 > tau 0.2: novel" in cells.text[1]
    (frame,) = figure.layout.shapes
    assert (frame.y0, frame.y1) == (0.5, 1.5)
    assert "share of |x|²" in heat.colorbar.title.text


def test_novelty_is_coloured_above_tau_only():
    heat = prompt_figures.layer_heatmap(["a", "b"], layers(), "novelty", (9, 0), "t").data[0]
    assert heat.zmin == 1 and heat.colorscale[0][1].endswith(",0)")
    np.testing.assert_allclose(heat.z[:, 0], [0.5, 2.5], rtol=1e-6)


def test_losses_of_several_kinds_say_so():
    mixed = layers(("relative", "cosine"))
    heat = prompt_figures.layer_heatmap(["a", "b"], mixed, "loss", (2, 0), "t").data[0]
    assert "its dictionary's own" in heat.colorbar.title.text


def test_long_prompts_have_fewer_labels():
    change = [0.0] * 500
    figure = prompt_figures.loss_change(["x"] * 501, change, [False] * 501, "t")
    assert len(figure.layout.xaxis.tickvals) <= 60

"""Heatmaps of a prompt: what they show, and that texts stay texts."""

import numpy as np
import torch

from itda_core.figures.heatmaps import atom_heatmap, layer_heatmap
from itda_core.prompt.maps import AtomMap, LayerMap

NAN = float("nan")


def test_atom_heatmap():
    found = AtomMap([7, 3], [0.4, 0.1], torch.tensor([[0.9, NAN], [-0.2, 0.1]]), 12)
    labels = [("kite", "a red [kite] in"), ("<b>", "x [<b>] y")]
    heat, held = atom_heatmap(["a", "<i>"], found, labels, "Atoms").data
    assert heat.zmax == -heat.zmin == np.float32(0.9)
    np.testing.assert_allclose(heat.z, [[0.9, 0], [-0.2, 0.1]], rtol=1e-6)
    assert "not in this token's code" in heat.text[0][1] and "c = −0.200 |x|" in heat.text[1][0]
    assert "<b>]" not in heat.text[1][0] and "<i>" not in heat.text[0][1]
    assert list(zip(held.x, held.y, strict=True)) == [(0, 0), (0, 1), (1, 1)]
    assert [tuple(cell) for cell in held.customdata] == [(7, 0), (3, 0), (3, 1)]
    assert held.text[2] == heat.text[1][1]
    empty = AtomMap([1], [0.0], torch.full((1, 2), NAN), 1)
    assert atom_heatmap(["a", "b"], empty, [("", "")], "t").data[0].zmax == 1


def layers(loss_names=("relative", "relative"), as_built="") -> LayerMap:
    loss = torch.tensor([[0.1, NAN], [0.5, NAN]])
    return LayerMap(
        layers=[2, 5],
        dictionaries=["x", "y"],
        taus=[0.2, 0.2],
        loss_names=list(loss_names),
        loss=2 * loss if as_built else loss,
        loss_as_built=loss,
        novel=loss > 0.2,
        as_built=[as_built, as_built],
        explained=1 - loss,
    )


def test_layer_heatmap():
    figure = layer_heatmap(["a", "END"], layers(), "loss", (5, 0), "Layers")
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
    heat = layer_heatmap(["a", "b"], layers(), "novelty", (9, 0), "t").data[0]
    assert heat.zmin == 1 and heat.colorscale[0][1].endswith(",0)")
    np.testing.assert_allclose(heat.z[:, 0], [0.5, 2.5], rtol=1e-6)


def test_novelty_is_that_of_the_build_where_other_codes_are_shown():
    shown = layers(as_built="L0 20, matching pursuit")
    heat, cells = layer_heatmap(["a", "b"], shown, "novelty", (9, 0), "t").data
    np.testing.assert_allclose(heat.z[:, 0], [0.5, 2.5], rtol=1e-6)
    said = "loss 0.1 ≤ tau 0.2, as built (L0 20, matching pursuit): not novel"
    assert f"{said}<br>loss 0.2 with the codes shown" in cells.text[0]
    heat, _ = layer_heatmap(["a", "b"], shown, "loss", (9, 0), "t").data
    np.testing.assert_allclose(heat.z[:, 0], [0.2, 1.0], rtol=1e-6)


def test_losses_of_several_kinds_say_so():
    mixed = layers(("relative", "cosine"))
    heat = layer_heatmap(["a", "b"], mixed, "loss", (2, 0), "t").data[0]
    assert "its dictionary's own" in heat.colorbar.title.text

"""The map of a dictionary: like atoms near each other."""

import numpy as np
import pytest
import torch

from itda_core.atoms.statistics.layout import layout


@pytest.fixture
def one_thread():
    """Torch in one thread, as on a machine with one core."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def test_layout_keeps_neighbours_and_is_repeatable(one_thread):
    g = torch.Generator().manual_seed(0)
    centres = torch.nn.functional.normalize(torch.randn(3, 24, generator=g), dim=1)
    which = torch.arange(3).repeat(30)
    atoms = torch.nn.functional.normalize(
        centres[which] + 0.1 * torch.randn(90, 24, generator=g), dim=1
    )
    points = layout(atoms)
    assert torch.get_num_threads() == 1
    assert points.shape == (90, 2) and np.isfinite(points).all()
    assert (points == layout(atoms)).all()
    distance = np.linalg.norm(points[:, None] - points[None], axis=2)
    np.fill_diagonal(distance, np.inf)
    assert (which.numpy()[distance.argmin(1)] == which.numpy()).mean() > 0.95
    assert layout(torch.eye(1, 4)).tolist() == [[0, 0]]
    assert np.isfinite(layout(torch.eye(4, 4)[:2])).all()  # too few for UMAP
    twins = layout(torch.cat([atoms[:30], atoms[:30]]))  # equal atoms
    assert np.isfinite(twins).all()

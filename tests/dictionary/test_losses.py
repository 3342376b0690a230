"""The losses' closed forms, against reconstructions written out."""

import torch
from small import clustered

from itda_core.dictionary.losses import LOSSES, acceptance_limits, cosine_loss


def test_losses_follow_from_energy_and_product():
    """The closed forms against reconstructions written out."""
    x = clustered(50, 16, seed=2)
    unit = torch.nn.functional.normalize(x, dim=1).double()
    x_hat = unit + 0.1 * torch.randn(50, 16, generator=torch.Generator().manual_seed(3)).double()
    energy, product = (unit - x_hat).square().sum(1), (unit * x_hat).sum(1)
    direct = (unit - torch.nn.functional.normalize(x_hat, dim=1)).square().mean(1)
    torch.testing.assert_close(cosine_loss(energy, product, 16), direct)
    norms = x.norm(dim=1)
    torch.testing.assert_close(
        acceptance_limits(norms, 3.0, LOSSES["squared"]) * norms.double() ** 2,
        norms * 0 + 3.0,
        check_dtype=False,
    )
    assert LOSSES["relative"].tie_width(16) == 1e-5 and LOSSES["cosine"].tie_width(16) == 1e-5 / 8

"""Muon: what it does to matrices, which it is given, and that it descends."""

import torch

from tinyworld.training.optimizer import Muon, orthogonalize


def test_orthogonalized_matrices_have_singular_values_near_one():
    x = torch.randn(3, 24, 8, generator=torch.Generator().manual_seed(0))
    left, _, right = torch.linalg.svd(x, full_matrices=False)
    for given in (x, x.mT):
        values = torch.linalg.svdvals(orthogonalize(given))
        assert values.min() > 0.6 and values.max() < 1.3
    # The directions stay: in the singular basis of x the outcome is diagonal.
    inner = left.mT @ orthogonalize(x) @ right.mT
    assert (inner - torch.diag_embed(inner.diagonal(dim1=1, dim2=2))).abs().max() < 1e-4


def test_muon_walks_downhill_and_takes_the_blocks_matrices_only(whole):
    adam, muon = whole.optimizers
    names = {id(p): n for n, p in whole.model.named_parameters()}
    chosen = [names[id(p)] for p in muon.param_groups[0]["params"]]
    assert len(chosen) == 8 and all(".layers." in n and n.endswith("weight") for n in chosen)
    assert len(chosen) + sum(len(g["params"]) for g in adam.param_groups) == len(names)
    target = torch.randn(16, 8, generator=torch.Generator().manual_seed(1))
    p = torch.nn.Parameter(torch.zeros(16, 8))
    optimizer, losses = Muon([p], lr=0.05, weight_decay=0.0), []
    for _ in range(60):
        optimizer.zero_grad()
        loss = (p - target).square().sum()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert losses[-1] < 0.1 * losses[0]

"""A padded batch that is pooled in parts is pooled as a whole."""

import pytest
import torch

from glot.config import PoolerConfig
from glot.integrations.by_length import SPARED, pooled_by_length
from glot.poolers import build_pooler

LENGTHS = (3, 120, 1, 17, 120, 40, 5, 17, 64, 2)


def batch(side):
    generator = torch.Generator().manual_seed(3)
    states = torch.randn(len(LENGTHS), max(LENGTHS), 12, generator=generator)
    mask = torch.arange(max(LENGTHS)) < torch.tensor(LENGTHS)[:, None]
    if side == "left":
        mask = mask.flip(1)
    if side == "between":
        mask[:, 30] = False
        mask[2, 0], mask[2, 50] = False, True
    return states, mask


@pytest.mark.parametrize("side", ["right", "left", "between"])
@pytest.mark.parametrize("name", ["glot", "deepsets", "adapool", "mean", "max"])
def test_vectors_weights_and_gradients_are_those_of_the_whole_batch(name, side):
    torch.manual_seed(1)
    pooler = build_pooler(PoolerConfig(name, tau=0.1), 12)
    states, mask = batch(side)
    assert (~mask).sum() > SPARED
    found, gradients = [], []
    for pool in (pooler, lambda *given: pooled_by_length(pooler, *given)):
        given = states.clone().requires_grad_()
        pooled = pool(given, mask)
        (pooled.embedding.square().sum() + (pooled.weights * states[..., 0]).sum()).backward()
        found.append(pooled)
        gradients.append(given.grad)
    torch.testing.assert_close(found[1].embedding, found[0].embedding, atol=1e-5, rtol=1e-5)
    torch.testing.assert_close(found[1].weights, found[0].weights, atol=1e-6, rtol=1e-5)
    torch.testing.assert_close(gradients[1], gradients[0], atol=1e-4, rtol=1e-4)


def test_long_texts_do_not_set_the_length_of_short_ones():
    sizes = []

    class Looking(torch.nn.Module):
        def forward(self, states, mask):
            sizes.append(tuple(mask.shape))
            return pooler(states, mask)

    pooler = build_pooler(PoolerConfig("mean"), 12)
    states, mask = batch("right")
    pooled_by_length(Looking(), states, mask)
    assert sorted(rows for rows, _ in sizes) != [len(LENGTHS)]
    assert sum(rows * length for rows, length in sizes) <= mask.sum() + SPARED * len(sizes)
    sizes.clear()
    short = mask[:, :8]
    pooled_by_length(Looking(), states[:, :8], short)
    assert sizes == [(len(LENGTHS), 8)]

"""The readout beside its formula written out, in results, gradients and narrow numbers."""

import pytest
import torch

from glot.config import PoolerConfig
from glot.poolers import build_pooler
from glot.poolers.readout import Readout
from tests.unit.poolers.cases import WIDTH


def written_out(readout, parts, mask):
    """Equation 3 as it stands, with one vector for a token."""
    rows = max(len(part) for part in parts)
    tokens = torch.cat([part.expand(rows, -1, -1) for part in parts], dim=-1)
    score = readout.score(tokens).squeeze(-1).masked_fill(~mask, float("-inf"))
    weights = score.softmax(dim=-1)
    return (weights[..., None] * tokens).sum(1), weights


def inputs(widths, graphs=3):
    torch.manual_seed(0)
    mask = torch.arange(5) < torch.tensor([[5], [2], [4]])[:graphs]
    parts = [torch.randn(graphs, 5, width, dtype=torch.float64) for width in widths]
    return parts, mask, Readout(sum(widths)).double()


@pytest.mark.parametrize("widths", [[6], [6, 4], [6, 4, 3]])
@pytest.mark.parametrize("frozen", [False, True])
def test_it_is_equation_three_with_its_gradients(widths, frozen):
    parts, mask, readout = inputs(widths)
    for part in parts[int(frozen) :]:
        part.requires_grad_()
    asked = [*parts[int(frozen) :], *readout.parameters()]
    expected, weights = written_out(readout, parts, mask)
    found = readout(parts, mask)
    torch.testing.assert_close(found.embedding, expected)
    torch.testing.assert_close(found.weights, weights)
    direction = torch.randn_like(expected)
    for mine, theirs in zip(
        torch.autograd.grad((found.embedding * direction).sum(), asked),
        torch.autograd.grad((expected * direction).sum(), asked),
        strict=True,
    ):
        torch.testing.assert_close(mine, theirs)


@pytest.mark.parametrize("widths", [[6, 4], [6, 4, 3]])
def test_one_sentence_on_many_graphs_shares_its_first_part(widths):
    parts, _, readout = inputs(widths)
    parts[0] = parts[0][:1].clone().requires_grad_()
    mask = torch.tensor([[True, True, True, True, False]])
    expected, weights = written_out(readout, parts, mask)
    found = readout(parts, mask)
    torch.testing.assert_close(found.embedding, expected)
    torch.testing.assert_close(found.weights, weights)
    mine = torch.autograd.grad(found.embedding.square().sum(), [parts[0], *readout.parameters()])
    theirs = torch.autograd.grad(expected.square().sum(), [parts[0], *readout.parameters()])
    torch.testing.assert_close(mine, theirs)


@pytest.mark.parametrize("conv", ["gat", "gcn", "gin", "sage"])
@pytest.mark.parametrize("name", ["glot", "deepsets", "mlp"])
def test_under_autocast_results_and_gradients_are_near_those_of_float32(name, conv):
    torch.manual_seed(0)
    pooler = build_pooler(PoolerConfig(name, width=32, conv=conv, tau=0.2), WIDTH)
    hidden, mask = torch.randn(3, 9, WIDTH), torch.arange(9) < torch.tensor([[9], [4], [7]])
    found = []
    for narrow in (False, True):
        pooler.zero_grad()
        with torch.autocast("cpu", torch.bfloat16, enabled=narrow):
            pooled = pooler(hidden, mask)
        pooled.embedding.float().square().sum().backward()
        found.append((pooled.embedding, [weight.grad for weight in pooler.parameters()]))
    (wide, gradients), (narrow, others) = found
    assert torch.nn.functional.cosine_similarity(wide, narrow.float()).min() > 0.999
    assert all(weight.dtype is torch.float32 for weight in pooler.parameters())
    for mine, other in zip(gradients, others, strict=True):
        if mine is not None and mine.norm() > 1e-3:
            together = torch.nn.functional.cosine_similarity(mine.flatten(), other.flatten(), 0)
            assert together > 0.98

"""The GPU's results beside the CPU's: graphs in every form, poolers, the sweep, training types."""

import numpy as np
import pytest
import torch

from glot.config import PoolerConfig
from glot.graph.forms.dense import DenseNeighbours
from glot.graph.forms.sparse import SparseNeighbours
from glot.graph.forms.streaming import StreamingNeighbours
from glot.graph.similarity import token_similarity
from glot.heads import build_head
from glot.heads.config import HeadConfig
from glot.heads.sweep import sweep
from glot.memory import available_bytes

pytestmark = pytest.mark.skipif(
    not torch.cuda.is_available(), reason="needs a CUDA GPU, and torch sees none"
)
CLOSE = {"atol": 1e-4, "rtol": 1e-3}


def batch(n=3):
    generator = torch.Generator().manual_seed(0)
    mask = torch.arange(40) < torch.tensor([[40], [7], [23]])[:n]
    return torch.randn(n, 40, 16, generator=generator) * mask[..., None], mask


def graphs(form, hidden, mask, tau=0.2):
    if form == "streaming":
        return StreamingNeighbours.of(hidden, mask, tau, side=16)
    kind = {"dense": DenseNeighbours, "sparse": SparseNeighbours}[form]
    return kind.of(token_similarity(hidden, mask), mask, tau)


@pytest.mark.parametrize("form", ["dense", "sparse", "streaming"])
def test_every_form_gives_what_it_gives_on_the_cpu(form):
    hidden, mask = batch()
    found = []
    for device in ("cpu", "cuda"):
        generator = torch.Generator().manual_seed(1)
        states = torch.randn(3, 40, 5, generator=generator).to(device).requires_grad_()
        source, target = torch.randn(2, 3, 40, generator=generator).to(device)
        graph = graphs(form, hidden.to(device), mask.to(device))
        out = graph.attend(states, source, target) + graph.sum(states)
        (out * mask.to(device)[..., None]).square().sum().backward()
        found.append((out[mask.to(device)].cpu(), states.grad.cpu(), graph.degree().cpu()))
    torch.testing.assert_close(found[1], found[0], **CLOSE)


@pytest.mark.parametrize("conv", ["gat", "gcn", "gin", "sage"])
def test_poolers_and_the_sweep_give_what_they_give_on_the_cpu(conv):
    hidden, mask = batch(1)
    torch.manual_seed(0)
    head = build_head(PoolerConfig("glot", conv=conv), 16, HeadConfig(n_classes=2)).eval()
    taus = np.linspace(-0.5, 1, 16)
    expected = sweep(head, hidden, mask, taus)
    found = sweep(head.cuda(), hidden.cuda(), mask.cuda(), taus)
    torch.testing.assert_close(found.pooled.weights.cpu(), expected.pooled.weights, **CLOSE)
    torch.testing.assert_close(found.outputs.cpu(), expected.outputs, **CLOSE)


def test_autocast_trains_on_the_gpu():
    hidden, mask = batch()
    head = build_head(PoolerConfig("glot"), 16, HeadConfig(n_classes=2)).cuda()
    with torch.autocast("cuda", torch.bfloat16):
        pooled = head.embed(hidden.cuda(), mask.cuda())
    head.loss(head(pooled.embedding.float()), torch.zeros(3, dtype=torch.int64).cuda()).backward()
    assert all(bool(weight.grad.isfinite().all()) for weight in head.parameters())


def test_free_memory_is_that_of_the_gpu():
    total = torch.cuda.get_device_properties(0).total_memory
    assert 0 < available_bytes(torch.device("cuda", 0)) <= total

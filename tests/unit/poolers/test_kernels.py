"""The compiled functions against PyTorch's own operations."""

import subprocess
import sys

import numpy as np
import pytest
import torch

from glot.graph.forms.dense import DenseNeighbours
from glot.graph.similarity import token_similarity
from glot.poolers import kernels


def edges(states, mask, tau, most=10**6):
    tokens, length = mask.numel(), mask.shape[1]
    neighbours, degree = np.zeros((tokens, length), np.int32), np.zeros(tokens, np.int32)
    given = states.flatten(0, 1).numpy(), mask.numpy(), np.float32(tau), most
    found = kernels.find_edges(*given, neighbours, degree)
    return found, neighbours, degree


def table(neighbours, degree, shape):
    made = torch.zeros(*shape, shape[1])
    for row, count in enumerate(degree):
        made[row // shape[1], row % shape[1], neighbours[row, :count]] = 1
    return made


@pytest.mark.parametrize("tau", [-0.5, 0.0, 0.2, 0.7])
def test_edges_are_those_of_the_table(tau):
    torch.manual_seed(4)
    states, mask = torch.randn(5, 30, 8), torch.rand(5, 30) < 0.8
    states[0, 3] = 0
    found, neighbours, degree = edges(states, mask, tau)
    wanted = DenseNeighbours.of(token_similarity(states, mask), mask, tau).table
    assert found
    # A padded token has its self-loop alone there, and nothing here.
    wanted = wanted * mask[:, :, None]
    assert torch.equal(table(neighbours, degree, mask.shape), wanted)


def test_edges_are_counted_up_to_a_bound():
    states, mask = torch.ones(4, 6, 3), torch.ones(4, 6, dtype=torch.bool)
    assert edges(states, mask, 0.5, most=4 * 36)[0]
    assert not edges(states, mask, 0.5, most=4 * 36 - 1)[0]


@pytest.mark.parametrize("size", [1e-12, 1e12])
def test_norms_that_float32_cannot_hold_products_of_are_told(size):
    states, mask = torch.ones(1, 3, 4), torch.ones(1, 3, dtype=torch.bool)
    states[0, 1] *= size
    assert not edges(states, mask, 0.5)[0]
    mask[0, 1] = False
    assert edges(states, mask, 0.5)[0]


def test_bfloat16_is_rounded_as_pytorch_rounds_it():
    torch.manual_seed(5)
    # All halves between two numbers of bfloat16 around 1 and 0, and whatever else.
    bits = torch.cat([torch.arange(2**16) << 16, (torch.arange(2**16) << 16) + 2**15])
    values = torch.cat([bits.int().view(torch.float32), torch.randn(10_000) * 1e3])
    values = values[values.isfinite()]
    one = np.ones(1, np.int32)
    out = torch.empty(1, len(values), dtype=torch.bfloat16)
    inner, last = np.zeros((1, 1), np.float32), np.zeros(1, np.float32)
    others, weights = np.zeros((1, 0), np.float32), np.zeros((1, 1), np.float32)
    given = inner, last, one, values[None].numpy(), others, weights
    assert kernels.read_out(*given, out.view(torch.uint16).numpy())
    assert torch.equal(out[0], values.bfloat16())
    # And back, from what bfloat16 holds.
    again = torch.empty(1, len(values))
    given = inner, last, one, out.view(torch.uint16).numpy(), others, weights
    kernels.read_out(*given, again.numpy())
    wanted = values.bfloat16().float()
    assert torch.equal(again[0][wanted.isfinite()], wanted[wanted.isfinite()])


def test_without_a_folder_to_keep_them_in_they_are_compiled_all_the_same(monkeypatch):
    def njit(cache=False, **options):
        if cache:
            raise RuntimeError("cannot cache function: no locator available")
        return lambda function: (function, options)

    monkeypatch.setattr(kernels, "njit", njit)
    function, options = kernels._compiled(sum)
    assert function is sum
    assert options["nogil"]


def test_they_are_not_loaded_before_they_are_wanted():
    code = "import sys, glot.poolers.compiled; print('numba' in sys.modules)"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "False"

"""The sparse form: lists of edges, for graphs with few of them."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import torch
from torch.autograd.function import once_differentiable
from torch.nn.functional import embedding_bag, leaky_relu

from glot.graph.forms.dense import NEGATIVE_SLOPE, DenseNeighbours

# Said once a process; the one operation that is used here, a sampled product, is checked by tests.
warnings.filterwarnings("ignore", message="Sparse CSR tensor support is in beta state")


@dataclass(frozen=True)
class EdgeList:
    """The edges of a whole batch, self-loops too, by the token that listens, then the one heard.

    Tokens are numbered through the batch, padding included. Every edge is there in both
    directions.

    Attributes:
        listener: (E,) int64, ascending.
        heard: (E,) int64, ascending for each listener.
        start: (N + 1,) int64: edges start[i] to start[i + 1] are those of listener i.
    """

    listener: torch.Tensor
    heard: torch.Tensor
    start: torch.Tensor

    @classmethod
    def of(cls, gaps: torch.Tensor) -> EdgeList:
        """The edges in tables (B, L, L) that are 0 at edges and 1 elsewhere."""
        batch, length, _ = gaps.shape
        flat = _positions(gaps.flatten() == 0)
        listener = flat.div(length, rounding_mode="floor")
        heard = flat - listener * length + listener.div(length, rounding_mode="floor") * length
        count = torch.bincount(listener, minlength=batch * length)
        return cls(listener, heard, torch.nn.functional.pad(count.cumsum(0), (1, 0)))

    @cached_property
    def reverse(self) -> torch.Tensor:
        """(E,) where each edge's opposite stands."""
        if self.heard.is_cuda:
            return torch.argsort(self.heard * len(self.start) + self.listener)
        # To transpose a matrix of the edges' places is faster than to sort them.
        from scipy.sparse import csr_array

        n = len(self.start) - 1
        places = np.arange(len(self.heard))
        matrix = csr_array((places, self.heard.numpy(), self.start.numpy()), shape=(n, n))
        return torch.from_numpy(matrix.tocsc().data)

    @cached_property
    def lengths(self) -> torch.Tensor:
        """(N,) numbers of edges by listener."""
        return self.start.diff()

    def total(self, values: torch.Tensor) -> torch.Tensor:
        """(E,) values → (N,) their sums by listener."""
        return torch.segment_reduce(values, "sum", lengths=self.lengths)


class SparseNeighbours:
    """Token graphs as lists of edges: see `glot.types.Neighbours`.

    Args:
        gaps: as those of `DenseNeighbours`.
        mask: (B or 1, L) bool.
    """

    def __init__(self, gaps: torch.Tensor, mask: torch.Tensor) -> None:
        self.mask = mask
        self.shape = gaps.shape[:2]
        self.edges = EdgeList.of(gaps)

    @classmethod
    def of(
        cls, similarity: torch.Tensor, mask: torch.Tensor, tau: float | torch.Tensor
    ) -> SparseNeighbours:
        """The graphs at τ; arguments as for `DenseNeighbours.of`."""
        return cls(DenseNeighbours.of(similarity, mask, tau).gaps, mask)

    def degree(self) -> torch.Tensor:
        """See `Neighbours.degree`."""
        return self.edges.lengths.view(*self.shape, 1).float()

    def sum(self, states: torch.Tensor) -> torch.Tensor:
        """See `Neighbours.sum`."""
        return self._apply(_Sum, states)

    def attend(
        self, states: torch.Tensor, source: torch.Tensor, target: torch.Tensor
    ) -> torch.Tensor:
        """See `Neighbours.attend`."""
        return self._apply(_Attend, states, source, target)

    def _apply(
        self, work: type[torch.autograd.Function], states: torch.Tensor, *scores: torch.Tensor
    ) -> torch.Tensor:
        """A work on all tokens of the batch in a row, in float32 or wider."""
        wide = torch.promote_types(states.dtype, torch.float32)
        flat = states.expand(self.shape[0], -1, -1).flatten(0, 1).to(wide)
        rows = (score.expand(self.shape).flatten() for score in scores)
        out: torch.Tensor = work.apply(self.edges, flat, *rows)  # type: ignore[no-untyped-call]
        return out.view(*self.shape, -1).to(states.dtype)


class _Sum(torch.autograd.Function):
    """The sum over neighbours; the graph is undirected, so the gradient is that sum again."""

    @staticmethod
    def forward(ctx: Any, edges: EdgeList, states: torch.Tensor) -> torch.Tensor:
        ctx.edges = edges
        return _bags(states, states.new_ones(len(edges.heard)), edges)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: torch.Tensor) -> tuple[None, torch.Tensor]:
        ones = gradient.new_ones(len(ctx.edges.heard))
        return None, _bags(gradient.contiguous(), ones, ctx.edges)


class _Attend(torch.autograd.Function):
    """Σ_j α_ij u_j over the edges of each listener i.

    torch's own gradients add row after row; here each is a sum over segments, of the edges as
    they stand for what a token hears, of their opposites for who hears it.
    """

    @staticmethod
    def forward(
        ctx: Any,
        edges: EdgeList,
        states: torch.Tensor,
        source: torch.Tensor,
        target: torch.Tensor,
    ) -> torch.Tensor:
        raw = source[edges.heard] + target[edges.listener]
        score = leaky_relu(raw, NEGATIVE_SLOPE)
        highest = torch.segment_reduce(score, "max", lengths=edges.lengths)
        weight = score.sub_(highest[edges.listener]).exp_()
        weight /= edges.total(weight)[edges.listener]
        ctx.edges = edges
        ctx.save_for_backward(states, raw, weight)
        return _bags(states, weight, edges)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: torch.Tensor) -> tuple[None, *tuple[torch.Tensor, ...]]:
        states, raw, weight = ctx.saved_tensors
        edges, gradient = ctx.edges, gradient.contiguous()
        to_states = _bags(gradient, weight[edges.reverse], edges)
        score = _products(gradient, states, edges).mul_(weight)
        score -= weight * edges.total(score)[edges.listener]
        score *= torch.where(raw > 0, 1.0, NEGATIVE_SLOPE)
        return None, to_states, edges.total(score[edges.reverse]), edges.total(score)


def _positions(there: torch.Tensor) -> torch.Tensor:
    """Where (N,) bool is true; NumPy finds them many times as fast as torch on a CPU."""
    if there.is_cuda:
        return there.nonzero().flatten()
    return torch.from_numpy(np.flatnonzero(there.numpy()))


def _bags(states: torch.Tensor, weight: torch.Tensor, edges: EdgeList) -> torch.Tensor:
    return embedding_bag(
        edges.heard, states, edges.start[:-1], mode="sum", per_sample_weights=weight
    )


def _products(gradient: torch.Tensor, states: torch.Tensor, edges: EdgeList) -> torch.Tensor:
    """(E,) dot products of the listener's gradient with the heard token's state."""
    if gradient.is_cuda or torch.backends.mkl.is_available():  # type: ignore[no-untyped-call]
        n = len(states)
        zeros = gradient.new_zeros(len(edges.heard))
        pattern = torch.sparse_csr_tensor(
            edges.start, edges.heard, zeros, (n, n), check_invariants=False
        )
        sampled: torch.Tensor = torch.sparse.sampled_addmm(pattern, gradient, states.mT)
        return sampled.values()
    return (gradient[edges.listener] * states[edges.heard]).sum(dim=-1)

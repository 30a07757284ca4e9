"""The sparse form: lists of edges, for graphs with few of them."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from functools import cached_property
from typing import Any

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
    def of(cls, table: torch.Tensor) -> EdgeList:
        """The edges in tables (B, L, L) of zeros and ones."""
        batch, length, _ = table.shape
        flat = (table.flatten() != 0).nonzero().flatten()
        listener = flat.div(length, rounding_mode="floor")
        heard = flat - listener * length + listener.div(length, rounding_mode="floor") * length
        count = torch.bincount(listener, minlength=batch * length)
        return cls(listener, heard, torch.nn.functional.pad(count.cumsum(0), (1, 0)))

    @cached_property
    def reverse(self) -> torch.Tensor:
        """(E,) where each edge's opposite stands."""
        return torch.argsort(self.heard * len(self.start) + self.listener)

    @property
    def lengths(self) -> torch.Tensor:
        """(N,) numbers of edges by listener."""
        return self.start.diff()


class SparseNeighbours:
    """Token graphs as lists of edges: see `glot.types.Neighbours`. One τ only.

    Args:
        table: as `DenseNeighbours.table`.
        mask: (B, L) bool.
    """

    def __init__(self, table: torch.Tensor, mask: torch.Tensor) -> None:
        self.mask = mask
        self.edges = EdgeList.of(table)

    @classmethod
    def of(cls, similarity: torch.Tensor, mask: torch.Tensor, tau: float) -> SparseNeighbours:
        """The graphs at τ; arguments as for `DenseNeighbours.of`."""
        return cls(DenseNeighbours.of(similarity, mask, tau).table, mask)

    def degree(self) -> torch.Tensor:
        """See `Neighbours.degree`."""
        return self.edges.lengths.view(*self.mask.shape, 1).float()

    def sum(self, states: torch.Tensor) -> torch.Tensor:
        """See `Neighbours.sum`."""
        ones = states.new_ones(len(self.edges.heard))
        return self._gather(states, ones)

    def attend(
        self, states: torch.Tensor, source: torch.Tensor, target: torch.Tensor
    ) -> torch.Tensor:
        """See `Neighbours.attend`."""
        edges = self.edges
        score = source.flatten()[edges.heard] + target.flatten()[edges.listener]
        score = leaky_relu(score, NEGATIVE_SLOPE)
        with torch.no_grad():
            highest = torch.segment_reduce(score, "max", lengths=edges.lengths)
        weight = (score - highest[edges.listener]).exp()
        total = weight.new_zeros(len(edges.start) - 1).index_add(0, edges.listener, weight)
        return self._gather(states, weight / total[edges.listener])

    def _gather(self, states: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
        """Σ over each token's edges of weight · state, computed in float32 or wider."""
        wide = torch.promote_types(states.dtype, torch.float32)
        flat = states.flatten(0, 1).to(wide)
        gathered: torch.Tensor = _WeightedSum.apply(  # type: ignore[no-untyped-call]
            flat, weight.to(wide), self.edges
        )
        return gathered.view(*states.shape[:2], -1).to(states.dtype)


class _WeightedSum(torch.autograd.Function):
    """out_i = Σ_e w_e · u_heard(e) over the edges of listener i.

    torch's own gradient of a weighted embedding_bag adds row after row; here it is another
    embedding_bag, over the opposite edges, since the graph is undirected.
    """

    @staticmethod
    def forward(
        ctx: Any, states: torch.Tensor, weight: torch.Tensor, edges: EdgeList
    ) -> torch.Tensor:
        ctx.save_for_backward(states, weight)
        ctx.edges = edges
        return _bags(states, weight, edges)

    @staticmethod
    @once_differentiable
    def backward(
        ctx: Any, gradient: torch.Tensor
    ) -> tuple[torch.Tensor | None, torch.Tensor | None, None]:
        states, weight = ctx.saved_tensors
        edges = ctx.edges
        gradient = gradient.contiguous()
        to_states = to_weight = None
        if ctx.needs_input_grad[0]:
            to_states = _bags(gradient, weight[edges.reverse], edges)
        if ctx.needs_input_grad[1]:
            to_weight = _products(gradient, states, edges)
        return to_states, to_weight, None


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

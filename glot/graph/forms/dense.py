"""The dense form: one (L, L) table of zeros and ones a graph, no edge list."""

from __future__ import annotations

from functools import cached_property

import torch
from torch.nn.functional import leaky_relu

from glot.graph.edges import thresholds

NEGATIVE_SLOPE = 0.2
# Added to the score of a pair without an edge: exp of it is 0 beside any score that has one.
# A sum is several times as fast as masked_fill on a CPU, and cannot make NaN as infinities do.
NO_EDGE = 1e30


class DenseNeighbours:
    """Token graphs as tables: see `glot.types.Neighbours`.

    Args:
        table: (B, L, L), 1 where an edge or self-loop is, else 0; a padded token has its self-loop
            alone, so that no row is empty.
        mask: (B or 1, L) bool.
    """

    def __init__(self, table: torch.Tensor, mask: torch.Tensor) -> None:
        self.table = table
        self.mask = mask

    @classmethod
    def of(
        cls, similarity: torch.Tensor, mask: torch.Tensor, tau: float | torch.Tensor
    ) -> DenseNeighbours:
        """The graphs at τ.

        Args:
            similarity: (B, L, L) float32.
            mask: (B, L) bool.
            tau: one threshold, or (T,) with B = 1: T graphs of one sentence.
        """
        threshold = thresholds(tau, similarity.device)
        # Written as floats at once: tables of bool are several times slower on a CPU.
        table = similarity.new_empty(max(len(similarity), len(threshold)), *similarity.shape[1:])
        torch.gt(similarity, threshold, out=table)
        if not bool(mask.all()):
            valid = mask.to(table.dtype)
            table *= valid[:, :, None]
            table *= valid[:, None, :]
        table.diagonal(dim1=1, dim2=2).fill_(1)
        return cls(table, mask)

    @cached_property
    def _degree(self) -> torch.Tensor:
        return self.table.sum(dim=-1, keepdim=True)

    @cached_property
    def _bias(self) -> torch.Tensor:
        """0 at edges, −`NO_EDGE` elsewhere."""
        return (self.table - 1).mul_(NO_EDGE)

    def degree(self) -> torch.Tensor:
        """See `Neighbours.degree`."""
        return self._degree

    def sum(self, states: torch.Tensor) -> torch.Tensor:
        """See `Neighbours.sum`."""
        return self.table.to(states.dtype) @ states

    def attend(
        self, states: torch.Tensor, source: torch.Tensor, target: torch.Tensor
    ) -> torch.Tensor:
        """See `Neighbours.attend`."""
        score = leaky_relu(target[:, :, None] + source[:, None, :], NEGATIVE_SLOPE)
        attention = (score + self._bias).softmax(dim=-1)
        return attention.to(states.dtype) @ states

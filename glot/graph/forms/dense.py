"""The dense form: one (L, L) table of zeros and ones a graph, no edge list."""

from __future__ import annotations

from functools import cached_property

import torch
from torch.nn.functional import leaky_relu, pad

from glot.graph.edges import thresholds

NEGATIVE_SLOPE = 0.2
# Added to the score of a pair without an edge: exp of it is 0 beside any score that has one.
# A sum is several times as fast as masked_fill on a CPU, and cannot make NaN as infinities do.
NO_EDGE = 1e30
# A softmax over fewer numbers than a processor takes at once is ten times as slow.
VECTOR = 16


class DenseNeighbours:
    """Token graphs as tables: see `glot.types.Neighbours`.

    Args:
        gaps: (B, L, L), 0 where an edge or self-loop is, else 1; a padded token has its self-loop
            alone, so that no row is without a 0.
        mask: (B or 1, L) bool.
    """

    def __init__(self, gaps: torch.Tensor, mask: torch.Tensor) -> None:
        self.gaps = gaps
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
        gaps = similarity.new_empty(max(len(similarity), len(threshold)), *similarity.shape[1:])
        torch.le(similarity, threshold, out=gaps)
        if not bool(mask.all()):
            padding = (~mask).to(gaps.dtype)
            gaps.add_(padding[:, :, None]).add_(padding[:, None, :]).clamp_(max=1)
        gaps.diagonal(dim1=1, dim2=2).fill_(0)
        return cls(gaps, mask)

    @cached_property
    def table(self) -> torch.Tensor:
        """(B, L, L), 1 where an edge or self-loop is, else 0."""
        return 1 - self.gaps

    @cached_property
    def _degree(self) -> torch.Tensor:
        return self.table.sum(dim=-1, keepdim=True)

    def degree(self) -> torch.Tensor:
        """See `Neighbours.degree`."""
        return self._degree

    def sum(self, states: torch.Tensor) -> torch.Tensor:
        """See `Neighbours.sum`."""
        return _times(self.table.to(states.dtype), states)

    def attend(
        self, states: torch.Tensor, source: torch.Tensor, target: torch.Tensor
    ) -> torch.Tensor:
        """See `Neighbours.attend`."""
        score = leaky_relu(target[:, :, None] + source[:, None, :], NEGATIVE_SLOPE)
        if len(score) == len(self.gaps):
            score.add_(self.gaps, alpha=-NO_EDGE)
        else:
            score = torch.add(score, self.gaps, alpha=-NO_EDGE)
        return _times(_softmax(score).to(states.dtype), states)


def _softmax(score: torch.Tensor) -> torch.Tensor:
    """Over the last axis: (…, L)."""
    length = score.shape[-1]
    if length >= VECTOR:
        return score.softmax(dim=-1)
    wide = pad(score, (0, VECTOR - length), value=-NO_EDGE)
    return wide.softmax(dim=-1)[..., :length]


def _times(tables: torch.Tensor, states: torch.Tensor) -> torch.Tensor:
    """(B or 1, L, L) times (B or 1, L, width); one sentence on many graphs is one product."""
    if len(states) == 1 and len(tables) > 1:
        return (tables.flatten(0, 1) @ states[0]).view(*tables.shape[:2], -1)
    return tables @ states

"""The readout: score → π → weighted sum (paper, equation 3)."""

from __future__ import annotations

import torch
from torch import nn

from glot.poolers.base import masked_softmax, weighted_sum
from glot.types import Pooled

MIN_WIDTH = 128


class Readout(nn.Module):
    """m_i = vᵀ tanh(W u_i + b) + c, π = softmax over valid tokens, z = Σ π_i u_i.

    W maps D → max(128, D/2). The constant c, which the published code has, cancels in the
    softmax; it is kept so that reference weights fit one to one.

    Args:
        width: D, the width of the token vectors u_i.
    """

    def __init__(self, width: int) -> None:
        super().__init__()
        inner = max(MIN_WIDTH, width // 2)
        self.score = nn.Sequential(nn.Linear(width, inner), nn.Tanh(), nn.Linear(inner, 1))

    def forward(self, states: torch.Tensor, mask: torch.Tensor) -> Pooled:
        """Read out states (B, L, D), mask (B, L) or (1, L) bool."""
        weights = masked_softmax(self.score(states).squeeze(-1), mask)
        return Pooled(embedding=weighted_sum(weights, states), weights=weights)

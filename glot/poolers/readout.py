"""The readout: score → π → weighted sum (paper, equation 3)."""

from __future__ import annotations

import torch
from torch import nn
from torch.nn.functional import linear

from glot.poolers.base import masked_softmax, weighted_sum
from glot.types import Pooled

MIN_WIDTH = 128


class Readout(nn.Module):
    """m_i = vᵀ tanh(W u_i + b) + c, π = softmax over valid tokens, z = Σ π_i u_i.

    W maps D → max(128, D/2). The constant c, which the published code has, cancels in the
    softmax; it is kept so that reference weights fit one to one.

    The token vectors come in parts that stand side by side in u_i, one after each layer, and are
    never copied into one: that saves the copy, and the gradient of a part that needs none, as
    that of frozen token states, which are three quarters of the work.

    Args:
        width: D, the width of the token vectors u_i.
    """

    def __init__(self, width: int) -> None:
        super().__init__()
        inner = max(MIN_WIDTH, width // 2)
        self.score = nn.Sequential(nn.Linear(width, inner), nn.Tanh(), nn.Linear(inner, 1))

    def forward(self, parts: list[torch.Tensor], mask: torch.Tensor) -> Pooled:
        """Read out parts (B or 1, L, ·) of the states, mask (B, L) or (1, L) bool."""
        score = self.score[1:](self._inner(parts))
        weights = masked_softmax(score.squeeze(-1), mask)
        return Pooled(embedding=weighted_sum(weights, parts), weights=weights)

    def _inner(self, parts: list[torch.Tensor]) -> torch.Tensor:
        """W u_i + b, (B, L, inner): every part meets its own columns of W."""
        first = self.score[0]
        assert isinstance(first, nn.Linear)
        columns = torch.split(first.weight, [part.shape[-1] for part in parts], dim=1)
        inner = linear(parts[0], columns[0], first.bias)
        for part, weight in zip(parts[1:], columns[1:], strict=True):
            if len(inner) == len(part):
                flat = torch.addmm(inner.flatten(0, 1), part.flatten(0, 1), weight.mT)
                inner = flat.view(*part.shape[:2], -1)
            else:
                inner = linear(part, weight).add_(inner)
        return inner

"""AdaPool: each token is scored on its own by a two-layer perceptron (paper, B.2)."""

from __future__ import annotations

import torch
from torch import nn

from glot.config import PoolerConfig
from glot.poolers.base import Pooler, masked_softmax, weighted_sum
from glot.types import Pooled


class AdaPooler(Pooler):
    """m_i = v·tanh(W x_i + b) + c, π = softmax(m), z = Σ π_i x_i; D = d."""

    def __init__(self, config: PoolerConfig, in_width: int) -> None:
        super().__init__(config, in_width)
        self.score = nn.Sequential(
            nn.Linear(in_width, config.width), nn.Tanh(), nn.Linear(config.width, 1)
        )

    def pool(self, hidden: torch.Tensor, mask: torch.Tensor, tau: float | torch.Tensor) -> Pooled:
        """See `Pooler.forward`; τ has no part in it."""
        hidden = self.scaled(hidden)
        weights = masked_softmax(self.score(hidden).squeeze(-1), mask)
        return Pooled(embedding=weighted_sum(weights, [hidden]), weights=weights)

"""Cosine similarity of two sentence vectors; mean squared error (paper, 3.1 and B.3)."""

from __future__ import annotations

import torch
from torch.nn.functional import cosine_similarity, mse_loss

from glot.config import PoolerConfig
from glot.heads.base import Head
from glot.heads.config import HeadConfig


class SimilarityHead(Head):
    """ŷ = low + (high − low)·cos(z_a, z_b); no weights of its own.

    low and high are the ends of the training labels: 0 and 5 for STS-B.
    """

    kinds = ("regression",)
    low: torch.Tensor
    high: torch.Tensor

    def __init__(self, pooler: PoolerConfig, in_width: int, config: HeadConfig) -> None:
        super().__init__(pooler, in_width, config)
        self.register_buffer("low", torch.tensor(0.0))
        self.register_buffer("high", torch.tensor(1.0))

    def prepare(self, labels: torch.Tensor) -> None:
        """The ends of the training labels."""
        self.low.copy_(labels.min())
        self.high.copy_(labels.max().clamp_min(labels.min() + 1e-6))

    def forward(self, a: torch.Tensor, b: torch.Tensor | None = None) -> torch.Tensor:
        """See `Head.forward`; outputs (B,) are in the labels' unit."""
        assert b is not None
        return self.low + (self.high - self.low) * cosine_similarity(a, b, dim=-1)

    def loss(self, outputs: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
        """Mean squared error, the labels brought to 0 … 1."""
        span = self.high - self.low
        return mse_loss(outputs / span, labels.to(outputs.dtype) / span)

    def predict(self, outputs: torch.Tensor) -> torch.Tensor:
        """The outputs themselves."""
        return outputs

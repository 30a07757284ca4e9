"""Linear regression on z, or on [z_a ‖ z_b] for pairs; mean squared error (paper, B.3)."""

from __future__ import annotations

import torch
from torch import nn
from torch.nn.functional import mse_loss

from glot.config import PoolerConfig
from glot.heads.base import Head
from glot.heads.config import HeadConfig


class RegressionHead(Head):
    """ŷ = mean + scale·(w·z + b).

    Mean and deviation of the training labels are kept beside the weights: at the paper's
    learning rate b alone would need thousands of steps to reach the labels' range.
    """

    kinds = ("regression",)
    centre: torch.Tensor
    scale: torch.Tensor

    def __init__(self, pooler: PoolerConfig, in_width: int, config: HeadConfig) -> None:
        super().__init__(pooler, in_width, config)
        self.regression = nn.Linear(self.feature_width, 1)
        self.register_buffer("centre", torch.tensor(0.0))
        self.register_buffer("scale", torch.tensor(1.0))

    def prepare(self, labels: torch.Tensor) -> None:
        """Centre and scale of the outputs: mean and deviation of the training labels."""
        self.centre.copy_(labels.mean())
        # A constant label has no deviation.
        self.scale.copy_(labels.std(correction=0).clamp_min(1e-6))

    def forward(self, a: torch.Tensor, b: torch.Tensor | None = None) -> torch.Tensor:
        """See `Head.forward`; outputs (B,) are in the labels' unit."""
        raw: torch.Tensor = self.regression(self.features(a, b)).squeeze(-1)
        return self.centre + self.scale * raw

    def loss(self, outputs: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
        """Mean squared error in units of the labels' deviation."""
        return mse_loss(outputs / self.scale, labels.to(outputs.dtype) / self.scale)

    def predict(self, outputs: torch.Tensor) -> torch.Tensor:
        """The outputs themselves."""
        return outputs

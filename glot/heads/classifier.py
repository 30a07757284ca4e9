"""Linear classifier on the sentence vector (paper, section 3.1)."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import nn

from glot.config import PoolerConfig
from glot.poolers import build_pooler
from glot.types import Pooled


@dataclass(frozen=True)
class HeadOutput:
    """What a head returns: logits (B, C) and what its pooler returned."""

    logits: torch.Tensor
    pooled: Pooled


class ClassifierHead(nn.Module):
    """y = softmax(W z + b) with z from a pooler; both are trained together.

    Args:
        config: the pooler's settings.
        in_width: d, the width of the token states.
        n_classes: C.
    """

    def __init__(self, config: PoolerConfig, in_width: int, n_classes: int) -> None:
        super().__init__()
        self.pooler = build_pooler(config, in_width)
        self.classifier = nn.Linear(self.pooler.out_width, n_classes)

    def forward(
        self, hidden: torch.Tensor, mask: torch.Tensor, tau: float | torch.Tensor | None = None
    ) -> HeadOutput:
        """Arguments as for `Pooler.forward`."""
        pooled = self.pooler(hidden, mask, tau)
        return HeadOutput(logits=self.classifier(pooled.embedding), pooled=pooled)

    def n_parameters(self) -> int:
        """Number of trainable parameters, counted."""
        return sum(weight.numel() for weight in self.parameters() if weight.requires_grad)

"""Linear classifier on z, or on [z_a ‖ z_b] for pairs (paper, section 3.1)."""

from __future__ import annotations

import torch
from torch import nn
from torch.nn.functional import cross_entropy

from glot.config import PoolerConfig
from glot.heads.base import Head
from glot.heads.config import HeadConfig


class ClassifierHead(Head):
    """y = softmax(W z + b); outputs are logits (B, C), the loss is cross-entropy."""

    kinds = ("classification",)

    def __init__(self, pooler: PoolerConfig, in_width: int, config: HeadConfig) -> None:
        super().__init__(pooler, in_width, config)
        self.classifier = nn.Linear(self.feature_width, config.n_classes)

    def forward(self, a: torch.Tensor, b: torch.Tensor | None = None) -> torch.Tensor:
        """See `Head.forward`."""
        logits: torch.Tensor = self.classifier(self.features(a, b))
        return logits

    def loss(self, outputs: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
        """See `Head.loss`; labels are class numbers."""
        return cross_entropy(outputs, labels.long())

    def predict(self, outputs: torch.Tensor) -> torch.Tensor:
        """The likeliest class of each row."""
        return outputs.argmax(dim=-1)

"""What every head shares: a pooler, a task layer on the sentence vectors, its loss."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import ClassVar

import torch
from torch import nn

from glot.config import PoolerConfig
from glot.heads.config import HeadConfig
from glot.poolers import build_pooler
from glot.types import Pooled


class Head(nn.Module, ABC):
    """A pooler and a task layer, trained together (paper, section 3.1).

    Args:
        pooler: settings of the pooler.
        in_width: d, the width of the token states.
        config: settings of the task layer.

    Attributes:
        kinds: kinds of task (`glot.tasks.base.Task.kind`) that the task layer can learn.
    """

    kinds: ClassVar[tuple[str, ...]]

    def __init__(self, pooler: PoolerConfig, in_width: int, config: HeadConfig) -> None:
        super().__init__()
        self.config = config
        self.pooler = build_pooler(pooler, in_width)

    @property
    def feature_width(self) -> int:
        """Width of what `features` gives: D, or 2·D for pairs."""
        return self.pooler.out_width * (2 if self.config.pairs else 1)

    def embed(
        self, hidden: torch.Tensor, mask: torch.Tensor, tau: float | torch.Tensor | None = None
    ) -> Pooled:
        """Sentence vectors and token weights; arguments as for `Pooler.forward`."""
        pooled: Pooled = self.pooler(hidden, mask, tau)
        return pooled

    def features(self, a: torch.Tensor, b: torch.Tensor | None) -> torch.Tensor:
        """z, or [z_a ‖ z_b] for pairs (paper, section 3.1)."""
        return torch.cat([a, b], dim=-1) if b is not None else a

    def prepare(self, labels: torch.Tensor) -> None:
        """Take from the training labels (N,) what the task layer must know before it learns."""

    @abstractmethod
    def forward(self, a: torch.Tensor, b: torch.Tensor | None = None) -> torch.Tensor:
        """Outputs of the task layer for sentence vectors (B, D), and for pairs (B, D) more."""

    @abstractmethod
    def loss(self, outputs: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
        """The training loss, a scalar, of outputs and labels (B,)."""

    @abstractmethod
    def predict(self, outputs: torch.Tensor) -> torch.Tensor:
        """What the metric compares with the labels, (B,)."""

    def n_parameters(self) -> int:
        """Number of trainable parameters, counted."""
        return sum(weight.numel() for weight in self.parameters() if weight.requires_grad)

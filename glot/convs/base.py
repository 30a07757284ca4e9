"""What every convolution of the token-GNN shares: its contract."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Self

import torch
from torch import nn

from glot.config import PoolerConfig


class Conv(nn.Module, ABC):
    """One message-passing layer over dense graphs, before any activation.

    Args:
        in_width: width of the incoming node states.
        out_width: width of the outgoing node states.
    """

    def __init__(self, in_width: int, out_width: int) -> None:
        super().__init__()
        self.in_width = in_width
        self.out_width = out_width

    @classmethod
    def from_config(cls, config: PoolerConfig, in_width: int) -> Self:
        """A layer with fresh weights as the settings ask for it; most need the width alone."""
        return cls(in_width, config.width)

    @abstractmethod
    def forward(
        self, states: torch.Tensor, adjacency: torch.Tensor, mask: torch.Tensor
    ) -> torch.Tensor:
        """One step along the edges. A batch of 1 is broadcast: many graphs of one sentence.

        Args:
            states: (B or 1, L, in_width), finite everywhere.
            adjacency: (B or 1, L, L) bool, symmetric, with every self-loop; padded tokens have
                no other edge.
            mask: (B or 1, L) bool.

        Returns:
            (B, L, out_width); what stands at padding is without meaning, but finite.
        """

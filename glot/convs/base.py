"""What every convolution of the token-GNN shares: its contract."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Self

import torch
from torch import nn

from glot.config import PoolerConfig
from glot.types import Neighbours


class Conv(nn.Module, ABC):
    """One message-passing layer, before any activation.

    A layer is written once, in terms of what `Neighbours` offers; whether the graphs are kept
    dense, as lists of edges or made tile by tile is their own matter (`glot.graph.forms`).

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
    def forward(self, states: torch.Tensor, graphs: Neighbours) -> torch.Tensor:
        """One step along the edges.

        Args:
            states: (B or 1, L, in_width), finite everywhere; 1 is broadcast.
            graphs: B graphs of L tokens.

        Returns:
            (B, L, out_width); what stands at padding is without meaning, but finite.
        """

"""What every pooler shares: its contract, the checks on its input, the readout's last steps."""

from __future__ import annotations

from abc import ABC, abstractmethod

import torch
from torch import nn

from glot.config import PoolerConfig
from glot.errors import GlotError
from glot.types import Pooled


class Pooler(nn.Module, ABC):
    """Token states (B, L, d) with a mask (B, L) → `Pooled`.

    Args:
        config: the settings.
        in_width: d, the width of the token states.

    Attributes:
        out_width: D, the width of the sentence vector.
        uses_graph: whether τ changes the result.
    """

    uses_graph = False

    def __init__(self, config: PoolerConfig, in_width: int) -> None:
        super().__init__()
        self.config = config
        self.in_width = in_width
        self.out_width = in_width

    def forward(
        self, hidden: torch.Tensor, mask: torch.Tensor, tau: float | torch.Tensor | None = None
    ) -> Pooled:
        """Pool a batch.

        Args:
            hidden: (B, L, d) token states; what stands at padding does not matter.
            mask: (B, L), non-zero at valid tokens; every sentence has at least one.
            tau: instead of the configured threshold; (T,) thresholds with B = 1 pool one
                sentence on T graphs and give a batch of T.

        Raises:
            GlotError: the shapes disagree with each other or with the pooler's width.
        """
        if hidden.dim() != 3 or mask.shape != hidden.shape[:2]:
            raise GlotError(
                f"Token states {tuple(hidden.shape)} with a mask {tuple(mask.shape)}.",
                "Accepted: (B, L, d) with (B, L).",
            )
        if hidden.shape[2] != self.in_width:
            raise GlotError(
                f"Token states of width {hidden.shape[2]}.",
                f"This {self.config.name} pooler takes width {self.in_width}.",
                "Use the backbone that the pooler was made for.",
            )
        mask = mask.bool()
        hidden = hidden.to(self.dtype).masked_fill(~mask[..., None], 0.0)
        return self.pool(hidden, mask, self.config.tau if tau is None else tau)

    @property
    def dtype(self) -> torch.dtype:
        """Type of the weights; float32 for a pooler that has none."""
        return next((weight.dtype for weight in self.parameters()), torch.float32)

    @abstractmethod
    def pool(self, hidden: torch.Tensor, mask: torch.Tensor, tau: float | torch.Tensor) -> Pooled:
        """`forward` after its checks: mask is bool, states are 0 at padding."""


def masked_softmax(score: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    """Softmax over the valid tokens of each sentence: score (B, L), mask (B, L) → π (B, L)."""
    return score.masked_fill(~mask, float("-inf")).softmax(dim=-1)


def weighted_sum(weights: torch.Tensor, states: torch.Tensor) -> torch.Tensor:
    """Z = Σ_i π_i u_i: weights (B, L), states (B, L, D) → (B, D)."""
    return (weights[:, None, :] @ states).squeeze(1)

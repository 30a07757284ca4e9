"""Mean pooling: π_i = 1/L (paper, B.2)."""

from __future__ import annotations

import torch

from glot.poolers.base import Pooler, weighted_sum
from glot.types import Pooled


class MeanPooler(Pooler):
    """The mean of the valid token states; no parameters; D = d."""

    def pool(self, hidden: torch.Tensor, mask: torch.Tensor, tau: float | torch.Tensor) -> Pooled:
        """See `Pooler.forward`; τ has no part in it."""
        hidden = self.scaled(hidden)
        weights = uniform_weights(mask, hidden.dtype)
        return Pooled(embedding=weighted_sum(weights, [hidden]), weights=weights)


def uniform_weights(mask: torch.Tensor, dtype: torch.dtype) -> torch.Tensor:
    """π_i = 1/L over the valid tokens of each sentence: mask (B, L) bool → (B, L)."""
    return mask.to(torch.promote_types(dtype, torch.float32)) / mask.sum(dim=1, keepdim=True)

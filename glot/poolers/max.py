"""Max pooling: z_k = max_i x_ik (paper, B.2)."""

from __future__ import annotations

import torch

from glot.poolers.base import Pooler
from glot.types import Pooled


class MaxPooler(Pooler):
    """The largest value of each dimension over the valid tokens; no parameters; D = d.

    π_i is the share of the d dimensions whose maximum token i holds, tokens that tie sharing
    theirs equally. It tells where z came from, but here z is *not* Σ π_i x_i: every dimension
    comes from a token of its own.
    """

    def pool(self, hidden: torch.Tensor, mask: torch.Tensor, tau: float | torch.Tensor) -> Pooled:
        """See `Pooler.forward`; τ has no part in it."""
        hidden = self.scaled(hidden)
        valid = mask[..., None]
        highest = hidden.masked_fill(~valid, float("-inf")).amax(dim=1)
        holds = ((hidden == highest[:, None]) & valid).to(hidden.dtype)
        weights = (holds / holds.sum(dim=1, keepdim=True)).mean(dim=-1)
        return Pooled(embedding=highest, weights=weights)

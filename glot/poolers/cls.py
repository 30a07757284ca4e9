"""CLS pooling: the state of the first token (paper, B.2), as encoders are trained to use it."""

from __future__ import annotations

import torch

from glot.poolers.base import Pooler, one_token
from glot.types import Pooled


class ClsPooler(Pooler):
    """The first valid token's state, π one-hot; no parameters; D = d."""

    def pool(self, hidden: torch.Tensor, mask: torch.Tensor, tau: float | torch.Tensor) -> Pooled:
        """See `Pooler.forward`; τ has no part in it."""
        # Of equal values argmax takes the first.
        return one_token(self.scaled(hidden), mask.int().argmax(dim=1))

"""EOS pooling: the state of the last token (paper, B.2), all that a decoder has read."""

from __future__ import annotations

import torch

from glot.poolers.base import Pooler, one_token
from glot.types import Pooled


class EosPooler(Pooler):
    """The last valid token's state, π one-hot; no parameters; D = d."""

    def pool(self, hidden: torch.Tensor, mask: torch.Tensor, tau: float | torch.Tensor) -> Pooled:
        """See `Pooler.forward`; τ has no part in it."""
        # Of equal values argmax takes the first, from the end here.
        return one_token(self.scaled(hidden), mask.shape[1] - 1 - mask.int().flip(1).argmax(dim=1))

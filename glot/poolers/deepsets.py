"""Our control: GLOT without its graph (design, section 3; DeepSets: Zaheer et al., 2017)."""

from __future__ import annotations

import torch

from glot.config import PoolerConfig
from glot.poolers.readout import Readout
from glot.poolers.token_layers import TokenLayersPooler, linear_layers
from glot.types import Pooled


class DeepSetsPooler(TokenLayersPooler):
    """GLOT with each conv replaced by a per-token Linear of the same widths.

    Same input projection, jumping knowledge and readout, so what GLOT gains over it is what the
    graph adds. It equals GLOT with `gat` or `gcn` on a graph of self-loops alone, where those
    convs are such a Linear. D as in `TokenLayersPooler`.
    """

    def __init__(self, config: PoolerConfig, in_width: int) -> None:
        super().__init__(config, in_width)
        self.layers = linear_layers(self.widths)
        self.readout = Readout(self.out_width)

    def pool(self, hidden: torch.Tensor, mask: torch.Tensor, tau: float | torch.Tensor) -> Pooled:
        """See `Pooler.forward`; τ has no part in it."""
        pooled: Pooled = self.readout(self.token_vectors(hidden, self.layers), mask)
        return pooled

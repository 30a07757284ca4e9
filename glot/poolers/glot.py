"""GLOT: token graph, token-GNN, jumping knowledge, readout (paper, section 3.2, Algorithm 1)."""

from __future__ import annotations

from functools import partial

import torch
from torch import nn

from glot.config import PoolerConfig
from glot.convs import CONVS
from glot.graph.forms.choose import neighbours
from glot.poolers.readout import Readout
from glot.poolers.token_layers import TokenLayersPooler
from glot.types import Neighbours, Pooled


class GlotPooler(TokenLayersPooler):
    """U_k = ReLU(conv_k(U_{k−1}, edges(τ))) from U_0 = X or X·W_in; joined; read out.

    The graph is made of the raw states X, whatever W_in makes of them. D as in
    `TokenLayersPooler`.
    """

    uses_graph = True

    def __init__(self, config: PoolerConfig, in_width: int) -> None:
        super().__init__(config, in_width)
        conv = CONVS.get(config.conv)
        # The last width is an output alone.
        self.convs = nn.ModuleList(conv.from_config(config, w) for w in self.widths[:-1])
        self.readout = Readout(self.out_width)

    def pool(self, hidden: torch.Tensor, mask: torch.Tensor, tau: float | torch.Tensor) -> Pooled:
        """See `Pooler.forward`."""
        graphs = neighbours(hidden, mask, tau, self.config.similarity)
        if not self.convs and isinstance(tau, torch.Tensor) and tau.dim():
            # Nothing meets the graphs: one sentence is given back for each of them.
            hidden = hidden.expand(len(tau), -1, -1)
        return self.pool_on(graphs, hidden)

    def pool_on(self, graphs: Neighbours, hidden: torch.Tensor) -> Pooled:
        """Pool states (B or 1, L, d), 0 at padding, on graphs that are there already."""
        convs = (partial(conv, graphs=graphs) for conv in self.convs)
        pooled: Pooled = self.readout(self.token_vectors(hidden, convs), graphs.mask)
        return pooled

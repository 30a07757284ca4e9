"""GLOT: token graph, token-GNN, jumping knowledge, readout (paper, section 3.2, Algorithm 1)."""

from __future__ import annotations

from functools import partial

import torch
from torch import nn

from glot.config import PoolerConfig
from glot.convs import CONVS
from glot.graph.edges import adjacency
from glot.graph.similarity import token_similarity
from glot.poolers.readout import Readout
from glot.poolers.token_layers import TokenLayersPooler
from glot.types import Pooled


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
        edges = adjacency(token_similarity(hidden, mask, self.config.similarity), mask, tau)
        convs = (partial(conv, adjacency=edges, mask=mask) for conv in self.convs)
        vectors = self.token_vectors(hidden, convs)
        # With K = 0 nothing has met the graphs yet: one sentence is given back for each.
        pooled: Pooled = self.readout(vectors.expand(len(edges), -1, -1), mask)
        return pooled

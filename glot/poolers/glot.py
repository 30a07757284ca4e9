"""GLOT: token graph, token-GNN, jumping knowledge, readout (paper, section 3.2, Algorithm 1)."""

from __future__ import annotations

from functools import partial

import torch
from torch import nn

from glot.config import PoolerConfig
from glot.convs import CONVS
from glot.graph.forms.choose import neighbours
from glot.memory import check_room
from glot.poolers.readout import Readout
from glot.poolers.token_layers import TokenLayersPooler
from glot.types import Neighbours, Pooled

# Below so many tokens in a batch nobody needs to ask for room.
MANY_TOKENS = 2**15


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
        self._check_room(hidden)
        graphs = neighbours(hidden, mask, tau, self.config.similarity)
        if not self.convs and isinstance(tau, torch.Tensor) and tau.dim():
            # Nothing meets the graphs: one sentence is given back for each of them.
            hidden = hidden.expand(len(tau), -1, -1)
        return self.pool_on(graphs, hidden)

    def _check_room(self, hidden: torch.Tensor) -> None:
        """Tell of a batch that would not fit, even streaming, before it takes what there is."""
        tokens = hidden.shape[0] * hidden.shape[1]
        if tokens < MANY_TOKENS:
            return
        # The states once more with length 1, each layer three times, what the readout makes.
        values = 2 * self.in_width + 3 * sum(self.widths[1:]) + 2 * self.readout.inner_width
        if torch.is_grad_enabled():
            values *= 2
        check_room(
            tokens * values * hidden.element_size(),
            hidden.device,
            f"A GLOT pooler on {tokens:,} tokens of width {self.in_width}",
            "Cut the texts (max_tokens), or give fewer of them at once.",
        )

    def pool_on(self, graphs: Neighbours, hidden: torch.Tensor) -> Pooled:
        """Pool states (B or 1, L, d), 0 at padding, on graphs that are there already."""
        convs = (partial(conv, graphs=graphs) for conv in self.convs)
        pooled: Pooled = self.readout(self.token_vectors(hidden, convs), graphs.mask)
        return pooled

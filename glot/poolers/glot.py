"""GLOT: token graph, token-GNN, jumping knowledge, readout (paper, section 3.2, Algorithm 1)."""

from __future__ import annotations

from itertools import pairwise

import torch
from torch import nn

from glot.config import PoolerConfig
from glot.convs import CONVS
from glot.graph.edges import adjacency
from glot.graph.similarity import cosine_similarity
from glot.poolers.base import Pooler
from glot.poolers.readout import Readout
from glot.types import Pooled


class GlotPooler(Pooler):
    """U_0 = X; U_k = ReLU(conv_k(U_{k−1}, edges(τ))); join U_0 … U_K; read out.

    D is d + K·width for `cat`, else the width (d when K = 0).
    """

    uses_graph = True

    def __init__(self, config: PoolerConfig, in_width: int) -> None:
        super().__init__(config, in_width)
        conv = CONVS.get(config.conv)
        widths = [in_width] + [config.width] * config.layers
        self.convs = nn.ModuleList(
            conv(a, b, edge_term=config.edge_term) for a, b in pairwise(widths)
        )
        self.out_width = sum(widths) if config.jumping_knowledge == "cat" else widths[-1]
        self.readout = Readout(self.out_width)

    def pool(self, hidden: torch.Tensor, mask: torch.Tensor, tau: float | torch.Tensor) -> Pooled:
        """See `Pooler.forward`."""
        edges = adjacency(cosine_similarity(hidden), mask, tau)
        layers = [hidden]
        for conv in self.convs:
            layers.append(torch.relu(conv(layers[-1], edges)))
        pooled: Pooled = self.readout(join_layers(layers, self.config.jumping_knowledge), mask)
        return pooled


def join_layers(layers: list[torch.Tensor], mode: str) -> torch.Tensor:
    """Jumping knowledge over U_0 … U_K (design, 3.3; Xu et al., 2018).

    Args:
        layers: U_0 (B or 1, L, d), then U_1 … U_K (B, L, width).
        mode: `cat` joins all, `max` and `mean` reduce U_1 … U_K, `none` takes U_K.

    Returns:
        (B, L, D). With K = 0 every mode gives U_0.
    """
    if len(layers) == 1 or mode == "none":
        return layers[-1]
    if mode == "cat":
        batch = layers[-1].shape[0]
        return torch.cat([layer.expand(batch, -1, -1) for layer in layers], dim=-1)
    stacked = torch.stack(layers[1:])
    return stacked.amax(dim=0) if mode == "max" else stacked.mean(dim=0)

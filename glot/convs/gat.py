"""Graph attention, one head (paper, B.2: GATConv; Veličković et al., 2018)."""

from __future__ import annotations

from typing import Self

import torch
from torch import nn

from glot.config import PoolerConfig
from glot.convs.base import Conv
from glot.types import Neighbours


class GATConv(Conv):
    """One graph-attention layer, equal to torch-geometric's `GATConv`.

    With h = W u: e_ij = LeakyReLU(a_src·h_j + a_dst·h_i + c), α_i = softmax over N(i) ∪ {i}
    of e_i, out_i = Σ_j α_ij h_j + b. c is 0, or, with `edge_term`, the learnt scalar
    a_edge·w_edge that heads of the published implementation carry for their all-ones edge
    features.

    Args:
        in_width: width of the incoming node states.
        out_width: width of the outgoing node states.
        edge_term: keep c.
    """

    def __init__(self, in_width: int, out_width: int, edge_term: bool = False) -> None:
        super().__init__(in_width, out_width)
        self.lin = nn.Linear(in_width, out_width, bias=False)
        self.att_src = nn.Parameter(torch.empty(out_width))
        self.att_dst = nn.Parameter(torch.empty(out_width))
        self.bias = nn.Parameter(torch.zeros(out_width))
        self.lin_edge = nn.Parameter(torch.empty(out_width)) if edge_term else None
        self.att_edge = nn.Parameter(torch.empty(out_width)) if edge_term else None
        self.reset_parameters()

    @classmethod
    def from_config(cls, config: PoolerConfig, in_width: int) -> Self:
        """See `Conv.from_config`; the edge term is this layer's own setting."""
        return cls(in_width, config.width, edge_term=config.edge_term)

    def reset_parameters(self) -> None:
        """Glorot's uniform bounds, as in torch-geometric; attention vectors as (1, 1, width)."""
        nn.init.xavier_uniform_(self.lin.weight)
        for vector in (self.att_src, self.att_dst, self.att_edge):
            if vector is not None:
                nn.init.xavier_uniform_(vector.data[None])
        if self.lin_edge is not None:
            nn.init.xavier_uniform_(self.lin_edge.data[:, None])

    def forward(self, states: torch.Tensor, graphs: Neighbours) -> torch.Tensor:
        """See `Conv.forward`."""
        h = self.lin(states)
        # Scores stay out of autocast: what they lack in digits, the softmax would multiply.
        with torch.autocast(h.device.type, enabled=False):
            vectors = torch.stack([self.att_src, self.att_dst], dim=1)
            source, target = (h.to(vectors.dtype) @ vectors).unbind(dim=-1)
            if self.lin_edge is not None and self.att_edge is not None:
                target = target + self.lin_edge @ self.att_edge
        return graphs.attend(h, source, target) + self.bias

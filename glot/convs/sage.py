"""The paper's own layer, its equations 1 and 2 (GraphSAGE: Hamilton et al., 2017)."""

from __future__ import annotations

import torch
from torch import nn
from torch.nn.functional import linear

from glot.convs.base import Conv
from glot.types import Neighbours


class SAGEConv(Conv):
    """out_i = W·CONCAT(u_i, a_i) + b with a_i the mean of u_j over N(i), which includes i.

    The paper defines its token-GNN so (section 3.2), but its Algorithm 1, its settings (B.2) and
    the published code use graph attention. Where they differ the project offers both:
    Algorithm 1 with `gat` is the default, and this layer is the choice named `sage`. AGGREGATE
    is the mean, one of the two that the paper names. It equals torch-geometric's
    `SAGEConv(aggr="mean")`, whose two matrices stand side by side in W: first that of u_i
    (`lin_r` there), then that of a_i (`lin_l`).
    """

    def __init__(self, in_width: int, out_width: int) -> None:
        super().__init__(in_width, out_width)
        self.lin = nn.Linear(2 * in_width, out_width)

    def forward(self, states: torch.Tensor, graphs: Neighbours) -> torch.Tensor:
        """See `Conv.forward`."""
        # W's halves go first and the mean after them: the same sum, over the narrower vectors.
        own, neighbours = self.lin.weight.chunk(2, dim=1)
        h = linear(states, neighbours)
        mean = graphs.sum(h) / graphs.degree().to(h.dtype)
        return linear(states, own, self.lin.bias) + mean

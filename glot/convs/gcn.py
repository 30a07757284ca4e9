"""Graph convolution (paper, Table 11: GCN; Kipf and Welling, 2017)."""

from __future__ import annotations

import torch
from torch import nn

from glot.convs.base import Conv
from glot.types import Neighbours


class GCNConv(Conv):
    """One graph-convolution layer, equal to torch-geometric's `GCNConv`.

    out_i = Σ_{j∈N(i)} W u_j / √(n_i n_j) + b, where n_i = |N(i)| and N(i) includes i: the
    adjacency brings its self-loops, so none is added.
    """

    def __init__(self, in_width: int, out_width: int) -> None:
        super().__init__(in_width, out_width)
        self.lin = nn.Linear(in_width, out_width, bias=False)
        self.bias = nn.Parameter(torch.zeros(out_width))
        # Glorot's bounds, as in torch-geometric.
        nn.init.xavier_uniform_(self.lin.weight)

    def forward(self, states: torch.Tensor, graphs: Neighbours) -> torch.Tensor:
        """See `Conv.forward`."""
        h = self.lin(states)
        scale = graphs.degree().rsqrt().to(h.dtype)
        return scale * graphs.sum(scale * h) + self.bias

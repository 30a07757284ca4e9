"""Graph isomorphism layer (paper, Table 11: GIN; Xu et al., 2019)."""

from __future__ import annotations

import torch
from torch import nn
from torch.nn.functional import batch_norm, linear

from glot.convs.base import Conv
from glot.types import Neighbours


class GINConv(Conv):
    """out_i = MLP((1 + ε)·u_i + Σ_{j∈N(i)} u_j), equal to torch-geometric's `GINConv`.

    N(i) includes i, so a token's own state counts 2 + ε times, as in the published code. MLP is
    Linear, BatchNorm, ReLU, Linear; ε = 0 is not trained.

    BatchNorm sees valid tokens only, so padding changes nothing in training either. A batch of
    one token has no variance: it is normalised with the running statistics and leaves them be.
    """

    eps: torch.Tensor

    def __init__(self, in_width: int, out_width: int) -> None:
        super().__init__(in_width, out_width)
        self.register_buffer("eps", torch.zeros(1))
        self.first = nn.Linear(in_width, out_width)
        self.norm = nn.BatchNorm1d(out_width)
        self.second = nn.Linear(out_width, out_width)

    def forward(self, states: torch.Tensor, graphs: Neighbours) -> torch.Tensor:
        """See `Conv.forward`; in training, batch statistics are over the tokens of all graphs."""
        # The MLP's first matrix goes before the sum: the same sum, over narrower vectors.
        h = linear(states, self.first.weight)
        h = (1 + self.eps) * h + graphs.sum(h) + self.first.bias
        valid = graphs.mask.expand(h.shape[:2])
        if bool(valid.all()):
            return self._mlp(h.flatten(0, 1)).view(*h.shape[:2], self.out_width)
        tokens = self._mlp(h[valid])
        out = tokens.new_zeros(*h.shape[:2], self.out_width)
        out[valid] = tokens
        return out

    def _mlp(self, tokens: torch.Tensor) -> torch.Tensor:
        """What follows the first matrix, (N, width)."""
        out: torch.Tensor = self.second(torch.relu(self._normalise(tokens)))
        return out

    def _normalise(self, tokens: torch.Tensor) -> torch.Tensor:
        """Batch normalisation of (N, width), N = 1 included."""
        if len(tokens) > 1 or not self.training:
            normalised: torch.Tensor = self.norm(tokens)
            return normalised
        norm = self.norm
        return batch_norm(
            tokens, norm.running_mean, norm.running_var, norm.weight, norm.bias, eps=norm.eps
        )

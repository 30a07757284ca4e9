"""A per-token perceptron in place of the token-GNN, then the mean (paper, D.6, Table 15)."""

from __future__ import annotations

import torch

from glot.config import PoolerConfig
from glot.poolers.base import weighted_sum
from glot.poolers.mean import uniform_weights
from glot.poolers.token_layers import TokenLayersPooler, linear_layers
from glot.types import Pooled


class MlpPooler(TokenLayersPooler):
    """U_k = ReLU(W_k U_{k−1} + b_k), joined as GLOT's; π_i = 1/L; z = Σ π_i u_i.

    The paper's baseline differs from GLOT in two things, the graph and the readout; `deepsets`
    differs in the graph alone. D as in `TokenLayersPooler`.
    """

    def __init__(self, config: PoolerConfig, in_width: int) -> None:
        super().__init__(config, in_width)
        self.layers = linear_layers(self.widths)

    def pool(self, hidden: torch.Tensor, mask: torch.Tensor, tau: float | torch.Tensor) -> Pooled:
        """See `Pooler.forward`; τ has no part in it."""
        vectors = self.token_vectors(hidden, self.layers)
        weights = uniform_weights(mask, vectors[0].dtype)
        return Pooled(embedding=weighted_sum(weights, vectors), weights=weights)

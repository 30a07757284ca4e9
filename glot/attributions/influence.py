"""Whose states a token's vector depends on, layer by layer of the token-GNN."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import torch

if TYPE_CHECKING:
    from glot.poolers.glot import GlotPooler
    from glot.types import Neighbours


def influence(pooler: GlotPooler, graphs: Neighbours, hidden: torch.Tensor) -> torch.Tensor:
    """The influence distribution of every token after each layer (Xu et al., 2018, definition 3.1).

    I_k(i, j) = ‖∂u_i^(k) / ∂x_j‖ / Σ_j ‖∂u_i^(k) / ∂x_j‖, where u_i^(k) is row i of U_k: the share
    of token j's state in what a small change does to token i's vector. The graph stays as it is.
    Norms are Frobenius norms; their published form sums the derivatives, where signs cancel.

    Args:
        pooler: whose token-GNN.
        graphs: of one sentence of L tokens.
        hidden: (1, L, d) token states.

    Returns:
        (K + 1, L, L) in [0, 1]; rows sum to 1, but for rows of zeros: vectors that all ReLUs
        have cut to 0 depend on nothing.
    """
    convs = [partial(conv, graphs=graphs) for conv in pooler.convs]
    length = hidden.shape[1]
    found = []
    for k in range(len(convs) + 1):
        rows = [_norms(convs[:k], pooler, hidden, token) for token in range(length)]
        table = torch.stack(rows)
        total = table.sum(dim=1, keepdim=True)
        found.append(table / torch.where(total > 0, total, torch.ones_like(total)))
    return torch.stack(found)


def _norms(
    layers: list[partial[torch.Tensor]], pooler: GlotPooler, hidden: torch.Tensor, token: int
) -> torch.Tensor:
    """(L,) ‖∂u_token / ∂x_j‖ after the layers."""

    def vector(states: torch.Tensor) -> torch.Tensor:
        current = pooler.projection(states)
        for layer in layers:
            current = torch.relu(layer(current))
        row: torch.Tensor = current[0, token]
        return row

    jacobian: torch.Tensor = torch.autograd.functional.jacobian(  # type: ignore[no-untyped-call]
        vector, hidden, vectorize=True
    )
    return jacobian[:, 0].pow(2).sum(dim=(0, 2)).sqrt()

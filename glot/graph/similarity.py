"""S_ij = cos(x_i, x_j) for a whole batch in one product (paper, section 3.2, step 1)."""

from __future__ import annotations

import torch
from torch.nn.functional import normalize


def cosine_similarity(hidden: torch.Tensor) -> torch.Tensor:
    """Cosine similarity of all pairs of token states.

    Computed in float32 whatever the states' type: at lower precision S_ij > τ flips near τ.
    The result is symmetric to the last bit, so that edges are undirected, and S_ii = 1.

    Args:
        hidden: (B, L, d) token states. A state of norm 0 has similarity 0 to all others.

    Returns:
        (B, L, L) float32.
    """
    unit = normalize(hidden.float(), dim=-1)
    product = unit @ unit.mT
    symmetric = (product + product.mT) / 2
    eye = torch.eye(hidden.shape[1], dtype=torch.bool, device=hidden.device)
    return symmetric.masked_fill(eye, 1.0)

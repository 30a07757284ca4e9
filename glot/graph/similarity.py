"""S_ij = cos(x_i, x_j) for a whole batch in one product (paper, section 3.2, step 1)."""

from __future__ import annotations

import torch
from torch.nn.functional import normalize

from glot.config import SIMILARITIES
from glot.errors import GlotError

# A state nearer to the mean than this share of its own norm is taken to be the mean: what is
# left of it is the rounding of float32, whose direction says nothing.
ROUNDING = 1e-5


def token_similarity(
    hidden: torch.Tensor, mask: torch.Tensor, kind: str = "cosine"
) -> torch.Tensor:
    """Similarity of all pairs of token states, of the kind that a pooler is set to.

    Args:
        hidden: (B, L, d) token states.
        mask: (B, L), non-zero at valid tokens; only `centred` looks at it.
        kind: `cosine`, see `cosine_similarity`, or `centred`, see `centred_states`.

    Returns:
        (B, L, L) float32, symmetric to the last bit, 1 on the diagonal; entries of padded
        tokens are without meaning.

    Raises:
        GlotError: the kind is unknown.
    """
    if kind not in SIMILARITIES:
        raise GlotError(f"similarity {kind!r}.", f"Accepted: {', '.join(SIMILARITIES)}.")
    return cosine_similarity(hidden if kind == "cosine" else centred_states(hidden, mask))


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


def centred_states(hidden: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    """x_i − x̄, where x̄ is the sentence's mean over its valid tokens (design, section 3).

    It takes away the direction that all states of an anisotropic backbone share.

    Args:
        hidden: (B, L, d) token states; what stands at padding does not matter.
        mask: (B, L), non-zero at valid tokens.

    Returns:
        (B, L, d) float32; 0 at padding and where a state equals the mean, as that of a
        sentence of one token does.
    """
    valid = mask.bool()[..., None]
    states = hidden.float().masked_fill(~valid, 0.0)
    mean = states.sum(dim=1, keepdim=True) / valid.sum(dim=1, keepdim=True)
    centred = states - mean
    at_mean = centred.norm(dim=-1, keepdim=True) <= ROUNDING * states.norm(dim=-1, keepdim=True)
    return centred.masked_fill(at_mean | ~valid, 0.0)

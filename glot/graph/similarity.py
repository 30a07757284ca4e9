"""S_ij = cos(x_i, x_j) for a whole batch in one product (paper, section 3.2, step 1)."""

from __future__ import annotations

import torch
from torch.nn.functional import normalize

from glot.config import SIMILARITIES
from glot.errors import GlotError
from glot.graph.shuffle import shuffled_similarity

# A state nearer to the mean than this share of its own norm is taken to be the mean: what is
# left of it is the rounding of float32, whose direction says nothing.
ROUNDING = 1e-5
# Lengths of states whose products float32 holds with all digits.
MODEST = (1e-9, 1e9)


def token_similarity(
    hidden: torch.Tensor, mask: torch.Tensor, kind: str = "cosine"
) -> torch.Tensor:
    """Similarity of all pairs of token states, of the kind that a pooler is set to.

    Computed in float32 whatever the states' type: at lower precision S_ij > τ flips near τ.

    Args:
        hidden: (B, L, d) token states. A state of norm 0 has similarity 0 to all others.
        mask: (B, L), non-zero at valid tokens; `cosine` does not look at it.
        kind: `cosine`, the paper's; `centred`: cosine of `centred_states`; or `shuffled`, the
            control: cosines dealt out among the pairs (`glot.graph.shuffle`).

    Returns:
        (B, L, L) float32, symmetric to the last bit, so that edges are undirected, in [−1, 1],
        1 on the diagonal; entries of padded tokens are without meaning.

    Raises:
        GlotError: the kind is unknown.
    """
    states = _of_kind(hidden, mask, kind)
    length = states.norm(dim=-1, keepdim=True)
    with torch.autocast(states.device.type, enabled=False):
        if not _are_modest(length):
            unit = normalize(states, dim=-1)
            product = unit @ unit.mT
        else:
            # The product is divided, L·L numbers, instead of the states, L·d.
            scale = length.clamp(min=MODEST[0]).reciprocal()
            product = (states @ states.mT).mul_(scale).mul_(scale.mT)
    symmetric = (product + product.mT).mul_(0.5).clamp_(-1, 1)
    symmetric.diagonal(dim1=1, dim2=2).fill_(1)
    return shuffled_similarity(symmetric, mask) if kind == "shuffled" else symmetric


def cosine_similarity(hidden: torch.Tensor) -> torch.Tensor:
    """`token_similarity` of the kind `cosine`: (B, L, d) → (B, L, L)."""
    return token_similarity(hidden, hidden.new_ones(hidden.shape[:2]))


def unit_states(hidden: torch.Tensor, mask: torch.Tensor, kind: str = "cosine") -> torch.Tensor:
    """States of length 1 whose products are the similarities.

    Args:
        hidden: (B, L, d) token states; those of length 0 stay as they are.
        mask: (B, L), non-zero at valid tokens; only `centred` looks at it.
        kind: see `token_similarity`.

    Returns:
        (B, L, d) float32.

    Raises:
        GlotError: the kind is unknown, or `shuffled`, which is no product of states.
    """
    if kind == "shuffled":
        raise GlotError(
            f"similarity 'shuffled' on {hidden.shape[1]:,} tokens.",
            "It needs a table of all pairs: fewer tokens, or a smaller batch.",
            "Cut the texts, or lower the batch size.",
        )
    return normalize(_of_kind(hidden, mask, kind), dim=-1)


def _are_modest(length: torch.Tensor) -> bool:
    """Whether each length is 0 or within `MODEST`."""
    if not length.numel():
        return True
    lowest, highest = torch.stack(length.aminmax()).tolist()
    if lowest < MODEST[0] and bool(((length < MODEST[0]) & (length > 0)).any()):
        return False
    return not highest > MODEST[1]


def _of_kind(hidden: torch.Tensor, mask: torch.Tensor, kind: str) -> torch.Tensor:
    if kind not in SIMILARITIES:
        raise GlotError(f"similarity {kind!r}.", f"Accepted: {', '.join(SIMILARITIES)}.")
    return centred_states(hidden, mask) if kind == "centred" else hidden.float()


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

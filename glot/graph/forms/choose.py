"""Which form of the token graphs is the fastest that fits."""

from __future__ import annotations

import torch

from glot.graph.forms.dense import DenseNeighbours
from glot.graph.forms.sparse import SparseNeighbours
from glot.graph.forms.streaming import StreamingNeighbours
from glot.graph.similarity import token_similarity
from glot.types import Neighbours

# Pairs of tokens in a batch beyond which no table is made.
STREAMING_PAIRS = 2**25
# From so many tokens a sentence on, lists of edges may be faster than tables …
SPARSE_TOKENS = 128
# … where fewer than this share of all pairs have an edge.
SPARSE_DENSITY = 0.08


def neighbours(
    hidden: torch.Tensor, mask: torch.Tensor, tau: float | torch.Tensor, kind: str = "cosine"
) -> Neighbours:
    """The token graphs of a batch at τ, in the form that suits their size and density.

    Args:
        hidden: (B, L, d) token states, 0 at padding; no gradient flows through the edges.
        mask: (B, L) bool.
        tau: one threshold, or (T,) with B = 1: T graphs of one sentence, which never stream.
        kind: of similarity, see `glot.graph.similarity.token_similarity`.

    Raises:
        GlotError: a τ is NaN or outside [−1, 1], or the similarity is unknown.
    """
    length = mask.shape[1]
    if not (isinstance(tau, torch.Tensor) and tau.dim()) and streams(mask.shape):
        return StreamingNeighbours.of(hidden, mask, float(tau), kind)
    with torch.no_grad():
        dense = DenseNeighbours.of(token_similarity(hidden, mask, kind), mask, tau)
    if length < SPARSE_TOKENS or 1 - float(dense.gaps.mean()) > SPARSE_DENSITY:
        return dense
    return SparseNeighbours(dense.gaps, mask)


def streams(shape: torch.Size) -> bool:
    """Whether a batch of (B, L) tokens is too much for tables."""
    return shape[0] * shape[1] ** 2 > STREAMING_PAIRS

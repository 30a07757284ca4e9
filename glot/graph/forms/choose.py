"""Which form of the token graphs is the fastest that fits.

Measured by `python -m benchmarks forms` on two x86-64 cores: two GAT layers, forward and backward.
From 128 tokens on, lists of edges win up to a density of 12 % to 20 %, by up to three times;
above that, tables win for short texts and tiles from 2,048 tokens on. In a batch with more pairs
than `STREAMING_PAIRS` no table is made at all: tiles take half its time there, and memory that
grows with the length instead of its square. Nearly complete graphs need neither tables nor tiles
(`glot.graph.forms.complete`) and are asked for first where texts are long.
"""

from __future__ import annotations

import torch

from glot.config import check_tau
from glot.graph.edges import checked
from glot.graph.forms.dense import DenseNeighbours
from glot.graph.forms.sparse import SparseNeighbours
from glot.graph.forms.streaming import StreamingNeighbours, may_be_complete
from glot.graph.similarity import token_similarity, unit_states
from glot.types import Neighbours

# Pairs of tokens in a batch beyond which no table is made: 128 MiB of float32.
STREAMING_PAIRS = 2**25
# From so many tokens a sentence on, tiles are faster than a table, which leaves the caches.
STREAMING_TOKENS = 2048
# From so many tokens a sentence on, lists of edges are faster than either …
SPARSE_TOKENS = 128
# … where at most this share of all pairs has an edge.
SPARSE_DENSITY = 0.12
# Tokens that are asked for their edges, to tell without a table that there are too many to list.
PROBED = 32


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
    if isinstance(tau, torch.Tensor):
        checked(tau)
    else:
        check_tau(tau)
    length = mask.shape[1]
    many = isinstance(tau, torch.Tensor) and tau.dim() > 0
    if not many and streams(mask.shape):
        return StreamingNeighbours.of(hidden, mask, float(tau), kind)
    if not many and kind != "shuffled" and may_be_complete(hidden, length):
        complete = StreamingNeighbours.if_nearly_complete(hidden, mask, float(tau), kind)
        if complete is not None:
            return complete
    stream = not many and kind != "shuffled" and length >= STREAMING_TOKENS
    if stream and _is_dense(hidden, mask, float(tau), kind):
        return StreamingNeighbours.of(hidden, mask, float(tau), kind)
    with torch.no_grad():
        dense = DenseNeighbours.of(token_similarity(hidden, mask, kind), mask, tau)
    if length >= SPARSE_TOKENS and 1 - float(dense.gaps.mean()) <= SPARSE_DENSITY:
        return SparseNeighbours(dense.gaps, mask)
    if stream:
        return StreamingNeighbours.of(hidden, mask, float(tau), kind)
    return dense


def streams(shape: torch.Size) -> bool:
    """Whether a batch of (B, L) tokens is too much for tables."""
    return shape[0] * shape[1] ** 2 > STREAMING_PAIRS


@torch.no_grad()
def _is_dense(hidden: torch.Tensor, mask: torch.Tensor, tau: float, kind: str) -> bool:
    """Whether a few tokens have far more edges than lists are made for."""
    unit = unit_states(hidden, mask, kind)
    asked = torch.linspace(0, mask.shape[1] - 1, PROBED, device=mask.device).long()
    edges = unit[:, asked] @ unit.mT > tau
    return float(edges.float().mean()) > 2 * SPARSE_DENSITY

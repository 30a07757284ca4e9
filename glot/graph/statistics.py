"""What the token graph of one sentence looks like at a threshold. NumPy only: no torch."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True)
class GraphStatistics:
    """Counts of a token graph, self-loops left out.

    Attributes:
        tokens: number of nodes L.
        edges: number of undirected edges between different tokens.
        density: edges / (L (L − 1) / 2); 0 for a single token.
        components: number of connected components.
        largest: number of tokens in the largest component.
    """

    tokens: int
    edges: int
    density: float
    components: int
    largest: int


def upper_triangle(similarity: Floats) -> Floats:
    """The L (L − 1) / 2 similarities above the diagonal of (L, L), row by row, as float32."""
    rows, columns = np.triu_indices(similarity.shape[0], k=1)
    return np.ascontiguousarray(similarity[rows, columns], dtype=np.float32)


def edge_pairs(upper: Floats, tokens: int, tau: float) -> npt.NDArray[np.int64]:
    """The undirected edges at τ as (E, 2) token pairs i < j, strongest first.

    Args:
        upper: (L (L − 1) / 2,) float32, as `upper_triangle` gives them.
        tokens: L.
        tau: threshold, compared in float32.
    """
    rows, columns = np.triu_indices(tokens, k=1)
    chosen = np.flatnonzero(upper > np.float32(tau))
    chosen = chosen[np.argsort(-upper[chosen], kind="stable")]
    return np.stack([rows[chosen], columns[chosen]], axis=1)


def graph_statistics(upper: Floats, tokens: int, tau: float) -> GraphStatistics:
    """Statistics of the token graph at τ; arguments as for `edge_pairs`."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    pairs = edge_pairs(upper, tokens, tau)
    matrix = coo_array(
        (np.ones(len(pairs), dtype=np.int8), (pairs[:, 0], pairs[:, 1])), shape=(tokens, tokens)
    )
    count, member = connected_components(matrix, directed=False)
    possible = tokens * (tokens - 1) // 2
    return GraphStatistics(
        tokens=tokens,
        edges=len(pairs),
        density=len(pairs) / possible if possible else 0.0,
        components=int(count),
        largest=int(np.bincount(member).max()),
    )

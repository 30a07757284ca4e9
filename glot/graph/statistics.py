"""What the token graph of one sentence looks like at a threshold. NumPy only: no torch."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from glot.graph.timeline import Floats, GraphTimeline


@dataclass(frozen=True)
class GraphStatistics:
    """Counts of a token graph, self-loops left out.

    Attributes:
        tokens: number of nodes L.
        edges: number of undirected edges between different tokens.
        density: edges / (L (L − 1) / 2); 0 for a single token.
        components: number of connected components.
        largest: number of tokens in the largest component.
        mean_degree: 2 · edges / L.
    """

    tokens: int
    edges: int
    density: float
    components: int
    largest: int
    mean_degree: float


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
    """Statistics of the token graph at τ; for many τ of one sentence, use `GraphTimeline`.

    Args:
        upper: (L (L − 1) / 2,) float32, as `upper_triangle` gives them.
        tokens: L.
        tau: threshold from −1 to 1, compared in float32.

    Raises:
        GlotError: `upper` does not fit the number of tokens or is not finite, or τ is NaN or
            outside [−1, 1].
    """
    curves = GraphTimeline.of(upper, tokens).at([tau], clustering=False)
    return GraphStatistics(
        tokens=tokens,
        edges=int(curves.edges[0]),
        density=float(curves.density[0]),
        components=int(curves.components[0]),
        largest=int(curves.largest[0]),
        mean_degree=float(curves.mean_degree[0]),
    )

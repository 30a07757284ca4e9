"""What the token graph of one sentence looks like at a threshold. NumPy only: no torch."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

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
    return statistics_at(GraphTimeline.of(upper, tokens), tau)


def statistics_at(timeline: GraphTimeline, tau: float) -> GraphStatistics:
    """Statistics at one τ, from −1 to 1, of a timeline that is there already."""
    curves = timeline.at([tau], clustering=False)
    return GraphStatistics(
        tokens=timeline.tokens,
        edges=int(curves.edges[0]),
        density=float(curves.density[0]),
        components=int(curves.components[0]),
        largest=int(curves.largest[0]),
        mean_degree=float(curves.mean_degree[0]),
    )

"""The token graph of an explanation as a networkx graph."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from glot.attributions.explanation import Explanation
from glot.graph.words import words_of

if TYPE_CHECKING:
    import networkx as nx


def token_network(explanation: Explanation, tau: float) -> nx.Graph[Any]:
    """The graph at τ for networkx: to measure it in other ways, or to write it to a file.

    It has what the dashboard's GraphML export has, under the same names.

    Args:
        explanation: of one text.
        tau: a value of its grid.

    Returns:
        An undirected graph without self-loops. Nodes are the places of the tokens, with `token`,
        `word` (the number of its word) and `pi_NAME` for each pooler with token weights; edges,
        from the strongest on, have `similarity`; the graph has `tau`.

    Raises:
        GlotError: τ is not on the grid.
    """
    import networkx as nx

    row = explanation.row(tau)
    words = words_of(explanation.tokens, explanation.offsets, explanation.text)
    graph = nx.Graph(tau=float(tau))
    for place, (token, word) in enumerate(zip(explanation.tokens, words, strict=True)):
        weights = {
            f"pi_{pooler}": float(table[row, place])
            for pooler, table in explanation.weights.items()
        }
        graph.add_node(place, token=token, word=int(word), **weights)
    edges = explanation.edges(tau)
    strengths = explanation.timeline.similarities[: len(edges)]
    for (first, second), similarity in zip(edges.tolist(), strengths.tolist(), strict=True):
        graph.add_edge(first, second, similarity=similarity)
    return graph

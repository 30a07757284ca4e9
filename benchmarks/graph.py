"""Building the token graphs of a batch: ours against the published behaviour."""

from __future__ import annotations

import torch

from benchmarks.measure import Row, alternate
from benchmarks.published import published_graph
from glot.graph.forms.dense import DenseNeighbours
from glot.graph.forms.sparse import SparseNeighbours
from glot.graph.similarity import token_similarity
from glot.graph.token_graph import TokenGraph

BATCH, LENGTH, WIDTH, TAU = 32, 128, 768, 0.6


def run(quick: bool) -> list[Row]:
    """Rows of this benchmark."""
    torch.manual_seed(0)
    # A common direction gives the density that sentences have, a tenth or so.
    hidden = torch.randn(BATCH, LENGTH, WIDTH) + 1.1
    mask = torch.ones(BATCH, LENGTH, dtype=torch.bool)
    shape = f"B {BATCH}, L {LENGTH}, d {WIDTH}"
    return alternate(
        {
            f"graph, published behaviour, {shape}": lambda: published_graph(hidden, mask, TAU),
            f"graph, edge list, {shape}": lambda: TokenGraph.of(hidden, mask).edges(TAU),
            f"graph, sparse form, {shape}": lambda: SparseNeighbours.of(
                token_similarity(hidden, mask), mask, TAU
            ),
            f"graph, dense form, {shape}": lambda: DenseNeighbours.of(
                token_similarity(hidden, mask), mask, TAU
            ),
        },
        repeats=1 if quick else 10,
        budget="≥ 70× the published behaviour",
    )

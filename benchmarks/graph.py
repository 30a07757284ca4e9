"""Building the token graphs of a batch: ours against the published behaviour."""

from __future__ import annotations

import torch
from torch.nn.functional import cosine_similarity as broadcast_cosine
from torch_geometric.data import Batch, Data

from benchmarks.measure import Row, alternate
from glot.graph.token_graph import TokenGraph

BATCH, LENGTH, WIDTH, TAU = 32, 128, 768, 0.6


def published(hidden: torch.Tensor, mask: torch.Tensor) -> object:
    """One sentence at a time, all pairs by broadcasting, an edge list each, then one batch."""
    graphs = []
    for states, valid in zip(hidden, mask, strict=True):
        nodes = states[valid]
        similarity = broadcast_cosine(nodes[:, None, :], nodes[None, :, :], dim=-1)
        graphs.append(Data(x=nodes, edge_index=(similarity > TAU).nonzero().T))
    return Batch.from_data_list(graphs)


def run(quick: bool) -> list[Row]:
    """Rows of this benchmark."""
    torch.manual_seed(0)
    # A common direction gives the density that sentences have, a tenth or so.
    hidden = torch.randn(BATCH, LENGTH, WIDTH) + 1.1
    mask = torch.ones(BATCH, LENGTH, dtype=torch.bool)
    shape = f"B {BATCH}, L {LENGTH}, d {WIDTH}"
    return alternate(
        {
            f"graph, published behaviour, {shape}": lambda: published(hidden, mask),
            f"graph, edge list, {shape}": lambda: TokenGraph.of(hidden, mask).edges(TAU),
            f"graph, dense adjacency, {shape}": lambda: TokenGraph.of(hidden, mask).adjacency(TAU),
        },
        repeats=3 if quick else 10,
        budget="dense ≥ 70× the published behaviour",
    )

"""Influence of tokens on each other, against small changes and against paths in the graph."""

from functools import partial

import networkx as nx
import numpy as np
import pytest
import torch

from glot.attributions.influence import influence
from glot.config import PoolerConfig
from glot.graph.forms.dense import DenseNeighbours
from glot.graph.similarity import cosine_similarity
from glot.poolers import build_pooler

TAU = 0.25


@pytest.fixture(params=[("gat", 0), ("gcn", 0), ("gat", 5)], ids=str)
def case(request):
    conv, projection = request.param
    torch.manual_seed(3)
    config = PoolerConfig("glot", width=6, layers=2, conv=conv, projection=projection)
    pooler = build_pooler(config, 8).double().eval()
    hidden = torch.randn(1, 7, 8, dtype=torch.float64)
    mask = torch.ones(1, 7, dtype=torch.bool)
    graphs = DenseNeighbours.of(cosine_similarity(hidden), mask, TAU)
    return pooler, graphs, hidden


def vectors(pooler, graphs, hidden, k):
    """(L, width) after k layers, by the pooler's own code."""
    convs = [partial(conv, graphs=graphs) for conv in pooler.convs]
    with torch.no_grad():
        return pooler.token_vectors(hidden, convs[:k])[-1][0]


def test_it_is_what_small_changes_do(case):
    pooler, graphs, hidden = case
    found = influence(pooler, graphs, hidden)
    step = 1e-6
    for k in range(3):
        squared = torch.zeros(7, 7, dtype=torch.float64)
        for token in range(7):
            for number in range(8):
                moved = [hidden.clone(), hidden.clone()]
                moved[0][0, token, number] += step
                moved[1][0, token, number] -= step
                after, before = (vectors(pooler, graphs, states, k) for states in moved)
                squared[:, token] += ((after - before) / (2 * step)).pow(2).sum(dim=1)
        norms = squared.sqrt()
        total = norms.sum(dim=1, keepdim=True)
        np.testing.assert_allclose(found[k], torch.where(total > 0, norms / total, 0.0), atol=1e-6)


def test_messages_travel_one_edge_a_layer(case):
    pooler, graphs, hidden = case
    found = influence(pooler, graphs, hidden).numpy()
    graph = nx.from_numpy_array(graphs.table[0].numpy())
    distance = dict(nx.all_pairs_shortest_path_length(graph))
    far = {(i, j) for i in range(7) for j in range(7) if distance[i].get(j, 9) > 1}
    assert far, "the case must not be a complete graph"
    for k in range(3):
        for i in range(7):
            for j in range(7):
                if distance[i].get(j, 9) > k:
                    assert found[k, i, j] == 0
    np.testing.assert_array_equal(found[0], np.eye(7))


def test_shares_sum_to_one_unless_a_vector_is_cut_to_zero(case):
    pooler, graphs, hidden = case
    found = influence(pooler, graphs, hidden)
    with torch.no_grad():
        # No ReLU of the last layer lets anything through.
        pooler.convs[-1].bias.fill_(-1e6)
    cut = influence(pooler, graphs, hidden)
    np.testing.assert_allclose(found[:2].sum(dim=2), 1, atol=1e-12)
    np.testing.assert_array_equal(cut[2], 0)
    np.testing.assert_allclose(cut[1], found[1])

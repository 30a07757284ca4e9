import networkx as nx
import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from safetensors import safe_open

from glot.errors import GlotError
from glot.graph.layout import force_layout
from glot.graph.similarity import cosine_similarity
from glot.graph.statistics import graph_statistics, upper_triangle
from glot.graph.timeline import GraphTimeline
from glot.graph.token_graph import TokenGraph
from tests.conftest import shared_folder


def random_states(seed, batch=2, length=7, width=5):
    return torch.randn(batch, length, width, generator=torch.Generator().manual_seed(seed))


def test_known_similarities(known):
    states = known.encode(["a b c d"])
    expected = torch.tensor(
        [[1.0, 0.8, 0.0, 0.0], [0.8, 1.0, 0.6, 0.0], [0.0, 0.6, 1.0, 0.0], [0.0, 0.0, 0.0, 1.0]]
    )
    torch.testing.assert_close(cosine_similarity(states.hidden)[0], expected)


def test_similarity_matches_torch_and_is_symmetric_to_the_bit():
    hidden = random_states(0, length=33, width=17)
    ours = cosine_similarity(hidden)
    reference = torch.cosine_similarity(hidden[:, :, None], hidden[:, None], dim=-1)
    torch.testing.assert_close(ours, reference, atol=1e-6, rtol=1e-6)
    assert torch.equal(ours, ours.mT)
    assert torch.equal(ours.diagonal(dim1=1, dim2=2), torch.ones(2, 33))


def test_a_zero_state_is_similar_to_none():
    hidden = torch.tensor([[[0.0, 0.0], [1.0, 0.0]]])
    assert torch.equal(cosine_similarity(hidden)[0], torch.eye(2))


def test_threshold_is_strict():
    # cos is 0.5 to the bit here: an edge at τ just below, none at τ itself.
    hidden = torch.tensor([[[1.0, 0.0, 0.0, 0.0], [1.0, 1.0, 1.0, 1.0]]])
    graph = TokenGraph.of(hidden, torch.ones(1, 2, dtype=torch.bool))
    assert graph.similarity[0, 0, 1] == 0.5
    assert graph.edges(0.5).tolist() == [[0, 1], [0, 1]]
    assert graph.edges(0.4999).tolist() == [[0, 0, 1, 1], [0, 1, 0, 1]]


def test_at_one_only_self_loops_remain():
    """Though a state's product with itself may be a little more than 1 in float32."""
    row = torch.randn(1, 1, 700, generator=torch.Generator().manual_seed(1))
    graph = TokenGraph.of(row.expand(2, 3, -1), torch.tensor([[1, 1, 1], [1, 1, 0]]))
    assert graph.edges(1.0).tolist() == [[0, 1, 2, 3, 4]] * 2


@pytest.mark.parametrize("tau", [1.01, -1.01, float("nan"), float("inf")])
def test_a_threshold_outside_the_similarities_range_is_refused(tau):
    graph = TokenGraph.of(torch.ones(1, 2, 3), torch.ones(1, 2))
    for ask in (graph.edges, graph.adjacency):
        with pytest.raises(GlotError, match=r"from -1 .* to 1"):
            ask(tau)
    with pytest.raises(GlotError, match=r"from -1 .* to 1"):
        graph.adjacency(torch.tensor([0.5, tau]))


def test_edges_number_the_valid_tokens_of_the_batch(known):
    states = known.encode(["a b", "d", "b c a"])
    edges = TokenGraph.of(states.hidden, states.mask).edges(0.5)
    assert edges.T.tolist() == [
        [0, 0], [0, 1], [1, 0], [1, 1],
        [2, 2],
        [3, 3], [3, 4], [3, 5], [4, 3], [4, 4], [5, 3], [5, 5],
    ]  # fmt: skip


@pytest.mark.parametrize(
    "name", ["gat_cat", "gat_max_dense", "gat_mean_deep", "gcn_cat", "gin_cat"]
)
def test_edges_equal_the_published_ones(name):
    """In their very order; the sixth file, of AdaPool, has no edges."""
    with safe_open(shared_folder("parity") / f"{name}.safetensors", framework="pt") as file:
        tau = float(file.metadata()["tau"])
        hidden, mask = file.get_tensor("hidden"), file.get_tensor("mask")
        expected = file.get_tensor("edge_index")
    assert torch.equal(TokenGraph.of(hidden, mask).edges(tau), expected)


@given(
    st.integers(0, 10_000),
    st.floats(-1, 1),
    st.floats(-1, 1),
    st.sampled_from(["cosine", "centred"]),
)
def test_edges_shrink_as_tau_grows(seed, first, second, similarity):
    low, high = sorted((first, second))
    mask = torch.arange(7) < torch.tensor([[7], [4]])
    graph = TokenGraph.of(random_states(seed), mask, similarity)
    assert bool((graph.adjacency(low) | ~graph.adjacency(high)).all())
    many, few = ({*map(tuple, graph.edges(tau).T.tolist())} for tau in (low, high))
    assert few <= many


@given(st.integers(0, 10_000), st.integers(1, 9), st.floats(-1, 1))
def test_statistics_equal_networkx(seed, length, tau):
    similarity = cosine_similarity(random_states(seed, 1, length))[0].numpy()
    upper = upper_triangle(similarity)
    ours = graph_statistics(upper, length, tau)
    graph = nx.Graph()
    graph.add_nodes_from(range(length))
    graph.add_edges_from(
        (i, j)
        for i in range(length)
        for j in range(i + 1, length)
        if similarity[i, j] > np.float32(tau)
    )
    assert ours.edges == graph.number_of_edges()
    assert ours.density == pytest.approx(nx.density(graph))
    assert ours.components == nx.number_connected_components(graph)
    assert ours.largest == max(map(len, nx.connected_components(graph)))
    assert ours.mean_degree == pytest.approx(2 * graph.number_of_edges() / length)


@given(st.integers(0, 10_000), st.floats(-1, 1))
def test_numpy_and_torch_count_the_same_edges(seed, tau):
    graph = TokenGraph.of(random_states(seed, 1), torch.ones(1, 7, dtype=torch.bool))
    pairs = GraphTimeline.of(upper_triangle(graph.similarity[0].numpy()), 7).edges(tau)
    assert len(pairs) * 2 + 7 == graph.edges(tau).shape[1]


def test_pairs_come_strongest_first(known):
    similarity = cosine_similarity(known.encode(["a b c d"]).hidden)[0].numpy()
    timeline = GraphTimeline.of(upper_triangle(similarity), 4)
    assert timeline.edges(0.1).tolist() == [[0, 1], [1, 2]]


def test_layout_is_seeded_and_brings_similar_tokens_together():
    groups = torch.tensor([[[5.0, 0.0]] * 6 + [[0.0, 5.0]] * 6]) + 0.1 * random_states(1, 1, 12, 2)
    similarity = cosine_similarity(groups)[0].numpy()
    places = force_layout(similarity)
    assert np.array_equal(places, force_layout(similarity))
    assert places.shape == (12, 2)
    assert np.abs(places).max() <= 1.0 + 1e-6
    distance = np.linalg.norm(places[:, None] - places[None], axis=-1)
    within = (distance[:6, :6].sum() + distance[6:, 6:].sum()) / 60
    assert within < distance[:6, 6:].mean()


def test_layout_of_one_token():
    assert force_layout(np.ones((1, 1), dtype=np.float32)).tolist() == [[0.0, 0.0]]


def test_the_graph_is_at_hand_in_its_room():
    import glot.graph

    assert glot.graph.TokenGraph is TokenGraph
    with pytest.raises(AttributeError, match="no attribute 'Graph'"):
        _ = glot.graph.Graph

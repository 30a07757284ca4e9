import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from glot.errors import GlotError
from glot.graph.statistics import graph_statistics
from glot.graph.timeline import CHUNK, GraphTimeline


def random_upper(seed, tokens, steps):
    """Similarities of random states; on a grid of `steps` values there are ties."""
    states = np.random.default_rng(seed).normal(size=(tokens, 4)) + 0.7
    states /= np.linalg.norm(states, axis=1, keepdims=True)
    upper = (states @ states.T)[np.triu_indices(tokens, k=1)]
    return (np.round(upper * steps) / steps if steps else upper).astype(np.float32)


def reference(upper, tokens, tau):
    """The graph at τ, edge by edge, as networkx keeps it."""
    graph = nx.Graph()
    graph.add_nodes_from(range(tokens))
    pairs = zip(*np.triu_indices(tokens, k=1), strict=True)
    graph.add_edges_from(
        pair for pair, value in zip(pairs, upper, strict=True) if value > np.float32(tau)
    )
    return graph


def assert_as_networkx(upper, tokens, taus):
    curves = GraphTimeline.of(upper, tokens).at(taus)
    assert curves.taus.tolist() == [float(tau) for tau in taus]
    for row, tau in enumerate(taus):
        graph = reference(upper, tokens, tau)
        assert curves.edges[row] == graph.number_of_edges()
        assert curves.density[row] == pytest.approx(nx.density(graph))
        assert curves.components[row] == nx.number_connected_components(graph)
        assert curves.largest[row] == max(map(len, nx.connected_components(graph)))
        degrees = [degree for _, degree in graph.degree()]
        assert curves.mean_degree[row] == pytest.approx(np.mean(degrees))
        assert curves.clustering is not None
        assert curves.clustering[row] == pytest.approx(nx.average_clustering(graph))


@given(
    st.integers(0, 10_000),
    st.integers(1, 12),
    st.sampled_from([0, 2, 10]),
    st.lists(st.floats(-1, 1), min_size=1, max_size=6),
)
def test_curves_equal_networkx(seed, tokens, steps, taus):
    upper = random_upper(seed, tokens, steps)
    # The similarities themselves are where an edge is either in or out.
    assert_as_networkx(upper, tokens, [*taus, *np.clip(upper, -1, 1)[:4].tolist(), -1.0, 1.0])


@pytest.mark.parametrize("steps", [0, 3, 10])
@pytest.mark.parametrize("taus", [[-1.0], [0.9, 0.1, 0.5, 0.1], np.linspace(-1, 1, 21)])
def test_more_edges_than_are_looked_at_in_one_go(steps, taus):
    tokens = 45
    assert tokens * (tokens - 1) // 2 > 3 * CHUNK
    assert_as_networkx(random_upper(7, tokens, steps), tokens, taus)


@pytest.mark.parametrize("edges", [CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK])
def test_graphs_that_end_where_a_chunk_does(edges):
    tokens = 45
    upper = random_upper(3, tokens, 0)
    tau = float(np.sort(upper)[::-1][edges])
    assert GraphTimeline.of(upper, tokens).at([tau]).edges.tolist() == [edges]
    assert_as_networkx(upper, tokens, [tau, 0.0, tau])


def test_all_pairs_equally_similar():
    """300 tokens: one tie of 44,850 edges, and more triangles at a token than a byte holds."""
    upper = np.full(300 * 299 // 2, 0.5, dtype=np.float32)
    curves = GraphTimeline.of(upper, 300).at([0.5, 0.4999])
    assert curves.edges.tolist() == [0, 44_850]
    assert curves.density.tolist() == [0.0, 1.0]
    assert curves.components.tolist() == [300, 1]
    assert curves.largest.tolist() == [1, 300]
    assert curves.mean_degree.tolist() == [0.0, 299.0]
    assert curves.clustering.tolist() == [0.0, 1.0]


def test_one_token():
    curves = GraphTimeline.of(np.empty(0, dtype=np.float32), 1).at([-1, 0.5, 1])
    for name, value in {"edges": 0, "density": 0, "components": 1, "largest": 1}.items():
        assert getattr(curves, name).tolist() == [value] * 3
    assert curves.mean_degree.tolist() == curves.clustering.tolist() == [0.0] * 3


def test_three_tokens_by_hand():
    timeline = GraphTimeline.of(np.array([0.8, -0.2, 0.5], dtype=np.float32), 3)
    assert timeline.pairs.tolist() == [[0, 1], [1, 2], [0, 2]]
    assert timeline.merges.tolist() == [np.float32(0.8), 0.5]
    assert timeline.largest.tolist() == [2, 3]
    curves = timeline.at([-1, 0, 0.5, 0.8])
    assert curves.edges.tolist() == [3, 2, 1, 0]
    assert curves.components.tolist() == [1, 1, 2, 3]
    assert curves.clustering.tolist() == [1, 0, 0, 0]


def test_tau_is_compared_in_float32():
    """0.6 is a little less in float32 than in float64, and the similarity is that very number."""
    timeline = GraphTimeline.of(np.array([0.6], dtype=np.float32), 2)
    below = float(np.nextafter(np.float32(0.6), np.float32(0)))
    assert timeline.at([0.6, np.float32(0.6), below]).edges.tolist() == [0, 0, 1]


def test_similarities_a_hair_apart_merge_one_after_the_other():
    """1 − S is the same number in float32 for both."""
    near = np.float32(1e-9), np.float32(1.1e-9)
    assert np.float32(1) - near[0] == np.float32(1) - near[1]
    timeline = GraphTimeline.of(np.array([near[0], -1, near[1]], dtype=np.float32), 3)
    assert timeline.at([near[0]]).components.tolist() == [2]


def test_similarities_of_more_than_one_by_rounding():
    upper = np.array([1.0000001, 1.0, 0.3], dtype=np.float32)
    assert GraphTimeline.of(upper, 3).at([1]).edges.tolist() == [1]


def test_clustering_is_left_out_on_request():
    timeline = GraphTimeline.of(random_upper(0, 9, 0), 9)
    assert timeline.at([0.5], clustering=False).clustering is None
    assert timeline.clustering([0.5]) == timeline.at([0.5]).clustering


@given(st.integers(0, 10_000), st.integers(1, 12), st.floats(-1, 1))
def test_one_graph_is_a_point_of_the_curves(seed, tokens, tau):
    upper = random_upper(seed, tokens, 10)
    timeline, one = GraphTimeline.of(upper, tokens), graph_statistics(upper, tokens, tau)
    curves = timeline.at([0.2, tau])
    for name in ("edges", "density", "components", "largest", "mean_degree"):
        assert getattr(one, name) == getattr(curves, name)[1]
    places = list(zip(*np.triu_indices(tokens, k=1), strict=True))
    above = [i for i in range(len(upper)) if upper[i] > np.float32(tau)]
    # Sorting is stable: equals stay in the order of their tokens.
    expected = [list(map(int, places[i])) for i in sorted(above, key=lambda i: -upper[i])]
    assert timeline.edges(tau).tolist() == expected


def test_the_threshold_for_a_density_by_hand():
    """Ten pairs, one between any two thresholds."""
    upper = np.array([0.05 + 0.1 * i for i in range(10)], dtype=np.float32)
    timeline, taus = GraphTimeline.of(upper, 5), np.round(np.linspace(0, 1, 11), 1)
    for share, tau in {0.0: 1.0, 0.1: 0.9, 0.34: 0.7, 0.5: 0.5, 1.0: 0.0}.items():
        assert timeline.tau_for_density(share, taus) == tau
    # 0.35 lies between three edges and four: the largest threshold of the two.
    assert timeline.tau_for_density(0.35, taus) == 0.7
    assert timeline.tau_for_density(0.35, taus[::-1]) == 0.7
    # No edge from 0.95 on.
    assert timeline.tau_for_density(0, [0.95, 0.99, 0.96]) == 0.99


@given(st.integers(0, 10_000), st.integers(2, 12), st.floats(0, 1))
def test_no_threshold_comes_nearer_to_a_density(seed, tokens, share):
    taus = np.round(np.linspace(0, 1, 101), 2)
    upper = random_upper(seed, tokens, 10)
    timeline = GraphTimeline.of(upper, tokens)
    tau = timeline.tau_for_density(share, taus)
    away = {t: abs(nx.density(reference(upper, tokens, t)) - share) for t in taus.tolist()}
    assert away[tau] <= min(away.values()) + 1e-6
    assert not any(away[t] == away[tau] for t in taus.tolist() if t > tau)


def test_the_threshold_for_a_density_of_one_token_is_the_largest():
    timeline = GraphTimeline.of(np.empty(0, dtype=np.float32), 1)
    assert timeline.tau_for_density(0.5, [0.2, 0.9, 0.4]) == 0.9


@pytest.mark.parametrize("share", [-0.01, 1.01, np.nan])
def test_densities_that_are_none_are_refused(share):
    with pytest.raises(GlotError, match=rf"density {share}.*from 0 .* to 1"):
        GraphTimeline.of(random_upper(0, 4, 0), 4).tau_for_density(share, [0.5])


@pytest.mark.parametrize("tau", [1.0001, -1.0001, np.nan, np.inf, -np.inf])
def test_thresholds_outside_the_similarities_range_are_refused(tau):
    timeline = GraphTimeline.of(random_upper(0, 4, 0), 4)
    for ask in (timeline.at, timeline.clustering):
        with pytest.raises(GlotError, match=rf"tau {tau}.*from -1 .* to 1"):
            ask([0.5, tau, 0.2])
    with pytest.raises(GlotError, match=rf"tau {tau}.*from -1 .* to 1"):
        graph_statistics(random_upper(0, 4, 0), 4, tau)


@pytest.mark.parametrize("taus", [[], 0.5, [[0.5]]])
def test_thresholds_that_are_no_list_are_refused(taus):
    with pytest.raises(GlotError, match=r"at least one τ.*\[τ\]"):
        GraphTimeline.of(random_upper(0, 4, 0), 4).at(taus)


@pytest.mark.parametrize(("size", "tokens"), [(5, 4), (7, 4), (1, 1), (0, 2), (0, 0), (1, -1)])
def test_similarities_that_do_not_fit_the_tokens_are_refused(size, tokens):
    with pytest.raises(GlotError, match=rf"shape \({size},\) for {tokens} tokens.*upper_triangle"):
        GraphTimeline.of(np.zeros(size, dtype=np.float32), tokens)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_similarities_that_are_not_finite_are_refused(value):
    upper = random_upper(0, 4, 0)
    upper[2] = value
    with pytest.raises(GlotError, match=r"NaN or infinite.*token states"):
        GraphTimeline.of(upper, 4)

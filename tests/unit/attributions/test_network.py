import networkx as nx
import pytest

from glot.attributions.examples import BACKBONE, TASK, examples, stored_explanation
from glot.attributions.network import token_network
from glot.errors import GlotError


@pytest.fixture(scope="module")
def shown():
    return stored_explanation(examples()[0].text, BACKBONE, TASK)


@pytest.mark.parametrize("tau", [0.0, 0.45, 1.0])
def test_the_graph_is_that_of_the_explanation(shown, tau):
    graph = token_network(shown, tau)
    statistics = shown.statistics(tau)
    assert graph.number_of_nodes() == statistics.tokens
    assert graph.number_of_edges() == statistics.edges
    assert nx.number_connected_components(graph) == statistics.components
    assert nx.density(graph) == pytest.approx(statistics.density)
    similarities = [similarity for _, _, similarity in graph.edges(data="similarity")]
    assert all(similarity > tau for similarity in similarities)


def test_nodes_know_their_token_and_its_weights(shown):
    graph = token_network(shown, 0.6)
    assert [graph.nodes[node]["token"] for node in graph] == list(shown.tokens)
    for pooler, table in shown.weights.items():
        told = [graph.nodes[node][f"pi_{pooler}"] for node in graph]
        assert told == pytest.approx(table[shown.row(0.6)])
    assert graph.graph["tau"] == 0.6


def test_it_is_read_back_from_a_file(shown, tmp_path):
    graph = token_network(shown, 0.45)
    nx.write_graphml(graph, tmp_path / "graph.graphml")
    again = nx.read_graphml(tmp_path / "graph.graphml", node_type=int)
    assert dict(again.nodes(data=True)) == dict(graph.nodes(data=True))
    assert set(again.edges) == set(graph.edges)


def test_values_between_the_grids_are_not_made_up(shown):
    with pytest.raises(GlotError, match=r"τ = 0\.123"):
        token_network(shown, 0.123)

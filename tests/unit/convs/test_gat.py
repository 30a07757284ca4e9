"""GAT against torch-geometric's layer on the same edges and weights."""

import pytest
import torch
from torch_geometric.nn import GATConv as Reference

from glot.convs.gat import GATConv
from glot.graph.token_graph import TokenGraph


def pair(edge_term):
    torch.manual_seed(3)
    reference = Reference(6, 4, edge_dim=1 if edge_term else None)
    ours = GATConv(6, 4, edge_term=edge_term)
    state = {
        "lin.weight": reference.lin.weight,
        "att_src": reference.att_src.flatten(),
        "att_dst": reference.att_dst.flatten(),
        "bias": reference.bias,
    }
    if edge_term:
        state["lin_edge"] = reference.lin_edge.weight.flatten()
        state["att_edge"] = reference.att_edge.flatten()
    ours.load_state_dict(state)
    return ours, reference


@pytest.mark.parametrize("edge_term", [False, True])
@pytest.mark.parametrize("tau", [-1.0, 0.2, 0.7, 1.0])
def test_outputs_and_gradients_equal_torch_geometric(edge_term, tau):
    ours, reference = pair(edge_term)
    hidden = torch.randn(3, 9, 6, generator=torch.Generator().manual_seed(5))
    mask = torch.arange(9) < torch.tensor([[9], [4], [1]])
    graph = TokenGraph.of(hidden, mask)
    edges = graph.edges(tau)
    ones = torch.ones(edges.shape[1], 1) if edge_term else None
    expected = reference(hidden[mask], edges, edge_attr=ones)
    found = ours(hidden, graph.adjacency(tau))[mask]
    torch.testing.assert_close(found, expected, atol=1e-5, rtol=1e-5)

    direction = torch.randn(found.shape, generator=torch.Generator().manual_seed(6))
    (found * direction).sum().backward()
    (expected * direction).sum().backward()
    for name, weight in ours.named_parameters():
        target = dict(reference.named_parameters()).get(name)
        if target is None:
            target = reference.lin_edge.weight
        torch.testing.assert_close(
            weight.grad, target.grad.reshape(weight.shape), atol=1e-5, rtol=1e-4
        )


def test_fresh_weights_have_the_references_spread():
    torch.manual_seed(0)
    ours, reference = GATConv(300, 200, edge_term=True), Reference(300, 200, edge_dim=1)
    for name, weight in ours.named_parameters():
        target = dict(reference.named_parameters()).get(name, reference.lin_edge.weight)
        assert float(weight.detach().std()) == pytest.approx(float(target.detach().std()), rel=0.2)


def test_many_graphs_of_one_sentence_in_one_pass():
    ours, _ = pair(False)
    hidden = torch.randn(1, 9, 6, generator=torch.Generator().manual_seed(5))
    graph = TokenGraph.of(hidden, torch.ones(1, 9, dtype=torch.bool))
    taus = torch.tensor([0.0, 0.4, 0.9])
    together = ours(hidden, graph.adjacency(taus))
    for row, tau in enumerate(taus.tolist()):
        torch.testing.assert_close(together[row : row + 1], ours(hidden, graph.adjacency(tau)))

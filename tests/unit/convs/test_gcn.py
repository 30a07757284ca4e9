"""GCN against torch-geometric's layer on the same edges and weights."""

import pytest
import torch
from torch_geometric.nn import GCNConv as Reference

from glot.convs.gcn import GCNConv
from glot.graph.forms.dense import DenseNeighbours
from tests.unit.convs.against_pyg import (
    IN_WIDTH,
    OUT_WIDTH,
    check_many_graphs_of_one_sentence,
    check_outputs_and_gradients,
    each_density,
    each_form,
    spread,
)


@each_form
@each_density
def test_outputs_and_gradients_equal_torch_geometric(tau, form):
    torch.manual_seed(3)
    # The reference adds a self-loop where there is none: here there is one already.
    check_outputs_and_gradients(
        GCNConv(IN_WIDTH, OUT_WIDTH), Reference(IN_WIDTH, OUT_WIDTH), dict, tau, form
    )


def test_two_linked_tokens_by_hand():
    conv = GCNConv(1, 1)
    conv.load_state_dict({"lin.weight": torch.tensor([[2.0]]), "bias": torch.tensor([0.5])})
    # Token 1 is linked with both others: n = 2, 3, 2, self-loops counted once.
    table = torch.tensor([[[1.0, 1.0, 0.0], [1.0, 1.0, 1.0], [0.0, 1.0, 1.0]]])
    states = torch.tensor([[[1.0], [10.0], [100.0]]])
    graph = DenseNeighbours(1 - table, torch.ones(1, 3, dtype=torch.bool))
    found = conv(states, graph).flatten()
    expected = [
        2 * (1 / 2 + 10 / 6**0.5) + 0.5,
        2 * (1 / 6**0.5 + 10 / 3 + 100 / 6**0.5) + 0.5,
        2 * (10 / 6**0.5 + 100 / 2) + 0.5,
    ]
    torch.testing.assert_close(found, torch.tensor(expected))


def test_fresh_weights_have_the_references_spread():
    torch.manual_seed(0)
    ours, reference = spread(GCNConv(300, 200)), spread(Reference(300, 200))
    assert ours == pytest.approx(reference, rel=0.05)


def test_many_graphs_of_one_sentence_in_one_pass():
    torch.manual_seed(3)
    check_many_graphs_of_one_sentence(GCNConv(IN_WIDTH, OUT_WIDTH))

"""The paper's equations 1 and 2 against torch-geometric's SAGEConv, and as they are written."""

import torch
from torch_geometric.nn import SAGEConv as Reference

from glot.convs.sage import SAGEConv
from glot.graph.token_graph import TokenGraph
from tests.unit.convs.against_pyg import (
    IN_WIDTH,
    OUT_WIDTH,
    check_many_graphs_of_one_sentence,
    check_outputs_and_gradients,
    each_density,
    each_form,
    graphs,
    ragged_mask,
    random_states,
)


def ours_of(tensors):
    """The two matrices side by side: of the token itself, then of its neighbours."""
    return {
        "lin.weight": torch.cat([tensors["lin_r.weight"], tensors["lin_l.weight"]], dim=1),
        "lin.bias": tensors["lin_l.bias"],
    }


@each_form
@each_density
def test_outputs_and_gradients_equal_torch_geometric(tau, form):
    torch.manual_seed(3)
    check_outputs_and_gradients(
        SAGEConv(IN_WIDTH, OUT_WIDTH),
        Reference(IN_WIDTH, OUT_WIDTH, aggr="mean"),
        ours_of,
        tau,
        form,
    )


def test_it_is_one_matrix_on_a_concatenation():
    torch.manual_seed(3)
    conv, states, mask = SAGEConv(IN_WIDTH, OUT_WIDTH), random_states(), ragged_mask()
    adjacency = TokenGraph.of(states, mask).adjacency(0.1)
    found = conv(states, graphs("dense", states, mask, 0.1))
    for row, column in mask.nonzero().tolist():
        mean = states[row][adjacency[row, column]].mean(dim=0)
        expected = conv.lin(torch.cat([states[row, column], mean]))
        torch.testing.assert_close(found[row, column], expected)


def test_many_graphs_of_one_sentence_in_one_pass():
    torch.manual_seed(3)
    check_many_graphs_of_one_sentence(SAGEConv(IN_WIDTH, OUT_WIDTH))

"""GAT against torch-geometric's layer on the same edges and weights."""

import pytest
import torch
from torch_geometric.nn import GATConv as Reference

from glot.config import PoolerConfig
from glot.convs.gat import GATConv
from tests.unit.convs.against_pyg import (
    IN_WIDTH,
    OUT_WIDTH,
    check_many_graphs_of_one_sentence,
    check_outputs_and_gradients,
    each_density,
    each_form,
    spread,
)


def ours_of(tensors):
    """Theirs are (1, 1, width) or (width, 1) where ours are (width,)."""
    flat = {"att_src", "att_dst", "att_edge", "lin_edge.weight"}
    return {
        name.replace("lin_edge.weight", "lin_edge"): t.flatten() if name in flat else t
        for name, t in tensors.items()
    }


@pytest.mark.parametrize("edge_term", [False, True])
@each_form
@each_density
def test_outputs_and_gradients_equal_torch_geometric(edge_term, tau, form):
    torch.manual_seed(3)
    width = 1 if edge_term else 0
    reference = Reference(IN_WIDTH, OUT_WIDTH, edge_dim=width or None)
    ours = GATConv(IN_WIDTH, OUT_WIDTH, edge_term=edge_term)
    check_outputs_and_gradients(ours, reference, ours_of, tau, form, edge_attr_width=width)


def test_fresh_weights_have_the_references_spread():
    torch.manual_seed(0)
    ours, reference = GATConv(300, 200, edge_term=True), Reference(300, 200, edge_dim=1)
    expected = spread(reference)
    for name, found in spread(ours).items():
        target = expected[{"lin_edge": "lin_edge.weight"}.get(name, name)]
        assert found == pytest.approx(target, rel=0.2)


def test_many_graphs_of_one_sentence_in_one_pass():
    torch.manual_seed(3)
    check_many_graphs_of_one_sentence(GATConv(IN_WIDTH, OUT_WIDTH))


@pytest.mark.parametrize("edge_term", [False, True])
def test_settings_say_whether_there_is_an_edge_term(edge_term):
    config = PoolerConfig("glot", width=OUT_WIDTH, edge_term=edge_term)
    conv = GATConv.from_config(config, IN_WIDTH)
    assert (conv.att_edge is not None) == edge_term
    assert conv.lin.weight.shape == (OUT_WIDTH, IN_WIDTH)

"""GIN against torch-geometric's layer on the same edges and weights, in training and after."""

import pytest
import torch
from torch import nn
from torch_geometric.nn import MLP
from torch_geometric.nn import GINConv as Reference

from glot.convs.gin import GINConv
from glot.graph.forms.dense import DenseNeighbours
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
    spread,
)

NAMES = {"nn.lins.0.": "first.", "nn.norms.0.module.": "norm.", "nn.lins.1.": "second."}


def ours_of(tensors):
    renamed = {}
    for name, tensor in tensors.items():
        for theirs, ours in NAMES.items():
            name = name.replace(theirs, ours)
        renamed[name] = tensor
    return renamed


def reference_layer():
    """Weights, statistics and ε are all away from their defaults, so that each of them counts."""
    torch.manual_seed(3)
    layer = Reference(MLP([IN_WIDTH, OUT_WIDTH, OUT_WIDTH], norm="batch_norm"), eps=0.25)
    norm = layer.nn.norms[0].module
    for tensor in (norm.weight, norm.bias, norm.running_mean):
        nn.init.normal_(tensor)
    nn.init.uniform_(norm.running_var, 0.5, 2.0)
    return layer


@pytest.mark.parametrize("training", [False, True])
@each_form
@each_density
def test_outputs_and_gradients_equal_torch_geometric(training, tau, form):
    ours, reference = GINConv(IN_WIDTH, OUT_WIDTH), reference_layer()
    check_outputs_and_gradients(ours.train(training), reference.train(training), ours_of, tau, form)
    # The running statistics, too: unchanged in evaluation, moved alike in training.
    for name, buffer in ours_of(dict(reference.named_buffers())).items():
        torch.testing.assert_close(dict(ours.named_buffers())[name], buffer)


def test_a_batch_of_one_token_can_be_trained_on():
    ours = GINConv(IN_WIDTH, OUT_WIDTH)
    ours.load_state_dict(ours_of(reference_layer().state_dict()))
    before = {name: buffer.clone() for name, buffer in ours.named_buffers()}
    graph = DenseNeighbours(torch.zeros(1, 1, 1), torch.ones(1, 1, dtype=torch.bool))
    states = random_states()[:1, :1]
    in_training = ours.train()(states, graph)
    assert all(torch.equal(before[name], buffer) for name, buffer in ours.named_buffers())
    torch.testing.assert_close(in_training, ours.eval()(states, graph))


def test_padding_is_out_of_the_statistics():
    states, mask = random_states(), ragged_mask()
    found = []
    for extra in (0, 5):
        conv = GINConv(IN_WIDTH, OUT_WIDTH)
        conv.load_state_dict(ours_of(reference_layer().state_dict()))
        wide = nn.functional.pad(states, (0, 0, 0, extra), value=50.0)
        wider = nn.functional.pad(mask, (0, extra))
        out = conv.train()(wide, graphs("dense", wide, wider, 0.2))
        found.append((out[wider], conv.norm.running_var))
    torch.testing.assert_close(found[0], found[1])


def test_epsilon_is_no_parameter():
    conv = GINConv(IN_WIDTH, OUT_WIDTH)
    assert "eps" in conv.state_dict()
    assert "eps" not in dict(conv.named_parameters())


def test_fresh_weights_have_the_references_spread():
    torch.manual_seed(0)
    reference = Reference(MLP([300, 200, 200], norm=None))
    expected = ours_of(spread(reference))
    found = spread(GINConv(300, 200))
    assert {name: found[name] for name in expected} == pytest.approx(expected, rel=0.15)


def test_many_graphs_of_one_sentence_in_one_pass():
    conv = GINConv(IN_WIDTH, OUT_WIDTH)
    conv.load_state_dict(ours_of(reference_layer().state_dict()))
    check_many_graphs_of_one_sentence(conv.eval())

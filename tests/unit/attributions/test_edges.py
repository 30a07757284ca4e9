"""Edges left out, against torch-geometric's own convolution on the edge list without them."""

import numpy as np
import pytest
import torch
from torch_geometric.nn import GATConv

from glot.attributions.attribute import attribute_text
from glot.attributions.attributed_told import edges_told
from glot.attributions.edges import edge_importance
from glot.attributions.scored import Scored
from glot.heads.shelf import Shelf
from tests.unit.attributions.heads import trained

TEXT = "a b c d e f g"


def by_torch_geometric(head, hidden, pairs, target):
    """A GAT head of one layer on an edge list; self-loops are torch-geometric's own."""
    ours = head.pooler.convs[0]
    conv = GATConv(ours.in_width, ours.out_width, heads=1)
    conv.load_state_dict(
        {
            "att_src": ours.att_src[None, None],
            "att_dst": ours.att_dst[None, None],
            "bias": ours.bias,
            "lin.weight": ours.lin.weight,
        }
    )
    edges = torch.tensor(pairs, dtype=torch.long).reshape(-1, 2).T
    with torch.no_grad():
        after = conv(hidden, torch.cat([edges, edges.flip(0)], dim=1)).relu()
        vectors = torch.cat([hidden, after], dim=-1)
        weights = head.pooler.readout.score(vectors).squeeze(-1).softmax(0)
        return float(head(weights[None] @ vectors).softmax(-1)[0, target])


def test_an_edge_left_out_was_never_there(fake):
    trained_head = trained(fake, layers=1)
    scored = Scored(TEXT, fake, trained_head)
    found = edge_importance(scored)
    hidden = scored.states.hidden[0]
    cosines = torch.nn.functional.cosine_similarity(hidden[:, None], hidden[None], dim=-1)
    edges = [(i, j) for i in range(7) for j in range(i + 1, 7) if cosines[i, j] > 0.1]
    assert sorted(map(tuple, found.pairs.tolist())) == edges
    assert found.n_edges == len(edges)
    strengths = [float(cosines[i, j]) for i, j in found.pairs.tolist()]
    np.testing.assert_allclose(found.similarities, strengths, atol=1e-6)
    assert (np.diff(found.similarities) <= 0).all()
    target = ("no", "yes").index(scored.target)
    head = trained_head.head
    whole = by_torch_geometric(head, hidden, edges, target)
    assert scored.score == pytest.approx(whole, abs=1e-6)
    for pair, value in zip(found.pairs.tolist(), found.values, strict=True):
        rest = [edge for edge in edges if edge != tuple(pair)]
        expected = whole - by_torch_geometric(head, hidden, rest, target)
        assert value == pytest.approx(expected, abs=2e-6)
    assert found.together == pytest.approx(
        whole - by_torch_geometric(head, hidden, [], target), abs=2e-6
    )


def test_only_the_strongest_are_tried(fake):
    scored = Scored(TEXT, fake, trained(fake))
    every, few = edge_importance(scored), edge_importance(scored, most=2)
    assert few.n_edges == every.n_edges > 2
    np.testing.assert_array_equal(few.pairs, every.pairs[:2])
    np.testing.assert_allclose(few.values, every.values[:2], atol=1e-6)


def test_a_graph_without_edges(fake):
    found = attribute_text(TEXT, fake, Shelf({"glot": trained(fake, tau=1.0)}), "glot")
    assert (found.edges.n_edges, found.edges.together) == (0, pytest.approx(0, abs=1e-6))
    assert "no edges between different tokens" in edges_told(found)


def test_without_layers_no_edge_matters(fake):
    found = edge_importance(Scored(TEXT, fake, trained(fake, layers=0)))
    np.testing.assert_allclose(found.values, 0, atol=1e-6)


def test_heads_without_a_graph_have_none(fake):
    assert edge_importance(Scored(TEXT, fake, trained(fake, name="deepsets"))) is None

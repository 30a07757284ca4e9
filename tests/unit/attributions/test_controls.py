"""One head on its graph, on none, on random ones, on all."""

import subprocess
import sys

import numpy as np
import pytest

from glot.attributions.controls import MOST_DRAWS, GraphControls, graph_controls
from glot.attributions.explanation import Prediction
from glot.attributions.readout import explain_text
from glot.errors import GlotError
from glot.graph.similarity import token_similarity
from glot.heads.config import HeadConfig
from glot.heads.shelf import Shelf, load_heads
from glot.paths import ROOT
from tests.unit.attributions.heads import trained

TEXT = "a b c d e f g"


def shelf_for(backbone, task_layer=None, **settings):
    head = trained(backbone, task_layer, **settings)
    return Shelf({head.card.pooler.name: head}, command="glot train --task sst2")


def test_the_graphs_are_named_and_counted(fake):
    found = graph_controls(TEXT, fake, shelf_for(fake), 0.1, draws=2)
    edges = explain_text(TEXT, fake, "sst2", Shelf()).statistics(0.1).edges
    assert 0 < edges < 21
    assert [(graph.name, graph.edges) for graph in found.graphs] == [
        ("this graph", edges),
        ("no edges", 0),
        ("random edges, draw 1", edges),
        ("random edges, draw 2", edges),
        ("all edges", 21),
    ]
    assert (found.tokens, found.tau, found.pooler) == (tuple("abcdefg"), 0.1, "glot")


@pytest.mark.parametrize("settings", [{}, {"conv": "gcn"}, {"conv": "gin"}, {"layers": 0}])
def test_each_graph_gives_what_the_head_gives_on_it(fake, settings):
    """τ = 1 leaves no edge, −1 leaves all, and the experiments' `shuffled` is the first draw."""
    shelf = shelf_for(fake, **settings)
    found = graph_controls(TEXT, fake, shelf, 0.1, draws=1)
    states = fake.encode([TEXT])
    twin = shelf_for(fake, similarity="shuffled", **settings).heads["glot"].head
    head = shelf.heads["glot"].head
    twin.load_state_dict(head.state_dict())
    cases = ((head, 0.1), (head, 1.0), (twin, 0.1), (head, -1.0))
    for graph, (each, tau) in zip(found.graphs, cases, strict=True):
        pooled = each.embed(states.hidden, states.mask, tau)
        np.testing.assert_allclose(graph.weights, pooled.weights[0].detach(), atol=1e-6)
        expected = each(pooled.embedding).softmax(-1)[0].tolist()
        assert isinstance(graph.prediction, Prediction)
        probabilities = graph.prediction.probabilities
        assert list(probabilities.values()) == pytest.approx(expected, abs=1e-6)
        assert graph.prediction.label == ("no", "yes")[int(np.argmax(expected))]


def test_draws_differ_and_come_again(fake):
    shelf = shelf_for(fake)
    first, again = (graph_controls(TEXT, fake, shelf, 0.1) for _ in range(2))
    weights = [tuple(graph.weights.tolist()) for graph in first.random]
    assert weights == [tuple(graph.weights.tolist()) for graph in again.random]
    assert len(set(weights)) == 5


@pytest.mark.parametrize("tau", [-1.0, 1.0])
def test_at_the_ends_random_graphs_are_the_graph(fake, tau):
    found = graph_controls(TEXT, fake, shelf_for(fake), tau)
    same = found.complete if tau < 0 else found.without
    for graph in (found.this, *found.random):
        assert graph.edges == same.edges
        np.testing.assert_allclose(graph.weights, same.weights, atol=1e-6)


def test_the_graph_is_the_layers_and_the_kinds(fake):
    found = graph_controls(TEXT, fake, shelf_for(fake, layer=2), 0.1, similarity="centred")
    states = fake.encode([TEXT], layer=2)
    table = token_similarity(states.hidden, states.mask, "centred")[0]
    assert found.this.edges == int((table > 0.1).triu(1).sum())
    with pytest.raises(GlotError, match="shuffled"):
        graph_controls(TEXT, fake, shelf_for(fake), 0.1, similarity="shuffled")


def test_heads_of_numbers_and_of_pairs(fake):
    number = graph_controls(TEXT, fake, shelf_for(fake, HeadConfig("regression")), 0.1)
    assert all(isinstance(graph.prediction, float) for graph in number.graphs)
    pairs = graph_controls(TEXT, fake, shelf_for(fake, HeadConfig("similarity", pairs=True)), 0.1)
    assert all(graph.prediction is None for graph in pairs.graphs)


def test_one_token_is_the_same_on_every_graph(fake):
    found = graph_controls("a", fake, shelf_for(fake), 0.5)
    assert [graph.edges for graph in found.graphs] == [0] * 8
    assert all(graph.weights.tolist() == [1.0] for graph in found.graphs)


def test_it_agrees_with_the_explanation_of_a_real_text(minilm):
    shelf = load_heads(minilm, "sst2")
    text = "The plot is thin, but the film is not bad at all. " * 12
    for special in (True, False):
        seen = explain_text(text, minilm, "sst2", shelf, taus=[0.6, 1.0], special_tokens=special)
        found = graph_controls(text, minilm, shelf, 0.6, special_tokens=special)
        assert found.tokens == seen.tokens
        assert found.this.edges == seen.statistics(0.6).edges
        for graph, tau in ((found.this, 0.6), (found.without, 1.0)):
            row = seen.row(tau)
            np.testing.assert_allclose(graph.weights, seen.weights["glot"][row], atol=1e-5)
            expected = seen.prediction("glot", tau).probabilities
            assert graph.prediction.probabilities == pytest.approx(expected, abs=1e-4)


def test_a_text_is_cut(fake):
    assert graph_controls(TEXT, fake, shelf_for(fake), 0.1, max_tokens=3).tokens == ("a", "b", "c")


def test_without_a_head_with_a_graph_it_is_told(fake):
    with pytest.raises(GlotError, match=r"no trained glot head.*glot train --task sst2 --pooler"):
        graph_controls(TEXT, fake, Shelf(command="glot train --task sst2"), 0.5)
    with pytest.raises(GlotError, match="It is broken"):
        graph_controls(TEXT, fake, Shelf(broken={"glot": "It is broken."}), 0.5)
    with pytest.raises(GlotError, match="'adapool' has no graph"):
        graph_controls(TEXT, fake, shelf_for(fake, name="adapool"), 0.5, pooler="adapool")


@pytest.mark.parametrize("settings", [{"draws": 0}, {"draws": MOST_DRAWS + 1}, {"tau": 1.5}])
def test_settings_that_are_none_are_refused(fake, settings):
    with pytest.raises(GlotError, match="Accepted"):
        graph_controls(TEXT, fake, shelf_for(fake), **({"tau": 0.5} | settings))


def test_weights_that_overflow_are_told(fake):
    shelf = shelf_for(fake)
    shelf.heads["glot"].head.pooler.convs[0].lin.weight.data.fill_(float("inf"))
    with pytest.raises(GlotError, match="NaN or infinite"):
        graph_controls(TEXT, fake, shelf, 0.1)


def test_parts_that_disagree_are_refused(fake):
    values = vars(graph_controls(TEXT, fake, shelf_for(fake), 0.1))
    with pytest.raises(GlotError, match="No random graph"):
        GraphControls(**{**values, "random": ()})
    with pytest.raises(GlotError, match=r"'this graph' have shape \(7,\)"):
        GraphControls(**{**values, "tokens": ("a",)})


def test_it_is_told_and_drawn_without_torch():
    code = """
import sys
import glot.attributions.controls
import glot.plots.graph_controls
assert "torch" not in sys.modules
"""
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr

import numpy as np
import pytest

from glot.attributions.controls import ControlGraph, GraphControls
from glot.plots.graph_controls import graph_controls_figure
from glot.plots.palette import COLOURS


def controls(tokens, draws=3, edges=2):
    random = np.random.default_rng(0)

    def graph(name, number):
        weights = random.dirichlet(np.ones(len(tokens))).astype(np.float32)
        return ControlGraph(name, number, weights, None)

    return GraphControls(
        text=" ".join(tokens),
        tokens=tuple(tokens),
        pooler="glot",
        tau=0.6,
        similarity="cosine",
        this=graph("this graph", edges),
        without=graph("no edges", 0),
        random=tuple(graph(f"random edges, draw {i + 1}", edges) for i in range(draws)),
        complete=graph("all edges", len(tokens) * (len(tokens) - 1) // 2),
    )


def test_one_row_for_each_kind_of_graph():
    given = controls(["a", "b", "c"])
    figure = graph_controls_figure(given)
    draws = np.stack([graph.weights for graph in given.random])
    rows = [given.this.weights, given.without.weights, draws.mean(axis=0), given.complete.weights]
    for trace, expected in zip(figure.data, rows, strict=True):
        np.testing.assert_allclose(trace.y, expected, atol=1e-7)
        assert trace.marker.color == COLOURS["glot"]
        assert list(trace.hovertext) == ["a", "b", "c"]
    assert [note.text for note in figure.layout.annotations] == [
        "This graph (2 edges)",
        "No edges",
        "Random edges, mean of 3 draws (2 edges)",
        "All edges (3 edges)",
    ]
    assert figure.layout.yaxis.range == figure.layout.yaxis4.range


def test_error_bars_go_from_the_least_to_the_greatest():
    given = controls(["a", "b", "c"], draws=4)
    figure = graph_controls_figure(given)
    draws = np.stack([graph.weights for graph in given.random])
    bars = figure.data[2]
    np.testing.assert_allclose(bars.y + bars.error_y.array, draws.max(axis=0), atol=1e-6)
    np.testing.assert_allclose(bars.y - bars.error_y.arrayminus, draws.min(axis=0), atol=1e-6)
    assert np.min([bars.error_y.array, bars.error_y.arrayminus]) >= 0
    assert all(figure.data[row].error_y.array is None for row in (0, 1, 3))
    # The bars and what sticks out of them stay inside.
    assert figure.layout.yaxis.range[1] >= draws.max()


def test_one_draw_is_no_mean():
    figure = graph_controls_figure(controls(["a", "b"], draws=1, edges=1))
    assert figure.layout.annotations[2].text == "Random edges (1 edge)"
    assert figure.data[2].error_y.array is None


@pytest.mark.parametrize("tokens", [1, 158])
def test_any_number_of_tokens(tokens):
    figure = graph_controls_figure(controls([f"t{i}" for i in range(tokens)]))
    assert all(len(trace.y) == tokens for trace in figure.data)
    assert len(figure.layout.xaxis.tickvals) <= 60


def test_markup_in_tokens_is_shown_as_text():
    figure = graph_controls_figure(controls(["<b>", "a"]))
    assert figure.layout.xaxis.ticktext[0] == figure.data[0].hovertext[0] == "&lt;b&gt;"

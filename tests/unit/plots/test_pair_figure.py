from dataclasses import replace

import numpy as np
import pytest

from glot.attributions.pair_examples import pair_examples, stored_pair
from glot.plots.pair import (
    MAX_EDGES,
    MAX_LINKS,
    drawn_edges,
    drawn_links,
    pair_graph_figure,
    shortened,
)
from glot.plots.pair_lines import POINTS, arcs, links
from glot.plots.pair_numbers import (
    cross_similarity_figure,
    pair_predictions_figure,
    pair_weights_figures,
    prediction_axis,
)
from glot.plots.palette import colour

POOLERS = ["mean", "adapool", "deepsets", "glot"]


@pytest.fixture(scope="module")
def pair():
    example = pair_examples()[1]
    return stored_pair(example.first, example.second, "minilm", "qqp")


def curves(figure, name):
    """(N, POINTS, 2) of all traces of this name."""
    parts = [
        np.stack([trace.x, trace.y], axis=1).reshape(-1, POINTS + 1, 2)[:, :POINTS]
        for trace in figure.data
        if trace.name == name
    ]
    return np.concatenate(parts) if parts else np.empty((0, POINTS, 2))


@pytest.mark.parametrize("tau", [0.0, 0.6, 1.0])
def test_arcs_are_the_edges_of_each_graph(pair, tau):
    figure = pair_graph_figure(pair, tau, 0.7, "glot")
    for number, text in enumerate(pair.texts):
        ends = curves(figure, f"graph {number + 1}")[:, [0, -1], 1].round(4)
        assert ends.tolist() == text.edges(tau).tolist()


def test_links_join_the_words_that_are_alike(pair):
    for above in (0.5, 0.7, 1.0):
        drawn = curves(pair_graph_figure(pair, 0.6, above, "glot"), "links")
        assert drawn[:, [0, -1], 1].round(4).tolist() == pair.links(above).tolist()
    assert (drawn.size, len(pair.links(1.0))) == (0, 0)


def test_bars_are_the_weights_on_one_scale(pair):
    figure = pair_graph_figure(pair, 0.6, 0.7, "adapool")
    bars = [trace for trace in figure.data if trace.type == "bar" and trace.hoverinfo == "skip"]
    lengths = np.concatenate([np.abs(bar.x) for bar in bars])
    row = pair.first.row(0.6)
    weights = np.concatenate([text.weights["adapool"][row] for text in pair.texts])
    np.testing.assert_allclose(lengths / lengths.max(), weights / weights.max(), atol=1e-5)
    assert {bar.marker.color for bar in bars} == {colour("adapool")}
    # Those of the left text grow to the right, those of the right one to the left.
    assert (bars[0].x >= 0).all()
    assert (bars[1].x <= 0).all()


def test_every_word_stands_in_its_row_and_tells_its_numbers(pair):
    figure = pair_graph_figure(pair, 0.6, 0.7, "glot")
    words = [trace for trace in figure.data if trace.name == "words"]
    assert [list(trace.text) for trace in words] == [list(text.tokens) for text in pair.texts]
    frame = next(trace for trace in figure.data if trace.hovertext is not None)
    nearest = pair.second.tokens[pair.cross[2].argmax()]
    assert f"nearest in the other text: {nearest}" in frame.hovertext[2]
    assert f"π GLOT: {pair.first.weights['glot'][60, 2]:.4f}" in frame.hovertext[2]


def test_curves_begin_and_end_level_at_their_words():
    line = links(np.array([[0, 3]]), (0.3, 0.7))[0]
    assert line[0].tolist() == [0.3, 0.0]
    assert line[-1] == pytest.approx([0.7, 3.0])
    assert abs(line[1, 1] - line[0, 1]) < 3 / (POINTS - 1) / 2
    arc = arcs(np.array([[1, 4], [1, 2]]), 0.2, 0.0, 8)
    assert arc[:, [0, -1], 0].ravel() == pytest.approx(0.2)
    # The farther apart, the deeper, and never out of the figure.
    assert 0 < arc[0, :, 0].min() < arc[1, :, 0].min() < 0.2


def test_only_the_strongest_of_many_lines_are_drawn(pair):
    tokens = 40
    text = replace(
        pair.first,
        tokens=("x",) * tokens,
        offsets=((0, 1),) * tokens,
        upper=np.linspace(1, 0, tokens * (tokens - 1) // 2, dtype=np.float32),
        positions=np.zeros((tokens, 2), dtype=np.float32),
        principal=np.zeros((tokens, 2), dtype=np.float32),
        weights={"glot": np.full((101, tokens), 1 / tokens, dtype=np.float32)},
        probabilities={},
        special=(),
    )
    cross = np.linspace(1, 0.5, tokens**2, dtype=np.float32).reshape(tokens, tokens)
    long = replace(pair, first=text, second=text, cross=cross)
    figure = pair_graph_figure(long, 0.0, 0.4, "glot")
    drawn = curves(figure, "links")[:, [0, -1], 1].round(4).tolist()
    assert drawn == long.links(0.4)[:MAX_LINKS].tolist()
    assert len(curves(figure, "graph 1")) == len(text.edges(0.0)) < MAX_EDGES
    assert (drawn_links(MAX_LINKS + 1), drawn_links(5)) == (MAX_LINKS, 5)
    assert (drawn_edges(MAX_EDGES + 1), drawn_edges(5)) == (MAX_EDGES, 5)


def test_words_are_never_markup():
    assert shortened("<b>x</b>") == "&lt;b&gt;x&lt;/b&gt;"
    assert shortened("a" * 40) == f"{'a' * 11}…"


def test_the_heat_map_shows_each_similarity_under_its_words(pair):
    figure = cross_similarity_figure(pair)
    np.testing.assert_array_equal(figure.data[0].z, pair.cross)
    assert list(figure.layout.yaxis.ticktext) == list(pair.first.tokens)
    assert list(figure.layout.xaxis.ticktext) == list(pair.second.tokens)
    assert figure.layout.yaxis.autorange == "reversed"
    assert figure.data[0].customdata[2][1] == f"{pair.first.tokens[2]} and {pair.second.tokens[1]}"


def test_token_weights_of_both_texts_stand_on_one_scale(pair):
    figures = pair_weights_figures(pair, 0.6, POOLERS)
    ranges = {axis.range for figure in figures for axis in figure.select_yaxes()}
    assert len(ranges) == 1
    for figure, text in zip(figures, pair.texts, strict=True):
        for bar, name in zip(figure.data, POOLERS, strict=True):
            np.testing.assert_array_equal(bar.y, text.weights[name][60])


def test_predictions_are_drawn_at_every_tau(pair):
    figure = pair_predictions_figure(pair, 0.42, [*POOLERS, "max"])
    assert [line.name for line in figure.data] == ["Mean", "AdaPool", "DeepSets", "GLOT"]
    np.testing.assert_array_equal(figure.data[3].y, pair.probabilities["glot"][:, 1])
    assert [shape.x0 for shape in figure.layout.shapes] == [0.42, 0.6]
    assert prediction_axis(pair, POOLERS) == "P(duplicate)"


def test_predicted_numbers_are_drawn_on_the_tasks_scale(pair):
    values = {"glot": np.linspace(-0.5, 4, 101, dtype=np.float32)}
    numbers = replace(pair, probabilities={}, labels=(), values=values, scale=(0.0, 5.0))
    figure = pair_predictions_figure(numbers, 0.6, ["glot"])
    np.testing.assert_array_equal(figure.data[0].y, values["glot"])
    low, high = figure.layout.yaxis.range
    assert low < -0.5
    assert high > 5
    assert prediction_axis(numbers, ["glot"]) == "predicted number"


def test_of_three_classes_the_likeliest_is_drawn(pair):
    shares = np.tile(np.float32([0.2, 0.7, 0.1]), (101, 1))
    three = replace(pair, labels=("no", "perhaps", "yes"), probabilities={"glot": shares})
    assert prediction_axis(three, ["glot"]) == "P(perhaps)"
    assert pair_predictions_figure(three, 0.6, ["glot"]).data[0].y[0] == np.float32(0.7)


def test_figures_leave_the_pages_colours_alone(pair):
    for figure in (
        pair_graph_figure(pair, 0.6, 0.7, "glot"),
        cross_similarity_figure(pair),
        pair_predictions_figure(pair, 0.6, POOLERS),
    ):
        assert figure.layout.paper_bgcolor is None
        assert figure.layout.font.color is None

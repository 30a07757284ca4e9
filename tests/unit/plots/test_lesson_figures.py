"""The lesson's figures draw what they are given."""

import numpy as np
import pytest

from glot.attributions.lesson import stored_example, stored_lesson
from glot.plots.lesson import (
    ROW,
    dilution_figure,
    influence_figure,
    similarity_figure,
    states_figure,
)
from glot.plots.lesson_results import Result, differences_figure, scores_figure
from glot.plots.palette import colour


@pytest.fixture(scope="module")
def lesson():
    return stored_lesson()


@pytest.fixture(scope="module")
def example():
    return stored_example()


def themed(figure):
    """No colour of text or background is fixed."""
    layout = figure.to_plotly_json()["layout"]
    return not {"paper_bgcolor", "plot_bgcolor"} & set(layout) and "color" not in layout.get(
        "font", {}
    )


def test_every_number_of_a_state_is_a_cell(lesson):
    states = lesson.words[:, 0, -1]
    figure = states_figure(states, ["<one>", "two"])
    assert themed(figure)
    for trace, state in zip(figure.data, states, strict=True):
        cells = np.asarray(trace.z)
        assert cells.shape == (len(state) // ROW, ROW)
        np.testing.assert_array_equal(cells.ravel(), state)
    assert figure.data[0].zmax == figure.data[1].zmax == -figure.data[0].zmin
    assert [each.text for each in figure.layout.annotations] == ["&lt;one&gt;", "two"]


def test_a_state_that_fills_no_whole_row_leaves_cells_empty():
    figure = states_figure(np.arange(1, 41, dtype=np.float32)[None], ["short"])
    cells = np.asarray(figure.data[0].z).ravel()
    np.testing.assert_array_equal(cells[:40], np.arange(1, 41))
    assert np.isnan(cells[40:]).all()
    assert len(cells) == 2 * ROW


def test_dilution_marks_what_is_chosen(lesson):
    numbers = [pair.distractors for pair in lesson.pairs]
    shares = [100 * pair.share for pair in lesson.pairs]
    figure = dilution_figure(numbers, shares, [100, 70, 40, 20, 10], 2)
    assert themed(figure)
    first, second = figure.data
    assert list(first.x) == list(second.x) == [0, 5, 20, 45, 95]
    assert list(first.y) == shares
    for trace in figure.data:
        sizes = list(trace.marker.size)
        assert sizes.index(max(sizes)) == 2
        assert sizes.count(max(sizes)) == 1


def test_similarities_above_the_line_stand_out(example):
    similarities = np.array([0.59, 0.6, 0.61, -0.2], dtype=np.float32)
    figure = similarity_figure(["a", "b", "<c>", "d"], similarities, 0.6)
    assert themed(figure)
    (bars,) = figure.data
    np.testing.assert_array_equal(bars.y, similarities)
    # Strictly above, as edges are, and in float32.
    assert [hue == colour("glot") for hue in bars.marker.color] == [False, False, True, False]
    assert figure.layout.shapes[0].y0 == 0.6
    assert figure.layout.xaxis.ticktext == ("a", "b", "&lt;c&gt;", "d")
    assert figure.layout.yaxis.range[0] == pytest.approx(-0.2)


def test_circles_are_as_large_as_the_shares(lesson, example):
    edges = example.edges(0.6)
    of = example.tokens.index("bad")
    shares = lesson.influence[2, of]
    figure = influence_figure(example.tokens, example.positions, edges, shares, of)
    assert themed(figure)
    lines, nodes = figure.data
    drawn = np.asarray(lines.x, dtype=float).reshape(-1, 3)
    np.testing.assert_array_equal(drawn[:, :2], example.positions[edges][:, :, 0])
    assert np.isnan(drawn[:, 2]).all()
    sizes = np.asarray(nodes.marker.size)
    assert (np.argsort(sizes, kind="stable") == np.argsort(shares, kind="stable")).all()
    filled = [symbol == "circle" for symbol in nodes.marker.symbol]
    assert filled == (shares > 0).tolist()
    assert nodes.text[of] == "<b>bad</b>"
    # Room for the names: no token stands at the edge.
    low, high = figure.layout.yaxis.range
    assert low < example.positions.min()
    assert high > example.positions.max()


def test_scores_show_every_seed():
    rows = [Result("Mean", "mean", 54.0, (53.0, 55.0)), Result("GLOT", "glot", 80.0, (80.0,))]
    figure = scores_figure(rows, 50.0)
    assert themed(figure)
    bars, dots = figure.data
    assert list(bars.x) == [54.0, 80.0]
    assert list(zip(dots.x, dots.y, strict=True)) == [
        (53.0, "Mean"),
        (55.0, "Mean"),
        (80.0, "GLOT"),
    ]
    assert figure.layout.shapes[0].x0 == 50.0
    assert list(bars.marker.color) == [colour("mean"), colour("glot")]


def test_differences_reach_over_their_intervals():
    rows = [
        Result("a", "deepsets", 2.0, low=-1.0, high=6.0),
        Result("b", "glot", -3.0),
    ]
    figure = differences_figure(rows)
    assert themed(figure)
    (dots,) = figure.data
    assert list(dots.x) == [2.0, -3.0]
    # From the dot to each end of its interval; none without one.
    assert list(dots.error_x.array) == [4.0, 0.0]
    assert list(dots.error_x.arrayminus) == [3.0, 0.0]
    low, high = figure.layout.xaxis.range
    assert low == -high
    assert high > 6.0
    assert figure.layout.shapes[0].x0 == 0

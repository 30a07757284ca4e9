"""The stress test's figures draw the numbers that they are given."""

import pandas as pd
import pytest

from glot.experiments.stress_points import paper_curves, point_frame, stress_points
from glot.plots.palette import colour
from glot.plots.stress import stress_figure
from glot.plots.stress_own import phrase_figure, run_figure
from tests.unit.experiments.rows import row

NONE = paper_curves("none")


def frame(*ratios, methods=("mean", "glot", "glot, random edges")):
    rows = [
        row(method, 60.0 + 10 * number + seed % 42, seed, task=f"stress-strict-{ratio:g}")
        for number, method in enumerate(methods)
        for ratio in ratios
        for seed in (42, 43, 44)
    ]
    return point_frame(stress_points(rows, "strict", "minilm", "searched"))


def lines(figure):
    return {trace.name: trace for trace in figure.data if trace.customdata is not None}


def test_a_line_and_a_band_for_each_method():
    figure = stress_figure(frame(0.0, 0.5, 0.9), NONE)
    assert [trace.fill for trace in figure.data] == ["toself", None] * 3
    band, line = figure.data[:2]
    assert (line.name, list(line.y), line.line.color) == ("Mean", [61.0] * 3, colour("mean"))
    assert list(band.y) == [62.0] * 3 + [60.0] * 3
    assert list(figure.layout.xaxis.ticktext) == ["0%", "50%", "90%"]
    assert list(line.x) == list(figure.layout.xaxis.tickvals)
    assert [entry[0] for entry in line.customdata] == ["mean@0", "mean@0.5", "mean@0.9"]


def test_the_spread_that_was_asked_for_is_drawn():
    points = frame(0.5, 0.9).assign(low=10.0, high=90.0)
    assert set(stress_figure(points, NONE, "range").data[0].y) == {10.0, 90.0}
    # Values 60, 61, 62 deviate by 1 from 61.
    found = stress_figure(points, NONE, "deviation").data[0].y
    assert sorted(set(found)) == pytest.approx([60.0, 62.0])


def test_one_ratio_is_points_side_by_side_with_error_bars():
    figure = stress_figure(frame(0.9), NONE)
    assert [trace.fill for trace in figure.data] == [None] * 3
    places = [trace.x[0] for trace in figure.data]
    assert places == sorted(set(places))
    left, right = figure.layout.xaxis.range
    assert left < places[0]
    assert places[-1] < right
    for trace in figure.data:
        assert trace.error_y.array[0] == trace.error_y.arrayminus[0] == pytest.approx(1.0)
    assert figure.data[1].text[0].strip() == "71.0"


def test_lines_and_single_points_share_a_picture():
    points = pd.concat([frame(0.5, 0.9, methods=("mean",)), frame(0.9, methods=("glot",))])
    figure = stress_figure(points, NONE)
    drawn = lines(figure)
    assert len(drawn["Mean"].x) == 2
    assert len(drawn["GLOT"].x) == 1
    assert drawn["GLOT"].x[0] == pytest.approx(figure.layout.xaxis.tickvals[1])


def test_ablations_have_glots_colour_and_marks_of_their_own():
    drawn = lines(stress_figure(frame(0.9), NONE))
    ours, ablation = drawn["GLOT"], drawn["GLOT, random edges"]
    assert ours.marker.color == ablation.marker.color == colour("glot")
    assert ours.marker.symbol != ablation.marker.symbol


def test_the_papers_curves_are_dimmed_and_named_once():
    figure = stress_figure(frame(0.9), paper_curves("BERT"), paper_name="Paper, BERT")
    paper = [trace for trace in figure.data if trace.legendgroup == "paper"]
    assert len(paper) == 5
    assert [trace.showlegend for trace in paper] == [True] + [False] * 4
    assert all(trace.opacity < 0.6 and trace.line.dash == "dot" for trace in paper)
    glot = next(trace for trace in paper if trace.line.color == colour("glot"))
    assert list(glot.y) == [97.2, 97.0, 97.8, 98.8]
    assert list(figure.layout.xaxis.ticktext) == ["20%", "50%", "80%", "90%"]
    # Without points of ours it is a picture too.
    assert len(stress_figure(point_frame(()), paper_curves("BERT")).data) == 5


def test_everything_lies_inside_the_picture():
    points = frame(0.9).assign(low=20.0)
    assert stress_figure(points, NONE).layout.yaxis.range[0] < 20


def test_shares_of_a_phrase():
    shares = pd.DataFrame(
        {
            "pooler": ["mean", "mean", "glot", "glot"],
            "ratio": [0.0, 0.9] * 2,
            "value": [50.0, 40.0, 100.0, 90.0],
            "draws": 20,
        }
    )
    mean, glot = phrase_figure(shares).data
    assert (mean.name, glot.name) == ("Mean", "GLOT")
    assert list(glot.y) == [100.0, 90.0]
    assert glot.line.color == colour("glot")


def test_a_runs_curves():
    figure = run_figure([(0.5, 0.7), (1.0, 0.6)], [(1.0, 55.0)], "glot")
    loss, score = figure.data
    assert (list(loss.x), list(loss.y)) == ([0.5, 1.0], [0.7, 0.6])
    assert (list(score.x), list(score.y)) == ([1.0], [55.0])
    assert score.line.color == colour("glot")

"""The forest plot of paired differences."""

import numpy as np
import pandas as pd
import pytest

from glot.plots.forest import forest_figure
from glot.plots.palette import COLOURS

NONE = float("nan")


def difference(task="cola", b="deepsets", value=1.0, low=-1.0, high=3.0, **other):
    return {
        "backbone": "minilm",
        "regime": "searched",
        "task": task,
        "split": "dev",
        "a": "glot",
        "b": b,
        "difference": value,
        "low": low,
        "high": high,
        "metric": "accuracy",
        "over": "seeds and examples",
        "n_seeds": 3,
        "n_examples": 1043,
        "seed_metric": "matthews",
        "seed_min": -2.0,
        "seed_max": 4.0,
        **other,
    }


def forest(*lines):
    return forest_figure(pd.DataFrame(lines))


def test_an_interval_reaches_from_low_to_high():
    (trace,) = forest(difference(value=1.5, low=-0.5, high=2.25)).data
    assert list(trace.x) == [1.5]
    assert trace.x[0] + trace.error_x.array[0] == 2.25
    assert trace.x[0] - trace.error_x.arrayminus[0] == -0.5
    assert "1.50 points of accuracy" in trace.hovertext[0]
    assert "-0.50 to +2.25" in trace.hovertext[0]


@pytest.mark.parametrize(
    ("low", "high", "filled"),
    [(0.1, 2, True), (-2, -0.1, True), (-0.1, 2, False), (0.0, 2, False), (NONE, NONE, False)],
)
def test_a_mark_is_filled_where_the_interval_excludes_zero(low, high, filled):
    (trace,) = forest(difference(low=low, high=high)).data
    assert trace.marker.symbol[0] == ("circle" if filled else "circle-open")


def test_without_an_interval_none_is_drawn():
    (trace,) = forest(difference(low=NONE, high=NONE)).data
    assert trace.error_x.array[0] == trace.error_x.arrayminus[0] == 0
    assert "no interval" in trace.hovertext[0]


def test_each_place_is_a_row_with_its_own_intervals():
    kinds = ("deepsets", "glot, random edges", "glot, all edges")
    figure = forest(*(difference(b=b) for b in kinds), difference("rte"), difference("sst2"))
    names = list(figure.layout.yaxis.ticktext)
    assert [name.split(",")[0] for name in names] == ["CoLA", "RTE", "SST-2"]
    assert [trace.name for trace in figure.data] == [
        "minus DeepSets",
        "minus GLOT, random edges",
        "minus GLOT, all edges",
    ]
    assert figure.data[0].marker.color == COLOURS["deepsets"]
    assert figure.data[1].marker.color == COLOURS["glot"]
    # No two intervals lie on one another, and every one lies in its row.
    heights = [y for trace in figure.data for y in trace.y]
    assert len(set(heights)) == len(heights) == 5
    middles = list(figure.layout.yaxis.tickvals)
    assert heights[0] > heights[1] > heights[2]
    # The three of the first row lie around its name.
    assert np.mean([trace.y[0] for trace in figure.data]) == pytest.approx(middles[0])
    assert list(figure.data[0].y[1:]) == middles[1:]
    low, high = figure.layout.yaxis.range
    assert all(low < y < high for y in heights)


def test_rows_of_one_task_are_told_apart():
    figure = forest(
        difference(),
        difference(backbone="smollm2"),
        difference(regime="fixed"),
        difference(a="glot, gcn"),
        difference("mnli", split="dev_matched"),
        difference("mnli", split="dev_mismatched"),
    )
    assert list(figure.layout.yaxis.ticktext) == [
        "CoLA, 3 seeds<br>minilm, searched",
        "CoLA, 3 seeds<br>smollm2, searched",
        "CoLA, 3 seeds<br>minilm, fixed",
        "CoLA, GLOT, gcn, 3 seeds<br>minilm, searched",
        "MNLI, matched, 3 seeds<br>minilm, searched",
        "MNLI, mismatched, 3 seeds<br>minilm, searched",
    ]


def test_a_place_tells_its_seeds():
    both = forest(difference(n_seeds=10), difference(b="glot, all edges", n_seeds=3))
    assert both.layout.yaxis.ticktext[0] == "CoLA, 3–10 seeds<br>minilm, searched"
    assert (
        forest(difference(n_seeds=1)).layout.yaxis.ticktext[0] == "CoLA, 1 seed<br>minilm, searched"
    )

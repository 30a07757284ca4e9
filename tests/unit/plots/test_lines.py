import numpy as np
import pytest

from glot.plots.lines import STRENGTHS, Pen, line_traces

PEN = Pen(width=(1.0, 2.0), ink=(0.2, 0.6), sparse=100)


def opacity(trace):
    return float(trace.line.color.removesuffix(")").rpartition(",")[2])


@pytest.mark.parametrize("points", [2, 5])
@pytest.mark.parametrize("n", [0, 1, 3, 4, 10])
def test_each_curve_is_drawn_once_in_order_with_a_gap_after_it(n, points):
    curves = np.random.default_rng(n).normal(size=(n, points, 2)).astype(np.float32)
    traces = line_traces(curves, PEN, "some")
    assert len(traces) == min(n, STRENGTHS)
    assert all((trace.mode, trace.name) == ("lines", "some") for trace in traces)
    if not n:
        return
    drawn = np.concatenate([np.stack([trace.x, trace.y], axis=1) for trace in traces])
    drawn = drawn.reshape(n, points + 1, 2)
    np.testing.assert_array_equal(drawn[:, :points], curves)
    assert np.isnan(drawn[:, points]).all()


def test_the_strongest_are_the_widest_and_darkest():
    traces = line_traces(np.zeros((8, 2, 2)), PEN)
    assert [trace.line.width for trace in traces] == [3.0, 2.5, 2.0, 1.5]
    assert [opacity(trace) for trace in traces] == pytest.approx([0.8, 0.65, 0.5, 0.35])
    assert traces[0].name is None


def test_many_lines_are_drawn_in_less_ink():
    few, many = (line_traces(np.zeros((n, 2, 2)), PEN) for n in (100, 400))
    assert [opacity(t) for t in few] == pytest.approx([2 * opacity(t) for t in many], abs=2e-3)

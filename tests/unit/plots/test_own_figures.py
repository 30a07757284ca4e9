"""Figures of a user's own labels and of what a head makes of them."""

import numpy as np

from glot.plots.own import confusion_figure, counts_figure, numbers_figure


def test_bars_are_the_counts_largest_on_top():
    figure = counts_figure([("praise", 1200), ("<b>odd</b>", 3)])
    (bars,) = figure.data
    assert list(bars.x) == [1200, 3]
    assert list(bars.text) == ["1,200", "3"]
    assert figure.layout.yaxis.autorange == "reversed"
    # Names are shown as they are: plotly reads some HTML.
    assert list(figure.layout.yaxis.ticktext) == ["praise", "&lt;b&gt;odd&lt;/b&gt;"]


def test_many_classes_are_cut_and_long_names_shortened():
    figure = counts_figure([(f"class {i} " + "x" * 80, 10) for i in range(60)])
    assert len(figure.data[0].x) == 40
    assert max(map(len, figure.layout.yaxis.ticktext)) == 24


def test_a_confusion_matrix_counts_and_colours_by_label():
    counts = np.array([[8, 2], [5, 0]])
    figure = confusion_figure(("a", "b"), counts)
    (heat,) = figure.data
    np.testing.assert_allclose(np.array(heat.z), [[0.8, 0.2], [1.0, 0.0]])
    told = {(note.y, note.x): note.text for note in figure.layout.annotations}
    assert told == {(0, 0): "8", (0, 1): "2", (1, 0): "5", (1, 1): "0"}
    assert figure.layout.yaxis.title.text == "Label"
    assert figure.layout.xaxis.title.text == "Predicted"


def test_a_class_without_rows_and_very_many_classes():
    heat = confusion_figure(("a", "b"), np.array([[0, 0], [1, 1]])).data[0]
    assert np.isfinite(np.array(heat.z)).all()
    many = confusion_figure([f"c{i}" for i in range(60)], np.eye(60, dtype=int))
    assert np.array(many.data[0].z).shape == (40, 40)
    assert len(many.layout.annotations) == 0


def test_numbers_lie_on_the_line_where_they_are_equal():
    figure = numbers_figure(np.array([1.0, 3.0]), np.array([2.0, 0.5]), "glot")
    line, points = figure.data
    assert list(line.x) == list(line.y) == [0.5, 3.0]
    assert list(points.x) == [1.0, 3.0]
    assert list(points.y) == [2.0, 0.5]

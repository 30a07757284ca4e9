"""Maps as figures: every row is one point, and no point is more than the browser needs."""

import json

import numpy as np
import plotly.io
import pytest

from glot.errors import GlotError
from glot.plots.embedding import (
    HUES,
    MOST_SVG,
    MOST_TEXTS,
    RIGHT,
    SCALE,
    SHOWN,
    STAR,
    UNKNOWN,
    WRONG,
    Placed,
    Tint,
    embedding_figure,
    error_tint,
    wrapped,
)
from tests.unit.plots.test_plots import luminance


def places(n, dimensions=2):
    return np.random.default_rng(0).normal(size=(n, dimensions)).astype(np.float32)


def classes(n, names=("a", "b", "c")):
    return Tint("Label", np.arange(n, dtype=float) % len(names), names)


def drawn(figure):
    """Row → its coordinates, over all traces but the star."""
    found = {}
    for trace in figure.data:
        axes = [trace.x, trace.y] + ([trace.z] if trace.type == "scatter3d" else [])
        for row, *place in zip(trace.customdata, *axes, strict=True):
            if row != UNKNOWN:
                assert row not in found
                found[int(row)] = place
    return found


@pytest.mark.parametrize("dimensions", [2, 3])
@pytest.mark.parametrize("chosen", [(), (1, 4)])
def test_every_row_is_one_point_at_its_place(dimensions, chosen):
    coordinates = places(10, dimensions)
    found = drawn(embedding_figure(coordinates, classes(10), chosen=chosen))
    assert sorted(found) == list(range(10))
    for row, place in found.items():
        np.testing.assert_array_equal(np.float32(place), coordinates[row])


def test_the_same_rows_stand_out_in_the_plane_and_in_space():
    flat = embedding_figure(places(9), classes(9), chosen=(0, 3, 5))
    out = {
        int(trace.customdata[i])
        for trace in flat.data
        for i in (trace.selectedpoints if trace.selectedpoints is not None else ())
    }
    assert out == {0, 3, 5}
    # Classes without a chosen row fade as a whole.
    assert all(trace.selectedpoints is not None for trace in flat.data)
    space = embedding_figure(places(9, 3), classes(9), chosen=(0, 3, 5))
    strong = [trace for trace in space.data if trace.marker.opacity > 0.5]
    assert {int(row) for trace in strong for row in trace.customdata} == {0, 3, 5}


def test_each_class_is_named_once():
    for dimensions in (2, 3):
        figure = embedding_figure(places(9, dimensions), classes(9), chosen=(0,))
        named = [trace.name for trace in figure.data if trace.showlegend]
        assert sorted(named) == ["a", "b", "c"]


def test_numbers_are_tinted_on_one_scale():
    values = np.array([3.0, 1.0, 2.0, 9.0])
    (trace,) = embedding_figure(places(4), Tint("Tokens", values)).data
    assert list(trace.marker.color) == values.tolist()
    assert (trace.marker.cmin, trace.marker.cmax) == (1.0, 9.0)
    assert trace.marker.colorbar.title.text == "Tokens"
    (equal,) = embedding_figure(places(2), Tint("Tokens", np.ones(2))).data
    assert equal.marker.cmax > equal.marker.cmin


def test_right_and_wrong_have_hues_of_their_own():
    tint = error_tint(np.array([True, False, True]))
    figure = embedding_figure(places(3), tint)
    hues = {trace.name: trace.marker.color for trace in figure.data}
    assert hues == {"right": RIGHT, "wrong": WRONG}
    (wrong,) = [trace for trace in figure.data if trace.name == "wrong"]
    assert list(wrong.customdata) == [0, 2]


def test_rows_of_no_known_class_are_drawn_too():
    tint = Tint("Prediction", np.array([0.0, UNKNOWN, 1.0]), ("a", "b"))
    figure = embedding_figure(places(3), tint)
    assert sorted(drawn(figure)) == [0, 1, 2]
    assert "not known" in [trace.name for trace in figure.data]


@pytest.mark.parametrize("dimensions", [2, 3])
def test_a_sentence_is_a_star_that_is_no_row(dimensions):
    star = Placed(np.arange(dimensions, dtype=np.float32), "Mine <b>")
    figure = embedding_figure(places(5, dimensions), classes(5), placed=star)
    trace = figure.data[-1]
    assert trace.name == "your sentence"
    assert list(trace.customdata) == [UNKNOWN]
    assert (trace.x[0], trace.y[0]) == (0.0, 1.0)
    assert trace.text[0] == "Mine &lt;b&gt;"
    assert trace.marker.color == STAR


def test_markup_in_texts_and_classes_is_shown_as_text():
    tint = Tint("Label", np.zeros(1), ("<a href='javascript:x'>",))
    figure = embedding_figure(places(1), tint, ["<img src=x>"])
    assert figure.data[0].text[0] == "&lt;img src=x&gt;"
    assert "<a" not in figure.data[0].name
    assert "<a" not in figure.data[0].hovertemplate


def test_long_texts_are_cut_and_lines_are_short():
    shown = wrapped("word " * 500)
    assert shown.endswith("…")
    assert len(shown.replace("<br>", " ")) <= SHOWN + 2
    assert max(map(len, shown.split("<br>"))) <= 61
    assert wrapped("a\n\n  b") == "a b"


def test_few_points_are_lines_of_a_picture_and_many_are_left_to_the_graphics_card():
    assert {t.type for t in embedding_figure(places(MOST_SVG), classes(MOST_SVG)).data} == {
        "scatter"
    }
    n = MOST_SVG + 1
    many = embedding_figure(places(n), classes(n), [f"text {i}" for i in range(n)])
    assert {trace.type for trace in many.data} == {"scattergl"}
    assert many.layout.dragmode == "pan"
    assert {trace.marker.symbol for trace in many.data} == {"circle"}
    assert n > MOST_TEXTS
    assert all(trace.text is None for trace in many.data)
    assert "row %{customdata}" in many.data[0].hovertemplate


def test_a_hundred_thousand_points_are_a_small_message():
    n = 100_000
    sent = plotly.io.to_json(embedding_figure(places(n), classes(n)), validate=False)
    # Two coordinates and a number of four bytes each; as text a third longer, and slashes escaped.
    assert len(sent) < 22 * n
    assert json.loads(sent)["data"][0]["x"]["dtype"] == "f4"


@pytest.mark.parametrize("page", ["#FFFFFF", "#0E1117", "#191919"])
@pytest.mark.parametrize("hue", [*HUES, RIGHT, WRONG, STAR, *(stop[1] for stop in SCALE)])
def test_hues_stand_out_on_light_and_dark_pages(hue, page):
    light, dark = sorted((luminance(hue), luminance(page)), reverse=True)
    assert (light + 0.05) / (dark + 0.05) >= 3.0


@pytest.mark.parametrize(
    ("coordinates", "told"),
    [
        (np.zeros((3, 4), np.float32), "Coordinates \\(3, 4\\)"),
        (np.zeros((2, 2), np.float32), "2 points with 3 colours"),
        (np.full((3, 2), np.nan, np.float32), "NaN or infinite"),
    ],
)
def test_what_is_no_map_is_told(coordinates, told):
    with pytest.raises(GlotError, match=told):
        embedding_figure(coordinates, classes(3))

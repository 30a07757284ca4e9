import numpy as np
import pytest

from glot.attributions.attribute import How, attribute_text
from glot.errors import GlotError
from glot.heads.shelf import Shelf
from glot.plots.attributions import SHOWN_EDGES, attributions_figure, curves_figure, edges_figure
from glot.plots.palette import COLOURS
from tests.unit.attributions.heads import trained

TEXT = "a b a <b>d</b> e f g"


@pytest.fixture
def found(fake):
    return attribute_text(TEXT, fake, Shelf({"glot": trained(fake, tau=-0.5)}), "glot")


def test_each_row_has_its_own_scale(found):
    figure = attributions_figure(found)
    for number, (trace, values) in enumerate(zip(figure.data, found.rows.values(), strict=True)):
        np.testing.assert_allclose(trace.y, values, atol=1e-7)
        low, high = figure.layout[f"yaxis{number + 1}"].range
        assert low <= min(0, values.min())
        assert high >= max(0, values.max())
        assert high - low < 1.4 * (max(0, values.max()) - min(0, values.min()))
    assert figure.data[0].marker.color == COLOURS["glot"]
    assert len({trace.marker.color for trace in figure.data}) == 4
    assert list(figure.data[0].hovertext)[3] == "&lt;b&gt;d&lt;/b&gt;"
    heading = figure.layout.annotations[2].text
    assert f"{found.integrated['integrated'].error:+.4f}".replace("-", "−") in heading


def test_unknown_bars_are_left_out(minilm):
    shelf = Shelf({"mean": trained(minilm, name="mean")})
    given = attribute_text("A film.", minilm, shelf, "mean", how=How(removal="text"))
    figure = attributions_figure(given)
    assert np.isnan(figure.data[1].y[[0, -1]]).all()
    assert np.isfinite(figure.layout.yaxis2.range).all()


def test_curves_start_and_end_with_the_whole_text(found):
    figure = curves_figure(found)
    lines = [trace for trace in figure.data if trace.legendgroup != "random"]
    assert len(lines) == 2 * len(found.curves)
    for trace in lines:
        side = trace.xaxis or "x"
        at = 0 if side == "x" else -1
        assert trace.y[at] == pytest.approx(found.score, abs=1e-6)
        assert trace.x[at] == (0 if side == "x" else 1)
    low, high, mean = (trace.y for trace in figure.data[:3])
    assert (low <= mean + 1e-9).all()
    assert (mean <= high + 1e-9).all()
    assert figure.data[2].name == "Random, mean of 10"


def test_the_edges_that_matter_most(found):
    (bars,) = edges_figure(found).data
    sizes = np.abs(found.edges.values)
    np.testing.assert_allclose(np.abs(bars.x), np.sort(sizes)[::-1][:SHOWN_EDGES])
    # Tokens that stand in the text twice are told apart.
    assert any("a (1)" in name or "a (3)" in name for name in bars.hovertext)


def test_without_anything_to_draw_it_is_told(fake):
    one = attribute_text("a", fake, Shelf({"mean": trained(fake, name="mean")}), "mean")
    assert len(attributions_figure(one).data) == 4
    with pytest.raises(GlotError, match="nothing to rank"):
        curves_figure(one)
    with pytest.raises(GlotError, match="No edges"):
        edges_figure(one)

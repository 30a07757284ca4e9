import re

import numpy as np
import pytest

from glot.attributions.explanation import TAU_GRID, Explanation
from glot.paths import ROOT
from glot.plots.palette import COLOURS
from glot.plots.token_graph import MAX_EDGES, drawn_edges, token_graph_figure
from glot.plots.token_weights import token_weights_figure


def explanation(tokens, seed=0):
    random = np.random.default_rng(seed)
    n = len(tokens)
    weights = random.dirichlet(np.ones(n), len(TAU_GRID)).astype(np.float32)
    return Explanation(
        text=" ".join(tokens),
        tokens=tuple(tokens),
        offsets=((0, 0),) * n,
        backbone="fake",
        task="sst2",
        labels=("negative", "positive"),
        poolers=tuple(COLOURS),
        upper=random.uniform(0, 1, n * (n - 1) // 2).astype(np.float32),
        positions=random.uniform(-1, 1, (n, 2)).astype(np.float32),
        taus=TAU_GRID,
        weights=dict.fromkeys(COLOURS, weights),
        probabilities={},
    )


def lines(figure):
    """The pairs of ends that the figure draws."""
    found = set()
    for trace in figure.data:
        if trace.mode == "lines":
            x, y = np.array(trace.x).reshape(-1, 3), np.array(trace.y).reshape(-1, 3)
            found |= {frozenset({(a[0], b[0]), (a[1], b[1])}) for a, b in zip(x, y, strict=True)}
    return found


@pytest.mark.parametrize("tau", [0.0, 0.5, 0.9, 1.0])
def test_the_graph_draws_each_edge_once(tau):
    given = explanation([f"t{i}" for i in range(12)])
    places = given.positions.astype(float)
    expected = {
        frozenset({tuple(places[i]), tuple(places[j])}) for i, j in given.edges(tau).tolist()
    }
    assert lines(token_graph_figure(given, tau, "glot")) == expected


def test_only_so_many_edges_are_drawn_and_they_are_the_strongest():
    given = explanation([f"t{i}" for i in range(120)])
    assert given.statistics(0.0).edges == 7140
    drawn = lines(token_graph_figure(given, 0.0, "glot"))
    assert len(drawn) == drawn_edges(7140) == MAX_EDGES
    places = given.positions.astype(float)
    strongest = given.edges(0.0)[:MAX_EDGES].tolist()
    assert drawn == {frozenset({tuple(places[i]), tuple(places[j])}) for i, j in strongest}


def test_positions_do_not_move_with_tau():
    given = explanation(["a", "b", "c"])
    first, second = (token_graph_figure(given, tau, "glot").data[-1] for tau in (0.1, 0.9))
    assert list(first.x) == list(second.x)
    assert list(first.y) == list(second.y)


def test_a_token_without_edges_is_drawn_hollow():
    given = explanation(["a", "b", "c"])
    assert set(token_graph_figure(given, 1.0, "glot").data[-1].marker.symbol) == {"circle-open"}
    assert set(token_graph_figure(given, 0.0, "glot").data[-1].marker.symbol) == {"circle"}


def test_markup_in_tokens_is_shown_as_text():
    given = explanation(["<b>", "a", "<a href='javascript:x'>"])
    nodes = token_graph_figure(given, 0.5, "glot").data[-1]
    assert nodes.text[0] == "&lt;b&gt;"
    assert "<a" not in nodes.hovertext[2]
    bars = token_weights_figure(given, 0.5, ["glot"])
    assert bars.layout.xaxis.ticktext[0] == "&lt;b&gt;"


def test_bars_are_the_weights_on_one_scale():
    given = explanation(["a", "b", "c"])
    figure = token_weights_figure(given, 0.4, ["mean", "adapool", "glot"])
    row = given.row(0.4)
    for trace, name in zip(figure.data, ["mean", "adapool", "glot"], strict=True):
        np.testing.assert_array_equal(trace.y, given.weights[name][row])
        assert trace.marker.color == COLOURS[name]
    assert figure.layout.yaxis.range == figure.layout.yaxis3.range


@pytest.mark.parametrize("tokens", [1, 60, 61, 158, 512])
def test_names_below_the_bars_can_be_read(tokens):
    given = explanation([f"t{i}" for i in range(tokens)])
    axis = token_weights_figure(given, 0.4, ["mean", "glot"]).layout.xaxis
    assert list(axis.ticktext) == [f"t{place}" for place in axis.tickvals]
    heaviest = int(given.weights["glot"][given.row(0.4)].argmax())
    assert heaviest in axis.tickvals
    if tokens <= 60:
        assert len(axis.tickvals) == tokens
    else:
        # 60 names fit on the width of all tokens.
        assert 20 <= len(axis.tickvals) <= 60
        assert np.diff(axis.tickvals).min() >= tokens / 60


def luminance(colour):
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return sum(w * c for w, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


@pytest.mark.parametrize("page", ["#FFFFFF", "#0E1117", "#191919"])
@pytest.mark.parametrize("pooler", COLOURS)
def test_colours_stand_out_on_light_and_dark_pages(pooler, page):
    light, dark = sorted((luminance(COLOURS[pooler]), luminance(page)), reverse=True)
    assert (light + 0.05) / (dark + 0.05) >= 3.0


@pytest.mark.parametrize(("page", "letters"), [("#FFFFFF", "#31333F"), ("#191919", "#FAFAFA")])
@pytest.mark.parametrize("pooler", COLOURS)
def test_letters_can_be_read_on_the_strongest_tint(pooler, page, letters):
    source = ROOT / "app/components/frontend/src/token_graph/panels/text.ts"
    found = re.search(r"const OPACITY = ([\d.]+);", source.read_text(encoding="utf-8"))
    opacity = float(found.group(1))
    channels = [
        round(opacity * int(hue, 16) + (1 - opacity) * int(below, 16))
        for hue, below in ((COLOURS[pooler][i : i + 2], page[i : i + 2]) for i in (1, 3, 5))
    ]
    tint = "#" + "".join(f"{channel:02X}" for channel in channels)
    light, dark = sorted((luminance(tint), luminance(letters)), reverse=True)
    assert (light + 0.05) / (dark + 0.05) >= 7.0

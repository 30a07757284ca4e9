import math

import pandas as pd
import pytest

from glot.experiments import scaling
from glot.plots.benchmarks import dots_figure, z_figure
from glot.plots.curves import Axes, curves_figure
from glot.plots.efficiency import costs_figure, lengths_figure, score_cost_figure
from glot.plots.methods import method_colour, method_title, metric_title, pooler_of, task_title
from glot.plots.palette import COLOURS
from tests.unit.plots.test_forest import difference, forest

NONE = float("nan")


def scores(*lines):
    names = ["source", "backbone", "method", "regime", "setting", "value", "deviation"]
    return pd.DataFrame(lines, columns=names)


OURS = scores(
    ("ours", "minilm", "mean", "searched", "", 50.0, 1.0),
    ("ours", "minilm", "glot", "searched", "", 80.0, 2.0),
    ("ours", "smollm2", "glot", "searched", "", 85.0, NONE),
    ("paper", "BERT", "Glot", "Table 1", "", 90.0, NONE),
)
SEEDS = pd.DataFrame(
    [
        ("minilm", "mean", "searched", "", 49.0),
        ("minilm", "mean", "searched", "", 51.0),
        ("minilm", "glot", "searched", "", 78.0),
        ("smollm2", "glot", "searched", "", 85.0),
    ],
    columns=["backbone", "method", "regime", "setting", "value"],
)


def test_dots_are_means_with_their_deviation_beside_every_seed():
    figure = dots_figure(OURS, SEEDS, "accuracy")
    seeds, means, _, alone, paper = figure.data
    assert list(means.x) == [50.0, 80.0]
    assert list(means.y) == ["Mean", "GLOT"]
    assert list(means.marker.color) == [COLOURS["mean"], COLOURS["glot"]]
    assert list(means.error_x.array) == [1.0, 2.0]
    assert list(seeds.x) == [49.0, 51.0, 78.0]
    # One seed has no spread, the paper's has none either.
    assert not alone.error_x.visible
    assert not paper.error_x.visible
    assert paper.opacity < 1
    assert paper.marker.symbol == "diamond"
    assert [note.text for note in figure.layout.annotations] == [
        "minilm, searched",
        "smollm2, searched",
        "BERT, Table 1",
    ]


def test_a_single_dot():
    figure = dots_figure(OURS.iloc[2:3], SEEDS.iloc[:0], "f1")
    (means,) = figure.data
    assert list(means.x) == [85.0]
    assert figure.layout.xaxis.title.text == "F1"


def test_z_scores_have_a_panel_each_and_a_legend_entry_a_method():
    frame = pd.DataFrame(
        [
            ("ours", "minilm", "searched", "glot", "inference", 1.0, 4),
            ("ours", "minilm", "searched", "mean", "inference", -1.0, 4),
            ("paper", "BERT", "Table 1", "Glot", "inference", 1.5, 3),
        ],
        columns=["source", "backbone", "regime", "method", "category", "z", "tasks"],
    )
    figure = z_figure(frame)
    assert [(t.name, list(t.x), t.showlegend) for t in figure.data] == [
        ("GLOT", [1.0], True),
        ("Mean", [-1.0], True),
        ("GLOT", [1.5], False),
    ]
    assert [t.yaxis for t in figure.data] == ["y", "y", "y2"]
    assert {t.marker.color for t in figure.data if t.name == "GLOT"} == {COLOURS["glot"]}


def along(*lines):
    names = ["source", "backbone", "method", "along", "value", "deviation", "below"]
    return pd.DataFrame(lines, columns=names)


def test_curves_go_from_left_to_right_with_what_lies_below():
    frame = along(
        ("ours", "minilm", "glot", 0.6, 80.0, 1.0, 0.04),
        ("ours", "minilm", "glot", 0.0, 70.0, 2.0, 0.9),
        ("paper", "BERT", "glot", 0.6, 43.0, NONE, NONE),
    )
    figure = curves_figure(frame, Axes("τ", "accuracy", "density"))
    score, density, paper = figure.data
    assert (list(score.x), list(score.y)) == ([0.0, 0.6], [70.0, 80.0])
    assert list(score.error_y.array) == [2.0, 1.0]
    assert list(density.y) == [0.9, 0.04]
    assert (score.yaxis, density.yaxis, paper.yaxis) == ("y", "y2", "y")
    assert paper.line.dash == "dot"
    assert paper.opacity < 1
    assert not paper.error_y.visible
    assert figure.layout.xaxis2.title.text == "τ"
    assert list(figure.layout.xaxis.tickvals) == [0.0, 0.6]


def test_lengths_are_drawn_on_log_axes_where_asked():
    frame = along(
        ("ours", "minilm", "glot", 128, 80.0, NONE, 5.0),
        ("ours", "minilm", "glot, all edges", 128, 80.0, NONE, 5.0),
        ("ours", "minilm", "glot, tau 0.1", 128, 80.0, NONE, 5.0),
    )
    figure = curves_figure(frame, Axes("tokens", "accuracy", "seconds", log=True))
    assert (figure.layout.xaxis.type, figure.layout.yaxis2.type) == ("log", "log")
    assert figure.layout.yaxis2.dtick == 1
    symbols = {trace.name: trace.marker.symbol for trace in figure.data}
    assert list(symbols.values()) == ["circle", "square-open", "triangle-up-open"]


def test_costs_have_a_panel_a_metric_and_a_symbol_a_backbone():
    frame = pd.DataFrame(
        [
            ("minilm", "glot", "parameters", 273_027.0),
            ("smollm2", "glot", "parameters", 439_491.0),
            ("minilm", "mean", "parameters", 0.0),
            ("minilm", "glot", "train_ms", 12.3),
        ],
        columns=["backbone", "method", "metric", "value"],
    )
    figure = costs_figure(frame)
    assert [(t.name, list(t.x), t.marker.symbol) for t in figure.data] == [
        ("minilm", [273_027.0], "circle"),
        ("smollm2", [439_491.0], "square"),
        ("minilm", [12.3], "circle"),
    ]
    assert figure.layout.xaxis.type == figure.layout.xaxis2.type == "log"
    headings = [note.text for note in figure.layout.annotations]
    assert headings == ["trainable parameters", "training step, ms"]


def test_scores_stand_against_every_cost_that_is_known():
    frame = pd.DataFrame(
        [
            ("ours", "minilm", "glot", 80.0, 273_027.0, 12.3),
            ("paper", "Mistral-7B", "LoRA (r=64)", 48.2, 167_800_000.0, NONE),
        ],
        columns=["source", "backbone", "method", "score", "parameters", "ms"],
    )
    figure = score_cost_figure(frame, {"parameters": "parameters", "ms": "step, ms"}, "Matthews")
    assert [(t.name, list(t.x), list(t.y)) for t in figure.data] == [
        ("minilm", [273_027.0], [80.0]),
        ("Mistral-7B (paper)", [167_800_000.0], [48.2]),
        ("minilm", [12.3], [80.0]),
        ("Mistral-7B (paper)", [], []),
    ]
    assert figure.data[1].marker.symbol.endswith("-open")
    assert [t.showlegend for t in figure.data] == [True, True, False, False]


def test_made_up_states_are_open_marks():
    frame = pd.DataFrame(
        [
            ("minilm", "graph_ms", 8192, 354.2, True),
            ("minilm", "graph_ms", 128, 0.76, False),
            ("minilm", "backbone_ms", 128, 24.1, False),
        ],
        columns=["backbone", "metric", "tokens", "value", "made_up"],
    )
    figure = lengths_figure(frame)
    lines = {trace.name: trace for trace in figure.data}
    graph = lines["token graph, minilm"]
    assert list(graph.x) == [128, 8192]
    assert list(graph.marker.symbol) == ["circle", "circle-open"]
    assert list(lines["backbone, minilm"].y) == [24.1]


@pytest.mark.parametrize(
    ("method", "shown", "pooler"),
    [
        ("glot", "GLOT", "glot"),
        ("glot, random edges", "GLOT, random edges", "glot"),
        ("Glot", "GLOT", "glot"),
        ("GLOT (GIN)", "GLOT (GIN)", "glot"),
        ("deepsets, layer 3", "DeepSets, layer 3", "deepsets"),
        ("[EOS]", "[EOS]", "eos"),
        ("AdaPool", "AdaPool", "adapool"),
        ("PromptEOL", "PromptEOL", "PromptEOL"),
        ("LoRA (r=64)", "LoRA (r=64)", "LoRA"),
    ],
)
def test_a_method_has_its_poolers_name_and_colour(method, shown, pooler):
    assert method_title(method) == shown
    assert pooler_of(method) == pooler
    assert method_colour(method) == COLOURS.get(pooler, "#808080")


def test_tasks_and_metrics_for_people():
    assert task_title("stress-strict-0.9") == "strict 90 %"
    assert task_title("stress-strict-0.99") == "strict 99 %"
    assert task_title("length-32768") == "32,768 tokens"
    for length in scaling.LENGTHS:
        assert task_title(scaling.task_of(length)) == f"{length:,} tokens"
    assert task_title("SummEval") == "SummEval"
    assert metric_title("graph_ms") == "token graph, ms"
    assert metric_title("own") == "own"


def test_markup_in_names_is_shown_as_text():
    figure = forest(difference(backbone="<b>x</b>"))
    assert "&lt;b&gt;" in figure.layout.yaxis.ticktext[0]
    dots = dots_figure(OURS.iloc[:1].assign(method="<i>"), SEEDS.iloc[:0], "f1")
    assert dots.data[0].y[0] == "&lt;i&gt;"


def test_figures_take_the_pages_colours():
    for figure in (
        forest(difference()),
        dots_figure(OURS, SEEDS, "accuracy"),
        curves_figure(along(("ours", "m", "glot", 1, 2.0, NONE, NONE)), Axes("a", "b", "c")),
    ):
        assert figure.layout.font.color is None
        assert figure.layout.paper_bgcolor is None
        assert math.isfinite(figure.layout.height)

"""What a head costs: parameters, time and memory, scores against them, the graph's own time."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import TYPE_CHECKING, Any

from glot.plots.benchmarks import DOT_ROW, ENDS, FAINT, HEADING
from glot.plots.methods import method_colour, method_title, metric_title
from glot.plots.palette import GRID

if TYPE_CHECKING:
    import pandas as pd
    import plotly.graph_objects as go

# Backbones are told apart by symbol: the colour is the pooler's.
SYMBOLS = ("circle", "square", "triangle-up", "cross")
PANEL = 330
GRAPH, BACKBONE = "#2B83C6", "#808080"


def costs_figure(frame: pd.DataFrame) -> go.Figure:
    """Every method's costs on log axes, a panel for each of them.

    Args:
        frame: columns backbone, method, metric, value; the panels are the metrics in the order of
            their first lines. At least one line.
    """
    from plotly.subplots import make_subplots

    # What costs nothing has no place on a log axis.
    frame = frame[frame["value"] > 0]
    metrics = list(dict.fromkeys(frame["metric"]))
    methods = frame["method"].nunique()
    height = (DOT_ROW * methods + HEADING + 40) * len(metrics) + ENDS
    figure = make_subplots(
        rows=len(metrics),
        cols=1,
        subplot_titles=[metric_title(metric) for metric in metrics],
        vertical_spacing=(HEADING + 34) / height,
    )
    symbols = _symbols(frame["backbone"])
    for row, metric in enumerate(metrics, start=1):
        for backbone, part in frame[frame["metric"] == metric].groupby("backbone", sort=False):
            figure.add_scatter(
                x=part["value"],
                y=[escape(method_title(method)) for method in part["method"]],
                mode="markers",
                name=escape(str(backbone)),
                legendgroup=str(backbone),
                showlegend=row == 1,
                marker={
                    "size": 11,
                    "symbol": symbols[str(backbone)],
                    "color": [method_colour(method) for method in part["method"]],
                },
                hovertemplate=f"%{{y}}, {escape(str(backbone))}: %{{x:,.4g}}<extra></extra>",
                row=row,
                col=1,
            )
    figure.update_annotations(x=0, xanchor="left", font_size=13)
    figure.update_xaxes(type="log", gridcolor=GRID)
    figure.update_yaxes(gridcolor=GRID, fixedrange=True, automargin=True, autorange="reversed")
    figure.update_layout(height=height, **_frame())
    return figure


def score_cost_figure(frame: pd.DataFrame, costs: Mapping[str, str], score: str) -> go.Figure:
    """Scores against costs on log axes, a panel for each cost; the paper's faint.

    Args:
        frame: columns source, backbone, method, score, and one for each cost (NaN: not known).
        costs: column → what its axis is called.
        score: what the score's axis is called.
    """
    from plotly.subplots import make_subplots

    figure = make_subplots(rows=len(costs), cols=1, vertical_spacing=0.4 / (len(costs) + 1))
    symbols = _symbols(frame["backbone"])
    named: set[str] = set()
    for row, (cost, called) in enumerate(costs.items(), start=1):
        for (source, backbone), part in frame.groupby(["source", "backbone"], sort=False):
            known = part[part[cost] > 0]
            paper = source == "paper"
            name = escape(f"{backbone} (paper)" if paper else str(backbone))
            figure.add_scatter(
                x=known[cost],
                y=known["score"],
                text=[escape(method_title(method)) for method in known["method"]],
                mode="markers+text",
                textposition="top center",
                cliponaxis=False,
                name=name,
                legendgroup=name,
                showlegend=bool(len(known)) and name not in named,
                opacity=FAINT if paper else 1.0,
                marker={
                    "size": 11,
                    "symbol": symbols[str(backbone)] + ("-open" if paper else ""),
                    "color": [method_colour(method) for method in known["method"]],
                },
                hovertemplate=f"%{{text}}, {name}: %{{y:.2f}} at %{{x:,.4g}}<extra></extra>",
                row=row,
                col=1,
            )
            if len(known):
                named.add(name)
        figure.update_xaxes(title_text=called, row=row, col=1)
    figure.update_xaxes(type="log", gridcolor=GRID, dtick=1)
    figure.update_yaxes(gridcolor=GRID, zeroline=False, title_text=score, automargin=True)
    figure.update_layout(height=PANEL * len(costs), **_frame())
    return figure


def lengths_figure(frame: pd.DataFrame) -> go.Figure:
    """Time of the token graph and of the backbone's pass against the text's length, log axes.

    Args:
        frame: columns backbone, metric (`graph_ms` or `backbone_ms`), tokens, value, made_up
            (whether the states are made up, beyond the backbone's context). At least one line.
    """
    import plotly.graph_objects as go

    figure = go.Figure()
    symbols = _symbols(frame["backbone"])
    for (backbone, metric), part in frame.groupby(["backbone", "metric"], sort=False):
        line = part.sort_values("tokens")
        symbol = symbols[str(backbone)]
        graph = metric == "graph_ms"
        hue = GRAPH if graph else BACKBONE
        name = escape(f"{'token graph' if graph else 'backbone'}, {backbone}")
        figure.add_scatter(
            x=line["tokens"],
            y=line["value"],
            mode="lines+markers",
            name=name,
            line={"color": hue, "dash": "solid" if graph else "dash", "width": 2.5},
            marker={
                "size": 10,
                "symbol": [f"{symbol}-open" if made else symbol for made in line["made_up"]],
            },
            hovertemplate=f"{name}: %{{y:,.2f}} ms at %{{x:,}} tokens<extra></extra>",
        )
    tokens = sorted(set(frame["tokens"]))
    ticks = {"tickvals": tokens, "ticktext": [f"{count:,}" for count in tokens]}
    figure.update_xaxes(type="log", gridcolor=GRID, title_text="tokens", **ticks)
    figure.update_yaxes(type="log", gridcolor=GRID, title_text="ms", dtick=1, automargin=True)
    figure.update_layout(height=PANEL + 90, **_frame())
    return figure


def _symbols(backbones: pd.Series) -> dict[str, str]:
    names = dict.fromkeys(map(str, backbones))
    return {name: SYMBOLS[number % len(SYMBOLS)] for number, name in enumerate(names)}


def _frame() -> dict[str, Any]:
    """A legend above all, clear of headings."""
    return {
        "margin": {"l": 8, "r": 16, "t": 2 * HEADING, "b": 8},
        "legend": {"orientation": "h", "x": 0, "y": 1, "yanchor": "top", "yref": "container"},
    }

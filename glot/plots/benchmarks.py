"""Figures of measured scores: dots with their seeds and deviations, z-scores.

All take data frames, and have no fixed colours for text and background.
"""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import TYPE_CHECKING, Any

from glot.plots.methods import method_colour, method_title, metric_title
from glot.plots.palette import GRID

if TYPE_CHECKING:
    import pandas as pd
    import plotly.graph_objects as go

# Pixels: of a row of dots, of a heading, above and below all, and of a legend on three lines,
# which is what it takes on a telephone.
DOT_ROW, HEADING, ENDS, LEGEND = 24, 34, 70, 76
FAINT = 0.6
LINE = "rgba(128, 128, 128, 0.9)"


def dots_figure(frame: pd.DataFrame, seeds: pd.DataFrame, metric: str) -> go.Figure:
    """One column of a table as dots: mean and deviation, with every seed; the paper's faint.

    Args:
        frame: columns source, backbone, method, regime, setting, value, deviation (NaN: none). A
            panel for each backbone and regime, a row for each method. At least one line.
        seeds: columns backbone, method, regime, setting, value: a line for each seed of ours.
        metric: names the axis.
    """
    from plotly.subplots import make_subplots

    panels = [(tuple(key), part) for key, part in frame.groupby(["backbone", "regime"], sort=False)]
    sizes = [len(part) for _, part in panels]
    height = DOT_ROW * sum(sizes) + HEADING * len(panels) + ENDS
    figure = make_subplots(
        rows=len(panels),
        cols=1,
        shared_xaxes=True,
        row_heights=sizes,
        vertical_spacing=HEADING / height if len(panels) > 1 else 0.0,
        subplot_titles=[escape(", ".join(map(str, key))) for key, _ in panels],
    )
    for number, (key, part) in enumerate(panels, start=1):
        own = seeds[(seeds["backbone"] == key[0]) & (seeds["regime"] == key[1])]
        _panel(figure, number, part, own)
    _headings_left(figure)
    figure.update_xaxes(gridcolor=GRID, zeroline=False)
    figure.update_xaxes(title_text=metric_title(metric), row=len(panels), col=1)
    figure.update_yaxes(gridcolor=GRID, fixedrange=True, automargin=True, autorange="reversed")
    margins = {"l": 8, "r": 8, "t": HEADING, "b": 8}
    figure.update_layout(height=height, margin=margins, showlegend=False)
    return figure


def _panel(figure: go.Figure, row: int, part: pd.DataFrame, seeds: pd.DataFrame) -> None:
    """One backbone under one regime: first its seeds, then its means."""
    import plotly.graph_objects as go

    lines = part.to_dict("records")
    faint = lines[0]["source"] == "paper"
    spreads = ["" if d != d else f" ± {d:.2f}" for d in part["deviation"]]
    singles = go.Scatter(
        x=seeds["value"],
        y=[_named(line) for line in seeds.to_dict("records")],
        mode="markers",
        marker={
            "size": 5,
            "opacity": FAINT,
            "color": [method_colour(method) for method in seeds["method"]],
        },
        hovertemplate="one seed: %{x:.2f}<extra></extra>",
    )
    means = go.Scatter(
        x=part["value"],
        y=[_named(line) for line in lines],
        mode="markers",
        opacity=FAINT if faint else 1.0,
        marker={
            "size": 11,
            "symbol": "diamond" if faint else "circle",
            "color": [method_colour(method) for method in part["method"]],
            # Over the end of its line.
            "line": {"width": 0},
        },
        error_x={
            "type": "data",
            "array": part["deviation"].fillna(0.0),
            "visible": bool(part["deviation"].notna().any()),
            "color": LINE,
            "thickness": 1.5,
            "width": 4,
        },
        customdata=spreads,
        hovertemplate="%{y}: %{x:.2f}%{customdata}<extra></extra>",
    )
    traces = [singles, means] if len(seeds) else [means]
    figure.add_traces(traces, rows=[row] * len(traces), cols=[1] * len(traces))


def z_figure(frame: pd.DataFrame) -> go.Figure:
    """Each method's z-score by task category (the paper's Figure 4); the paper's faint.

    Args:
        frame: columns source, backbone, regime, method, category, z, tasks. At least one line.
    """
    from plotly.subplots import make_subplots

    panels = [(tuple(key), part) for key, part in frame.groupby(["backbone", "regime"], sort=False)]
    sizes = [part["category"].nunique() for _, part in panels]
    height = 2 * DOT_ROW * sum(sizes) + HEADING * len(panels) + LEGEND + ENDS
    figure = make_subplots(
        rows=len(panels),
        cols=1,
        shared_xaxes=True,
        row_heights=sizes,
        vertical_spacing=HEADING / height if len(panels) > 1 else 0.0,
        subplot_titles=[escape(", ".join(map(str, key))) for key, _ in panels],
    )
    traces, rows = [], []
    for row, (_, part) in enumerate(panels, start=1):
        for method, line in part.groupby("method", sort=False):
            traces.append(_z_trace(str(method), line))
            rows.append(row)
    named: set[str] = set()
    for trace in traces:
        trace.showlegend = trace.name not in named
        named.add(trace.name)
    figure.add_traces(traces, rows=rows, cols=[1] * len(rows))
    _headings_left(figure)
    figure.update_xaxes(gridcolor=GRID, zeroline=True, zerolinecolor=LINE)
    figure.update_xaxes(title_text="z-score over the methods", row=len(panels), col=1)
    figure.update_yaxes(gridcolor=GRID, fixedrange=True, automargin=True, autorange="reversed")
    figure.update_layout(
        height=height,
        margin={"l": 8, "r": 8, "t": LEGEND + HEADING, "b": 8},
        legend={
            "orientation": "h",
            "x": 0,
            "xref": "container",
            "y": 1,
            "yanchor": "top",
            "yref": "container",
        },
    )
    return figure


def _z_trace(method: str, line: pd.DataFrame) -> go.Scatter:
    """One method in one panel."""
    import plotly.graph_objects as go

    name = escape(method_title(method))
    faint = line["source"].iloc[0] == "paper"
    return go.Scatter(
        x=line["z"],
        y=_wrapped(line["category"]),
        mode="markers",
        name=name,
        legendgroup=name,
        opacity=FAINT if faint else 1.0,
        marker={
            "size": 12,
            "color": method_colour(method),
            "symbol": "diamond" if faint else "circle",
        },
        customdata=line["tasks"],
        hovertemplate=f"{name}: %{{x:+.2f}} over %{{customdata}} tasks<extra></extra>",
    )


def _named(line: Mapping[Any, Any]) -> str:
    setting = f" ({line['setting']})" if line["setting"] else ""
    return escape(method_title(line["method"]) + setting)


def _wrapped(categories: pd.Series) -> list[str]:
    """Long names on two lines."""
    return [str(name).replace(" and ", "<br>and ") for name in categories]


def _headings_left(figure: go.Figure) -> None:
    """Headings of panels at the left, where names begin."""
    figure.update_annotations(x=0, xanchor="left", font_size=13)

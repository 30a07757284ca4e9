"""Scores along something that was varied: τ with the graph's density below, length with time."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any

from glot.plots.methods import method_colour, method_title
from glot.plots.palette import GRID

if TYPE_CHECKING:
    import pandas as pd
    import plotly.graph_objects as go

HEIGHT = 520
FAINT = 0.5
# Several backbones in one panel: ours by dash, since the colour is the pooler's.
DASHES = ("solid", "dash", "dashdot", "longdash")
# A pooler's other forms have its colour, and marks of their own.
FORMS = ("square-open", "triangle-up-open", "x-open", "star-open")


@dataclass(frozen=True)
class Axes:
    """What the axes are called.

    Attributes:
        along: what was varied.
        above: the score.
        below: what the lower panel shows.
        log: whether what was varied, and what is below, is drawn on log axes.
    """

    along: str
    above: str
    below: str
    log: bool = False


def curves_figure(frame: pd.DataFrame, axes: Axes) -> go.Figure:
    """Scores in an upper panel, what goes with them in a lower one, along one axis.

    Args:
        frame: columns source, backbone, method, along, value, deviation (NaN: none), below (NaN:
            none). A line for each source, backbone and method; the paper's are dotted. At least
            one line.
        axes: what they are called.
    """
    from plotly.subplots import make_subplots

    figure = make_subplots(
        rows=2, cols=1, shared_xaxes=True, row_heights=[0.66, 0.34], vertical_spacing=0.06
    )
    ours = list(dict.fromkeys(frame.loc[frame["source"] == "ours", "backbone"]))
    forms = [method for method in dict.fromkeys(frame["method"]) if "," in method]
    for (source, backbone, method), part in frame.groupby(
        ["source", "backbone", "method"], sort=False
    ):
        line = part.sort_values("along")
        paper = source == "paper"
        name = f"{method_title(str(method))}, {backbone}" + (" (paper)" if paper else "")
        dash = "dot" if paper else DASHES[ours.index(backbone) % len(DASHES)]
        form = forms.index(method) % len(FORMS) if method in forms else None
        symbol = "diamond" if paper else "circle" if form is None else FORMS[form]
        look = _look(method_colour(str(method)), paper, dash, symbol, escape(name))
        figure.add_scatter(
            x=line["along"], y=line["value"], error_y=_spread(line), row=1, col=1, **look
        )
        if line["below"].notna().any():
            rest = {**look, "showlegend": False}
            figure.add_scatter(x=line["along"], y=line["below"], row=2, col=1, **rest)
    figure.update_xaxes(gridcolor=GRID, zeroline=False, type="log" if axes.log else "linear")
    figure.update_yaxes(gridcolor=GRID, zeroline=False, automargin=True)
    figure.update_xaxes(title_text=axes.along, row=2, col=1)
    ticks = sorted(set(frame["along"]))
    figure.update_xaxes(tickvals=ticks, ticktext=[f"{tick:,g}" for tick in ticks])
    figure.update_yaxes(title_text=axes.above, row=1, col=1)
    figure.update_yaxes(title_text=axes.below, row=2, col=1)
    if axes.log:
        # Powers of ten alone: the panel is low.
        figure.update_yaxes(type="log", dtick=1, row=2, col=1)
    figure.update_layout(
        height=HEIGHT,
        margin={"l": 8, "r": 8, "t": 8, "b": 8},
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0},
    )
    return figure


def _look(hue: str, paper: bool, dash: str, symbol: str, name: str) -> dict[str, Any]:
    return {
        "mode": "lines+markers",
        "name": name,
        "legendgroup": name,
        "opacity": FAINT if paper else 1.0,
        "line": {"color": hue, "dash": dash, "width": 1.5 if paper else 2.5},
        "marker": {"size": 8, "symbol": symbol},
        "hovertemplate": f"{name}: %{{y:.4g}} at %{{x:g}}<extra></extra>",
    }


def _spread(line: pd.DataFrame) -> dict[str, Any]:
    """Deviation over the seeds, where there are several."""
    return {
        "type": "data",
        "array": line["deviation"].fillna(0.0),
        "visible": bool(line["deviation"].notna().any()),
        "thickness": 1.5,
        "width": 4,
    }

"""The lesson's figures of measured results: scores of several seeds, differences to controls."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from glot.plots.lesson import TEXT
from glot.plots.palette import EDGE, GRID, colour

if TYPE_CHECKING:
    import plotly.graph_objects as go

# Pixels of a row, and of what stands above and below all rows.
ROW, REST = 46, 90


@dataclass(frozen=True)
class Result:
    """One row: a value with what it was measured from, or with its interval.

    Attributes:
        name: for people.
        pooler: whose colour it has.
        value: mean of a method's seeds, or a difference.
        points: each seed's value; empty for a difference.
        low: lower end of an interval; None for none.
        high: upper end.
    """

    name: str
    pooler: str
    value: float
    points: tuple[float, ...] = ()
    low: float | None = None
    high: float | None = None


def scores_figure(results: Sequence[Result], chance: float) -> go.Figure:
    """A bar a method, in percent, with a dot for each seed and a line where guessing is.

    Args:
        results: from top to bottom.
        chance: what guessing gets, in percent.

    Returns:
        A figure without fixed colours for text and background: it takes the page's theme.
    """
    import plotly.graph_objects as go

    figure = go.Figure(
        go.Bar(
            x=[each.value for each in results],
            y=[each.name for each in results],
            orientation="h",
            marker={"color": [colour(each.pooler) for each in results], "opacity": 0.55},
            hovertemplate="%{y}: %{x:.1f} %<extra>mean</extra>",
        )
    )
    dots = [(each, value) for each in results for value in each.points]
    figure.add_trace(
        go.Scatter(
            x=[value for _, value in dots],
            y=[each.name for each, _ in dots],
            mode="markers",
            marker={
                "size": 9,
                "color": [colour(each.pooler) for each, _ in dots],
                "line": {"width": 1, "color": f"rgb({EDGE})"},
            },
            hovertemplate="%{y}: %{x:.1f} %<extra>one seed</extra>",
        )
    )
    figure.add_vline(
        x=chance,
        line={"dash": "dot", "width": 2, "color": f"rgb({EDGE})"},
        annotation={"text": "guessing", "yanchor": "bottom", "y": 1, "font": {"size": TEXT}},
    )
    return figure.update_layout(_rows(len(results), "Accuracy, %", [0, 103]))


def differences_figure(results: Sequence[Result]) -> go.Figure:
    """A dot for each difference, with its interval, and a line at zero.

    Args:
        results: from top to bottom.

    Returns:
        A figure without fixed colours for text and background: it takes the page's theme.
    """
    import plotly.graph_objects as go

    ends = [
        abs(end) for each in results for end in (each.value, each.low, each.high) if end is not None
    ]
    reach = 1.15 * max([1.0, *ends])
    figure = go.Figure(
        go.Scatter(
            x=[each.value for each in results],
            y=[each.name for each in results],
            mode="markers",
            marker={"size": 15, "color": [colour(each.pooler) for each in results]},
            error_x={
                "type": "data",
                "symmetric": False,
                "array": [_beyond(each.high, each.value) for each in results],
                "arrayminus": [_beyond(each.value, each.low) for each in results],
                "thickness": 3,
                "width": 8,
                "color": f"rgb({EDGE})",
            },
            hovertemplate="%{y}: %{x:+.1f} points<extra></extra>",
        )
    )
    figure.add_vline(x=0, line={"dash": "dot", "width": 2, "color": f"rgb({EDGE})"})
    layout = _rows(len(results), "GLOT minus the control, points", [-reach, reach])
    return figure.update_layout(layout)


def _beyond(high: float | None, low: float | None) -> float:
    return 0.0 if high is None or low is None else high - low


def _rows(number: int, title: str, limits: list[float]) -> dict[str, Any]:
    return {
        "xaxis": {
            "title": {"text": title, "font": {"size": TEXT}},
            "tickfont": {"size": TEXT},
            "range": limits,
            "gridcolor": GRID,
            "zeroline": False,
            "fixedrange": True,
        },
        "yaxis": {
            "autorange": "reversed",
            "automargin": True,
            "fixedrange": True,
            "tickfont": {"size": TEXT},
        },
        "showlegend": False,
        "height": REST + ROW * number,
        "margin": {"l": 8, "r": 12, "t": 28, "b": 8},
    }

"""The stress test: accuracy against distractor ratio."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from glot.plots.palette import GRID, colour, title

if TYPE_CHECKING:
    import pandas as pd
    import plotly.graph_objects as go

CHANCE = 50.0
HEIGHT = 460
# Columns of the spread: ends of a band, or None for value ± deviation.
SPREADS = {"range": ("low", "high"), "deviation": None}
# Room on the axis: a ratio's own, and what each method adds that was measured at it alone and so
# stands beside the others.
ROOM, ROOM_BESIDE = 1.0, 0.22
# Ablations have GLOT's colour, and a mark and line of their own.
MARKS = {"glot, random edges": ("x", "dash"), "glot, all edges": ("diamond-open", "dashdot")}
# As many points as may tell their value in the picture.
MAX_TOLD = 10


def stress_figure(
    points: pd.DataFrame, paper: pd.DataFrame, spread: str = "range", paper_name: str = "Paper"
) -> go.Figure:
    """Accuracy against distractor ratio (paper, Figure 3), a line for each method.

    Ratios stand at equal distances: most of the interesting ones lie close to 1. A method that
    was measured at one ratio alone is a point with an error bar, beside the others of its kind.

    Args:
        points: columns name, method, pooler, ratio, value, low, high, deviation, seeds; may be
            empty. `name` is what a click on the point tells.
        paper: columns method, pooler, ratio, value, drawn dimmed; empty for none.
        spread: a name in `SPREADS`: from the lowest to the highest seed, or ± their deviation.
        paper_name: names the paper's lines in the legend.

    Returns:
        A figure without fixed colours for text and background: it takes the page's theme.
    """
    import plotly.graph_objects as go

    curves = [curve for _, curve in points.groupby("method", sort=False)]
    alone = [curve for curve in curves if len(curve) == 1]
    rooms = _rooms(sorted({*points["ratio"], *paper["ratio"]}), alone)
    place = {ratio: room.middle for ratio, room in rooms.items()}
    figure = go.Figure()
    for number, (_, curve) in enumerate(paper.groupby("pooler", sort=False)):
        figure.add_trace(_paper_line(curve, place, paper_name, number == 0))
    for curve in curves:
        if len(curve) > 1:
            figure.add_traces([_band(curve, place, spread), _line(curve, place)])
    told = len(alone) <= MAX_TOLD
    for curve in alone:
        figure.add_trace(_point(curve, rooms[curve["ratio"].iloc[0]].take(), spread, told))
    lowest = min([CHANCE, *points["low"], *points["value"] - points["deviation"], *paper["value"]])
    figure.add_hline(CHANCE, line={"dash": "dot", "width": 1.5, "color": "#808080"})
    figure.update_layout(
        **axes_and_legend("Share of distractors", "Accuracy, %"),
        height=HEIGHT,
        yaxis_range=[lowest - 4, 102],
    )
    figure.update_xaxes(
        tickvals=list(place.values()),
        ticktext=[f"{ratio:.0%}" for ratio in place],
        range=[0, sum(room.width for room in rooms.values())],
        showgrid=False,
    )
    figure.add_annotation(_chance_note())
    return figure


@dataclass
class _Room:
    """A ratio's part of the axis, and the places in it that are still free.

    Attributes:
        start: where it begins.
        width: how wide it is.
        free: how many methods stand side by side in it.
        taken: how many of them have their place.
    """

    start: float
    width: float
    free: int
    taken: int = 0

    @property
    def middle(self) -> float:
        """Where lines pass."""
        return self.start + self.width / 2

    def take(self) -> float:
        """The next method's place."""
        self.taken += 1
        return self.start + self.width * self.taken / (self.free + 1)


def _rooms(ratios: Sequence[float], alone: Sequence[pd.DataFrame]) -> dict[float, _Room]:
    """Room for each ratio, from left to right."""
    rooms: dict[float, _Room] = {}
    start = 0.0
    for ratio in ratios:
        free = sum(curve["ratio"].iloc[0] == ratio for curve in alone)
        rooms[ratio] = _Room(start, ROOM + ROOM_BESIDE * free, free)
        start += rooms[ratio].width
    return rooms


def axes_and_legend(x: str, y: str) -> dict[str, Any]:
    """Layout that the stress test's figures share; `x` and `y` name the axes."""
    return {
        "xaxis": {"title": x, "zeroline": False},
        "yaxis": {"title": y, "gridcolor": GRID, "zeroline": False},
        "margin": {"l": 8, "r": 8, "t": 8, "b": 8},
        "legend": {"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0},
        "hovermode": "closest",
        "clickmode": "event+select",
        "dragmode": False,
    }


def _chance_note() -> dict[str, Any]:
    return {
        "text": "guessing",
        "x": 1,
        "xref": "paper",
        "xanchor": "right",
        "y": CHANCE,
        "yanchor": "top",
        "showarrow": False,
    }


def _name(curve: pd.DataFrame) -> str:
    """`glot, random edges` → `GLOT, random edges`."""
    method = str(curve["method"].iloc[0])
    pooler, comma, rest = method.partition(",")
    return title(pooler) + comma + rest


def _bounds(curve: pd.DataFrame, spread: str) -> tuple[pd.Series[float], pd.Series[float]]:
    columns = SPREADS[spread]
    if columns:
        return curve[columns[0]], curve[columns[1]]
    return curve["value"] - curve["deviation"], curve["value"] + curve["deviation"]


def _look(curve: pd.DataFrame) -> dict[str, Any]:
    """What marks of a method share; a click leaves them as they are."""
    symbol, _ = MARKS.get(str(curve["method"].iloc[0]), ("circle", "solid"))
    name = _name(curve)
    return {
        "name": name,
        "legendgroup": name,
        "marker": {"size": 11, "symbol": symbol, "color": colour(str(curve["pooler"].iloc[0]))},
        "selected": {"marker": {"opacity": 1}},
        "unselected": {"marker": {"opacity": 1}},
        "customdata": curve[["name", "ratio", "seeds", "low", "high", "deviation"]],
        "hovertemplate": "%{customdata[1]:.0%} distractors: %{y:.1f} %<br>"
        "%{customdata[2]} seeds, %{customdata[3]:.1f} to %{customdata[4]:.1f}, "
        f"deviation %{{customdata[5]:.1f}}<extra>{name}</extra>",
    }


def _point(curve: pd.DataFrame, place: float, spread: str, told: bool) -> go.Scatter:
    import plotly.graph_objects as go

    low, high = _bounds(curve, spread)
    return go.Scatter(
        **_look(curve),
        x=[place],
        y=curve["value"],
        mode="markers+text" if told else "markers",
        text=[f" {value:.1f}" for value in curve["value"]],
        textposition="middle right",
        textfont={"size": 11},
        error_y={
            "type": "data",
            "symmetric": False,
            "array": high - curve["value"],
            "arrayminus": curve["value"] - low,
            "thickness": 2,
            "width": 6,
        },
    )


def _line(curve: pd.DataFrame, place: dict[float, float]) -> go.Scatter:
    import plotly.graph_objects as go

    _, dash = MARKS.get(str(curve["method"].iloc[0]), ("circle", "solid"))
    return go.Scatter(
        **_look(curve),
        x=[place[ratio] for ratio in curve["ratio"]],
        y=curve["value"],
        mode="lines+markers",
        line={"color": colour(str(curve["pooler"].iloc[0])), "width": 2.5, "dash": dash},
    )


def _band(curve: pd.DataFrame, place: dict[float, float], spread: str) -> go.Scatter:
    """From the lower to the upper end of the spread and back: one filled shape."""
    import plotly.graph_objects as go

    low, high = _bounds(curve, spread)
    x = [place[ratio] for ratio in curve["ratio"]]
    hue = colour(str(curve["pooler"].iloc[0]))
    red, green, blue = (int(hue[start : start + 2], 16) for start in (1, 3, 5))
    return go.Scatter(
        x=[*x, *reversed(x)],
        y=[*high, *reversed(list(low))],
        fill="toself",
        fillcolor=f"rgba({red}, {green}, {blue}, 0.16)",
        mode="lines",
        line={"width": 0},
        hoverinfo="skip",
        showlegend=False,
        legendgroup=_name(curve),
    )


def _paper_line(
    curve: pd.DataFrame, place: dict[float, float], name: str, first: bool
) -> go.Scatter:
    import plotly.graph_objects as go

    method = str(curve["method"].iloc[0])
    return go.Scatter(
        x=[place[ratio] for ratio in curve["ratio"]],
        y=curve["value"],
        name=f"{name} (dotted, same colours)",
        legendgroup="paper",
        showlegend=first,
        mode="lines+markers",
        opacity=0.45,
        line={"color": colour(str(curve["pooler"].iloc[0])), "width": 1.5, "dash": "dot"},
        marker={"size": 5},
        unselected={"marker": {"opacity": 1}},
        customdata=list(curve["ratio"]),
        hovertemplate=f"%{{customdata:.0%}} distractors: %{{y:.1f}} %<extra>{name}: {method}"
        "</extra>",
    )

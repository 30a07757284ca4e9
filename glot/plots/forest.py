"""What the graph adds: paired differences with their intervals, as a forest plot."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any

from glot.plots.methods import method_colour, method_title, task_title
from glot.plots.palette import GRID

if TYPE_CHECKING:
    import pandas as pd
    import plotly.graph_objects as go

# Pixels: of an interval, around those of a row, and above and below all.
INTERVAL, AROUND, ENDS = 13, 22, 104
# What GLOT is held against, by symbol; forms of GLOT have its hue. What is fine-tuned has the token
# that is read behind its name.
AGAINST = {
    "deepsets": "circle",
    "glot, random edges": "diamond",
    "glot, all edges": "square",
    "glot, cosine": "circle",
    "glot, shuffled": "diamond",
    "full fine-tuning": "star",
    "LoRA (r = 64)": "triangle-up",
    "itself without RMS": "triangle-down",
}
BAND = "rgba(128, 128, 128, 0.1)"
ZERO = {"color": "rgba(128, 128, 128, 0.9)", "width": 1.5}


def forest_figure(frame: pd.DataFrame) -> go.Figure:
    """Paired differences with their 95 % intervals, a row for each place that was compared in.

    A filled mark: the interval excludes zero. An open one: it does not, or there is none.

    Args:
        frame: columns backbone, regime, task, split, a, b, difference, low, high (NaN: none),
            metric, over, n_seeds, n_examples, seed_min, seed_max. At least one line.

    Returns:
        A figure, as tall as it has rows.
    """
    import plotly.graph_objects as go

    places = ["backbone", "regime", "task", "split", "a"]
    rows = _rows(_keys(frame, places))
    lines = _intervals(_keys(frame, [*places, "b"]), rows)
    bottom = min(row.bottom for row in rows.values())
    figure = go.Figure()
    for b, part in frame.groupby("b", sort=False):
        symbol = AGAINST.get(str(b).partition(" + ")[0], "circle")
        decided = (part["low"] > 0) | (part["high"] < 0)
        hue = method_colour(str(b))
        figure.add_scatter(
            x=part["difference"],
            y=[lines[key] for key in _keys(part, [*places, "b"])],
            mode="markers",
            name=f"minus {escape(method_title(str(b)))}",
            marker={
                "symbol": [symbol if sure else f"{symbol}-open" for sure in decided],
                "size": 10,
                "color": hue,
                "line": {"width": 2, "color": hue},
            },
            error_x=_interval(part, hue),
            hovertext=[_told(line) for line in part.to_dict("records")],
            hoverinfo="text",
        )
    figure.update_layout(
        shapes=[*map(_band, list(rows.values())[::2]), _zero_line()],
        height=ENDS - bottom,
        margin={"l": 8, "r": 8, "t": 8, "b": 8},
        # One alone is named too.
        showlegend=True,
        legend={"orientation": "h", "y": 1, "yanchor": "bottom", "x": 0},
        xaxis={"title": {"text": "difference, points"}, "gridcolor": GRID, "zeroline": False},
        yaxis={
            "tickvals": [row.middle for row in rows.values()],
            "ticktext": [_place(key, _seeds(frame, places, key)) for key in rows],
            "range": [bottom, 0],
            "showgrid": False,
            "zeroline": False,
            "fixedrange": True,
            "automargin": True,
        },
    )
    return figure


@dataclass(frozen=True)
class _Row:
    """A row of a forest plot, in pixels below the top.

    Attributes:
        top: its upper end.
        bottom: its lower end.
    """

    top: float
    bottom: float

    @property
    def middle(self) -> float:
        """Where its name stands."""
        return (self.top + self.bottom) / 2


def _rows(places: list[tuple[str, ...]]) -> dict[tuple[str, ...], _Row]:
    """A row for each place, as tall as its intervals need."""
    rows: dict[tuple[str, ...], _Row] = {}
    top = 0.0
    for place, intervals in Counter(places).items():
        bottom = top - AROUND - INTERVAL * intervals
        rows[place] = _Row(top, bottom)
        top = bottom
    return rows


def _intervals(
    keys: list[tuple[str, ...]], rows: dict[tuple[str, ...], _Row]
) -> dict[tuple[str, ...], float]:
    """How high each interval lies: those of a row from top to bottom, around its middle."""
    found = {}
    for place, row in rows.items():
        here = [key for key in keys if key[:-1] == place]
        for number, key in enumerate(here):
            found[key] = row.middle + INTERVAL * ((len(here) - 1) / 2 - number)
    return found


def _keys(frame: pd.DataFrame, names: list[str]) -> list[tuple[str, ...]]:
    return list(frame[names].itertuples(index=False, name=None))


def _interval(part: pd.DataFrame, hue: str) -> dict[str, Any]:
    """From `low` to `high`, as Plotly takes them; nothing where there is no interval."""
    return {
        "type": "data",
        "symmetric": False,
        "array": (part["high"] - part["difference"]).fillna(0.0),
        "arrayminus": (part["difference"] - part["low"]).fillna(0.0),
        "color": hue,
        "thickness": 2,
        "width": 5,
    }


def _band(row: _Row) -> dict[str, Any]:
    """Every other row has one: intervals of neighbours would run into one another."""
    ends = {"x0": 0, "x1": 1, "y0": row.bottom, "y1": row.top}
    return {
        "type": "rect",
        "xref": "paper",
        **ends,
        "fillcolor": BAND,
        "line": {"width": 0},
        "layer": "below",
    }


def _zero_line() -> dict[str, Any]:
    ends = {"x0": 0, "x1": 0, "y0": 0, "y1": 1}
    return {"type": "line", "yref": "paper", **ends, "line": ZERO, "layer": "below"}


def _place(key: tuple[str, ...], seeds: str) -> str:
    """Two short lines: what was compared, and where."""
    backbone, regime, task, split, a = key
    first = task_title(task) + (f", {split.removeprefix('dev_')}" if "_" in split else "")
    if a != "glot":
        first += f", {method_title(a)}"
    return f"{escape(first)}, {seeds}<br>{escape(backbone)}, {escape(regime)}"


def _seeds(frame: pd.DataFrame, places: list[str], key: tuple[str, ...]) -> str:
    """How many seeds the comparisons of a place have, fewest and most where they differ."""
    here = [
        n for n, place in zip(frame["n_seeds"], _keys(frame, places), strict=True) if place == key
    ]
    numbers = "–".join(str(n) for n in dict.fromkeys((min(here), max(here))))
    return f"{numbers} seed{'s' if max(here) > 1 else ''}"


def _told(line: Mapping[Any, Any]) -> str:
    """What stands behind a mark."""
    inside = "no interval: too few to draw from"
    if line["low"] == line["low"]:
        inside = f"95 % interval {line['low']:+.2f} to {line['high']:+.2f}, over {line['over']}"
    heading = f"{method_title(line['a'])} minus {method_title(line['b'])}"
    return "<br>".join(
        [
            escape(f"{heading}: {line['difference']:+.2f} points of {line['metric']}"),
            inside,
            f"{line['n_seeds']} seeds, {line['n_examples']:,} examples; by seed "
            f"{line['seed_min']:+.2f} to {line['seed_max']:+.2f} {line['seed_metric']}",
        ]
    )
